#!/usr/bin/env python3
"""A network in an ONNX file for SynerBench: synerbench run --model command:'python3 model_onnx.py mine.onnx' ...

The network takes float32 [n, sources, height, width] in [-1, 1], -1 being background, and gives [n, 1, height, width].
Needs onnxruntime; on a GPU, onnxruntime-gpu.
"""
import hashlib
import pathlib
import sys

import numpy
import onnxruntime
import synerbench

file = pathlib.Path(sys.argv[1])
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1  # command:'...',workers=N makes use of more cores, and sums keep their order
session = onnxruntime.InferenceSession(str(file), options, providers=onnxruntime.get_available_providers())
given = session.get_inputs()[0]  # its shape has numbers where the file fixes a side, names or None elsewhere


def synthesize(images):
    """images: float32 [n, sources, height, width] in [-1, 1]. Returns float32 [n, 1, height, width]."""
    step = given.shape[0] if isinstance(given.shape[0], int) else len(images)
    parts = [session.run(None, {given.name: images[i : i + step]})[0] for i in range(0, len(images), step)]
    return numpy.concatenate(parts)


synerbench.serve(
    synthesize,
    label=file.stem,
    version=f"onnxruntime {onnxruntime.__version__}",
    weights_sha256=hashlib.sha256(file.read_bytes()).hexdigest(),
    sources=given.shape[1] if isinstance(given.shape[1], int) else 0,
)
