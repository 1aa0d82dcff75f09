#!/usr/bin/env python3
"""A model for SynerBench with NumPy: synerbench run --model command:'python3 model_numpy.py' ...

It answers with the negative of its source. A network stands in the place of one line.
"""
import numpy
import synerbench


def synthesize(images, task, seeds):
    """images: float32 [n, sources, height, width] in [-1, 1]. Returns float32 [n, height, width]."""
    return numpy.negative(images[:, 0])


synerbench.serve(synthesize, label="Negative", version="1")
