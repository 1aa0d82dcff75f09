#!/usr/bin/env python3
"""scikit-image and metrics_benchmark on the same images, in turns, for the ratios in docs/performance.md.

    python3 ssim_scikit_image.py build/release/benchmarks/metrics_benchmark [--rounds 9]

One thread each. Prints a Markdown table: milliseconds of processor time, the fastest round of each and the median, the ratios of both,
and how far the two values are apart. The fastest round is what the machine can do where others work on it too.
Needs numpy, scipy and scikit-image >= 0.19; nothing else of SynerBench needs them.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import tempfile
import time

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"  # before NumPy is loaded

import numpy
import scipy
import skimage
from skimage.metrics import structural_similarity

GAUSSIAN = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}


def read_pair(folder, name):
    shape = [int(n) for n in name.rsplit("_", 1)[1].split("x")]
    pair = [numpy.fromfile(folder / f"{name}_{part}.f64").reshape(shape) for part in ("prediction", "target")]
    return [image[0] for image in pair] if shape[0] == 1 else pair


def ball(shape, share):
    axes = numpy.meshgrid(*[numpy.linspace(-1, 1, n) for n in shape], indexing="ij", sparse=True)
    return sum(axis**2 for axis in axes) < share**2


def synthrad2023(prediction, target, mask):
    low, high = -1024, 3000
    prediction, target = numpy.clip(prediction, low, high), numpy.clip(target, low, high)
    prediction, target = numpy.where(mask, prediction, low) - low, numpy.where(mask, target, low) - low
    _, ssim_map = structural_similarity(target, prediction, data_range=high - low, full=True)
    inner = tuple([slice(3, -3)] * 3)
    return ssim_map[inner][mask[inner]].mean()


def theirs(function, seconds):
    """Processor time of the fastest call within so many seconds, in ms."""
    times = []
    while not times or sum(times) < seconds:
        begin = time.process_time()
        function()
        times.append(time.process_time() - begin)
    return 1e3 * min(times)


def ours(program, name, seconds):
    """The same of the C++ program, from repetitions of some milliseconds; and its value."""
    command = [program, f"--benchmark_filter=^{name}/threads:1(/|$)", "--benchmark_format=json", "--benchmark_min_time=0.02"]
    command += [f"--benchmark_repetitions={max(3, round(seconds / 0.05))}"]
    lines = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)["benchmarks"]
    runs = [line for line in lines if line["run_type"] == "iteration"]
    assert runs and all(line["time_unit"] == "ms" for line in runs), name
    return min(line["cpu_time"] for line in runs), float(runs[0]["label"].removeprefix("value="))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=pathlib.Path, help="metrics_benchmark")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=0.5, help="of each side in a round")
    arguments = parser.parse_args()

    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([arguments.program, f"--write-images={folder}"], check=True)
        slice_pair, cube_pair, scan_pair = (
            read_pair(pathlib.Path(folder), name) for name in ("slice_1x256x256", "cube_64x64x64", "scan_64x160x160")
        )
    mask = ball(scan_pair[0].shape, 0.9)
    work = {
        "ssim_gaussian_2d_256x256": lambda: structural_similarity(*slice_pair, data_range=1, **GAUSSIAN),
        "ssim_gaussian_3d_64x64x64": lambda: structural_similarity(*cube_pair, data_range=1, **GAUSSIAN),
        "ssim_uniform_3d_64x160x160": lambda: structural_similarity(*scan_pair, data_range=4024),
        "synthrad2023_ssim_64x160x160": lambda: synthrad2023(*scan_pair, mask),
    }
    print(f"scikit-image {skimage.__version__}, SciPy {scipy.__version__}, NumPy {numpy.__version__}, 1 thread\n")
    print("| benchmark | scikit-image, fastest | SynerBench, fastest | ratio | medians of rounds | ratio | difference |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for name, function in work.items():
        value = function()  # warm-up
        rounds = []
        for _ in range(arguments.rounds):
            rounds.append((theirs(function, arguments.seconds), *ours(arguments.program, name, arguments.seconds)))
        fastest = [min(r[side] for r in rounds) for side in (0, 1)]
        median = [statistics.median(r[side] for r in rounds) for side in (0, 1)]
        print(
            f"| {name} | {fastest[0]:.3f} | {fastest[1]:.3f} | {fastest[0] / fastest[1]:.1f}"
            f" | {median[0]:.3f}, {median[1]:.3f} | {median[0] / median[1]:.1f} | {abs(value - rounds[0][2]):.0e} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
