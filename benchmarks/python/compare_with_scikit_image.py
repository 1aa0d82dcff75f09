#!/usr/bin/env python3
"""Times synerbench.compare against scikit-image in one run: SSIM of Wang et al. 2004 and PSNR of slices, on one thread.

    OMP_NUM_THREADS=1 python3 benchmarks/python/compare_with_scikit_image.py [repetitions]

Both get the same float64 arrays. The fastest of the repetitions is printed, and the largest difference of the two SSIMs.
"""

import sys
import time

import numpy
import skimage.metrics
import synerbench

repetitions = int(sys.argv[1]) if len(sys.argv) > 1 else 20
random = numpy.random.default_rng(1)


def fastest(action):
    action()
    times = []
    for _ in range(repetitions):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return min(times)


print(f"{'slice':>12} {'scikit-image':>14} {'synerbench':>14} {'ratio':>7}   largest difference of SSIM")
for side in (64, 256, 512):
    target = random.random((side, side))
    prediction = numpy.clip(target + 0.1 * random.standard_normal((side, side)), 0, 1)

    def theirs():
        ssim = skimage.metrics.structural_similarity(
            prediction, target, data_range=1, gaussian_weights=True, sigma=1.5, use_sample_covariance=False
        )
        return ssim, skimage.metrics.peak_signal_noise_ratio(target, prediction, data_range=1)

    def ours():  # SSIM, PSNR, MAE and RMSE of the slice, and once more of the body, which is all of it here
        scores = synerbench.compare("synermed-2d@1", prediction, target)
        return scores["ssim"].value, scores["psnr"].value

    a, b = fastest(theirs), fastest(ours)
    print(f"{side:>6} x {side:<3} {1e3 * a:>11.3f} ms {1e3 * b:>11.3f} ms {a / b:>7.2f}   {abs(theirs()[0] - ours()[0]):.1e}")
