#!/usr/bin/env python3
"""What every training of a weights folder came to, as in updates.csv: updates.py WEIGHTS [WEIGHTS ...] > updates.csv"""
import csv
import json
import pathlib
import sys


def main():
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow("model,method,seed,tasks,batch,updates,slices,selected_update,validation_ssim,commit,dirty".split(","))
    for folder in map(pathlib.Path, sys.argv[1:]):
        for path in sorted(folder.rglob("config.json")):
            config = json.loads(path.read_text())
            training, selection, made_by = config["training"], config["selection"], config["provenance"]
            out.writerow([path.relative_to(folder).parts[0], config["method"], training["seed"], " ".join(config.get("tasks", [config.get("task")])),
                          training["recipe"]["batch"], training["updates"], training["images_seen"], selection["update"],
                          f"{selection['ssim']:.6f}", made_by["commit"][:12], made_by.get("dirty")])


main()
