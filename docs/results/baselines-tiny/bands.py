#!/usr/bin/env python3
"""Where in the spectrum models err: bands.py RUN [RUN ...] --task brain-cbct-to-ct --task brats-t1-to-t1c

Reads the slices that a run keeps for its panels (one per case) and prints, per task and model, the power of prediction - target in
three bands of spatial frequency, as a share of the target's own power there (its mean left out). 1: as wrong as a constant in that band.
Bands: periods above 8 pixels, 8 to 4, below 4 (the larger of the two axes' frequencies counts). Needs NumPy.
"""
import argparse
import json
import pathlib
import struct

import numpy as np


def load(path):
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    tensors = {}
    for name, entry in json.loads(data[8 : 8 + length]).items():
        if name in ("prediction", "target"):
            begin, end = entry["data_offsets"]
            tensors[name] = np.frombuffer(data[8 + length + begin : 8 + length + end], np.float32).reshape(entry["shape"]).squeeze().astype(float)
    return tensors


def bands(image):
    power = np.abs(np.fft.fft2(image)) ** 2
    rows, columns = (np.abs(np.fft.fftfreq(n)) for n in image.shape)
    frequency = np.maximum(rows[:, None], columns[None, :])
    return np.array([power[(frequency >= low) & (frequency < high)].sum() for low, high in ((0, 1 / 8), (1 / 8, 1 / 4), (1 / 4, 1))])


parser = argparse.ArgumentParser()
parser.add_argument("runs", nargs="+", type=pathlib.Path)
parser.add_argument("--task", action="append", required=True)
options = parser.parse_args()
for task in options.task:
    for run in options.runs:
        for model in sorted((run / "panels" / task).iterdir()):
            slices = [load(path) for path in sorted(model.rglob("*.safetensors"))]
            error = np.mean([bands(s["prediction"] - s["target"]) for s in slices], axis=0)
            own = np.mean([bands(s["target"] - s["target"].mean()) for s in slices], axis=0)
            print(f"{task:18} {model.name:14} {len(slices)} slices   above 8 px {error[0] / own[0]:.4f}   8 to 4 px {error[1] / own[1]:.3f}   below 4 px {error[2] / own[2]:.3f}")
