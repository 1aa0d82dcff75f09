#!/usr/bin/env python3
"""The table of gains in README.md: gains.py REPORT/leaderboard.csv

SSIM of synermed-2d@1 minus that of the task's best trivial model, over the slice and inside the body; models named
NAME-s1, NAME-s2 ... are averaged. Tasks that a model did not run are left empty. Sorted by the mean gain over the slice.
"""
import csv
import re
import sys
from collections import defaultdict

METRICS = ("ssim", "ssim_body")


def main():
    mean, gain, best, label, tasks = {}, {}, {}, {}, []
    for row in csv.DictReader(open(sys.argv[1], newline="")):
        if row["protocol"] != "synermed-2d@1" or row["metric"] not in METRICS:
            continue
        key = row["task"], row["metric"]
        if row["task"] not in tasks:
            tasks.append(row["task"])
        if row["floor"] == "1":
            best[key] = row["model"], float(row["mean"])
        if row["trivial"] == "0":
            label[row["model"]] = row["label"]
            if row["gain"]:
                gain[row["model"], *key] = float(row["gain"])
    groups = defaultdict(list)
    for model in label:
        groups[re.sub(r"-s\d+$", "", model)].append(model)

    def average(models, task, metric):
        values = [gain[m, task, metric] for m in models if (m, task, metric) in gain]
        return sum(values) / len(values) if len(values) == len(models) else None

    rows = []
    for models in groups.values():
        cells, over_slice = [], []
        for task in tasks:
            pair = [average(models, task, metric) for metric in METRICS]
            cells.append("" if None in pair else "{:+.3f} / {:+.3f}".format(*pair))
            over_slice += [pair[0]] if pair[0] is not None else []
        name = re.sub(r" \([^()]*-s\d+\)$", "", label[models[0]])
        rows.append((sum(over_slice) / len(over_slice), f"| {name} | {len(models)} | " + " | ".join(cells) + " |"))
    print("| gain over the best trivial model: slice / body | seeds | " + " | ".join(tasks) + " |")
    print("| --- | ---: |" + " --- |" * len(tasks))
    for _, line in sorted(rows, reverse=True):
        print(line)
    cells = [" / ".join(f"{best[task, metric][1]:.4f}" for metric in METRICS) for task in tasks]
    print("| *the best trivial model itself* | | " + " | ".join(f"{best[task, METRICS[0]][0]} {cell}" for task, cell in zip(tasks, cells)) + " |")


main()
