#!/usr/bin/env python3
"""A model for SynerBench with nothing but Python itself: synerbench run --model command:'python3 model_plain.py' ...

It answers with the negative of its source. docs/pipe.md shows the frames byte by byte.
"""
import json
import os
import struct
import sys
from array import array

pipe_in, pipe_out = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
os.dup2(2, 1)  # from here on print() goes to the standard error


def send(kind, number, fields, data=b""):
    text = json.dumps(fields).encode()
    pipe_out.write(struct.pack("<4sHHIIQ", b"SBMP", 1, kind, len(text), number, len(data)) + text + data)
    pipe_out.flush()


def synthesize(pixels):  # array of float32 in [-1, 1]
    return array("f", [-x for x in pixels])


while len(header := pipe_in.read(24)) == 24:
    magic, version, kind, json_bytes, number, data_bytes = struct.unpack("<4sHHIIQ", header)
    fields, data = json.loads(pipe_in.read(json_bytes) or "{}"), pipe_in.read(data_bytes)
    if kind == 1:  # HELLO: say what this is and what it wants
        send(2, number, {"label": "Negative", "version": "1"})
    elif kind == 3:  # TASK: {"task": "brain-mr-to-ct", ...}
        send(4, number, {})
    elif kind == 5:  # REQUEST
        n, sources, depth, height, width, slices = struct.unpack_from("<6I", data)
        source = array("f", data[24 + 8 * slices:])  # the seeds stand before the pixels
        send(6, number, {}, struct.pack("<3I", slices, height, width) + synthesize(source).tobytes())
    elif kind == 8:  # BYE
        break
