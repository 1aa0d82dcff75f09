#!/usr/bin/env python3
"""scikit-image on the images of metrics_benchmark, for the ratio in docs/metrics.md.

    metrics_benchmark --write-images=FOLDER
    python3 ssim_scikit_image.py FOLDER [--repetitions 7]

Runs on one thread and prints a Markdown table: milliseconds of wall clock and of processor time (medians), and the
value, to be compared with the one metrics_benchmark prints beside its times.
Needs numpy, scipy and scikit-image >= 0.19; nothing else of SynerBench needs them.
"""

import argparse
import os
import pathlib
import statistics
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


def measure(function, repetitions):
    value = function()  # warm-up
    wall, processor = [], []
    for _ in range(repetitions):
        begin = time.perf_counter(), time.process_time()
        function()
        wall.append(time.perf_counter() - begin[0])
        processor.append(time.process_time() - begin[1])
    return 1e3 * statistics.median(wall), 1e3 * statistics.median(processor), value


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path, help="what metrics_benchmark --write-images filled")
    parser.add_argument("--repetitions", type=int, default=7)
    arguments = parser.parse_args()

    slice_pair = read_pair(arguments.folder, "slice_1x256x256")
    cube_pair = read_pair(arguments.folder, "cube_64x64x64")
    scan_pair = read_pair(arguments.folder, "scan_64x160x160")
    mask = ball(scan_pair[0].shape, 0.9)
    work = {
        "ssim_gaussian_2d_256x256": lambda: structural_similarity(*slice_pair, data_range=1, **GAUSSIAN),
        "ssim_gaussian_3d_64x64x64": lambda: structural_similarity(*cube_pair, data_range=1, **GAUSSIAN),
        "synthrad2023_ssim_64x160x160": lambda: synthrad2023(*scan_pair, mask),
    }
    print(f"scikit-image {skimage.__version__}, SciPy {scipy.__version__}, NumPy {numpy.__version__}, 1 thread\n")
    print("| benchmark | wall ms | processor ms | value |")
    print("| --- | ---: | ---: | ---: |")
    for name, function in work.items():
        wall, processor, value = measure(function, arguments.repetitions)
        print(f"| {name} | {wall:.2f} | {processor:.2f} | {value:.12f} |")


if __name__ == "__main__":
    main()
