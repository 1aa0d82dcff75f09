#!/usr/bin/env python3
"""A benchmark program and its Python reference implementation in turns (A B A B ...), so that both meet the same machine.

    compare.py build/dev/benchmarks/cyclegan/cyclegan_benchmark cyclegan_pytorch.py update/tiny/64/1 [more rows] [--rounds 5]

One process per row and turn. Prints medians over the rounds: processor time (comparable on a machine with other work, wall clock is
not), the ratio Python / C++ (above 1: C++ is faster) and each process's peak of resident memory. Needs no packages itself; the reference
runs under $PYTHON, by default Debian's /usr/bin/python3, whose torch is the LibTorch of the C++ program.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
PYTHON = os.environ.get("PYTHON", "/usr/bin/python3")
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "passive"}


def run(command):
    """Standard output and peak of resident memory in MiB."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=ENVIRONMENT)
    text = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(map(str, command))}: exit code {process.returncode}")
    return text, usage.ru_maxrss / 1024


def ours(program, row, seconds):
    text, memory = run([program, f"--benchmark_filter=^{row}(/iterations:[0-9]+)?$", "--benchmark_format=json", f"--benchmark_min_time={seconds}"])
    (line,) = json.loads(text)["benchmarks"]
    assert line["time_unit"] == "ms"
    return line["cpu_time"], memory


def theirs(reference, row, repetitions):
    text, memory = run([PYTHON, HERE / reference, "--only", row, "--repetitions", str(repetitions)])
    lines = [line.split("|") for line in text.splitlines() if line.startswith(f"| {row} |")]
    (line,) = lines
    return float(line[3]), memory


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program")
    parser.add_argument("reference")
    parser.add_argument("rows", nargs="+")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1, help="at least so long per C++ process")
    parser.add_argument("--repetitions", type=int, default=3, help="of the reference per process")
    arguments = parser.parse_args()
    print("| work | C++, ms | Python, ms | ratio | lowest, highest ratio of a round | C++, MiB | Python, MiB |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for row in arguments.rows:
        pairs = []
        for _ in range(arguments.rounds):
            pairs.append((ours(arguments.program, row, arguments.seconds), theirs(arguments.reference, row, arguments.repetitions)))
        ratios = sorted(b[0] / a[0] for a, b in pairs)
        times = [statistics.median(pair[side][0] for pair in pairs) for side in (0, 1)]
        memory = [max(pair[side][1] for pair in pairs) for side in (0, 1)]
        print(
            f"| {row} | {times[0]:.1f} | {times[1]:.1f} | {statistics.median(ratios):.2f} | {ratios[0]:.2f}, {ratios[-1]:.2f}"
            f" | {memory[0]:.0f} | {memory[1]:.0f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
