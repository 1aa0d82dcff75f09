"""The program's side of the pipe between SynerBench and a model. Needs NumPy, and nothing compiled.

docs/pipe.md shows the frames byte by byte.
"""

from __future__ import annotations

import inspect
import json
import os
import struct
import sys
import traceback
from typing import Any, BinaryIO, Callable, NamedTuple, Optional, Sequence, Tuple

import numpy as np

VERSION = 1
_MAGIC = b"SBMP"
_HEADER = struct.Struct("<4sHHIIQ")
_REQUEST = struct.Struct("<6I")
_REPLY = struct.Struct("<3I")
_HELLO, _READY, _TASK, _DONE, _REQUEST_KIND, _REPLY_KIND, _ERROR, _BYE = range(1, 9)


class Task(NamedTuple):
    """The task whose slices are asked for.

    id: as in the suite, "brain-mr-to-ct". region: "brain". sources: names of the source modalities in the order of the
    images. target: name of the target modality.
    """

    id: str
    region: str
    sources: Tuple[str, ...]
    target: str


class ProtocolError(RuntimeError):
    """What came over the pipe is no frame of this version: the other side is no SynerBench, or another one."""


def _read(stream: BinaryIO, count: int) -> bytes:
    data = stream.read(count) if count else b""
    if len(data) != count:
        raise ProtocolError(f"the pipe ended after {len(data)} of {count} bytes")
    return data


def _write(stream: BinaryIO, kind: int, number: int, fields: Optional[dict], *data: Any) -> None:
    """A frame. `number` is that of the question which it answers."""
    text = json.dumps(fields).encode() if fields else b""
    size = sum(memoryview(part).nbytes for part in data)
    stream.write(_HEADER.pack(_MAGIC, VERSION, kind, len(text), number, size) + text)
    for part in data:
        stream.write(memoryview(part).cast("B") if memoryview(part).nbytes else b"")
    stream.flush()


def _prediction(answer: Any, shape: Tuple[int, int, int]) -> np.ndarray:
    """`answer` as float32 [slices, height, width]; axes of length 1 are taken for what they are: nothing."""
    if hasattr(answer, "detach"):  # a PyTorch tensor
        answer = answer.detach().cpu().numpy()
    answer = np.asarray(answer)
    seen = tuple(side for side in answer.shape if side != 1)
    if seen != tuple(side for side in shape if side != 1):
        raise ValueError(f"the model answered an array of shape {answer.shape}, {shape} is wanted (slices, height, width)")
    if not np.issubdtype(answer.dtype, np.floating):
        raise ValueError(f"the model answered values of type {answer.dtype}, float32 is wanted")
    return np.ascontiguousarray(answer.reshape(shape), dtype="<f4")


def _caller(function: Callable) -> Callable:
    """Calls `function` with as many of (images, task, seeds) as it takes."""
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):  # some built-in functions have none that can be read
        return lambda images, task, seeds: function(images)
    if any(p.kind == inspect.Parameter.VAR_POSITIONAL for p in parameters):
        return function
    needed = sum(p.kind in kinds and p.default is inspect.Parameter.empty for p in parameters)
    if needed > 3 or not any(p.kind in kinds for p in parameters):
        raise TypeError(f"serve() calls function(images, task, seeds) or with the first of these; this one takes {needed}")
    return lambda *given: function(*given[: max(needed, 1)])


def serve(
    function: Callable[..., Any],
    *,
    label: str = "",
    version: str = "",
    sources: int = 1,
    neighbors: int = 0,
    volume: bool = False,
    canvas: str = "",
    low: float = -1.0,
    high: float = 1.0,
    parameters: int = 0,
    network_evaluations: int = 1,
    deterministic: bool = True,
    weights_sha256: str = "",
    training: Optional[dict] = None,
    prepare: Optional[Callable[[Task], None]] = None,
    streams: Optional[Sequence[BinaryIO]] = None,
) -> None:
    """Answers SynerBench's requests until it says goodbye: the last line of a program for ``--model command:'...'``.

    function(images, task, seeds) is called for every batch. A function of one or two parameters gets the first of these.

    - images: float32 array [n, sources, height, width] in [low, high], `low` being background. With `neighbors` = k it
      is [n, sources, 2 k + 1, height, width], and slice k is the one to synthesize. With `volume` it is [1, sources,
      depth, height, width]. It may be changed.
    - task: a :class:`Task`.
    - seeds: list of int, one for each slice that is wanted: the only permitted source of randomness.

    It returns the prediction in [low, high]: an array or tensor of floats [n, height, width] ([depth, height, width] with
    `volume`); axes of length 1 may be left out or added. An exception fails these slices with its message, and the
    program goes on. Values that are not finite fail their slices, too.

    label: the name as printed in tables. version: a word that changes whenever the answers may change; it is part of
    what a run is. sources: source images of a task, 0 for as many as the task has. canvas: "256:pad" refuses all others.
    parameters, network_evaluations (per slice), weights_sha256: for the tables. deterministic: False when the result
    depends on the seed. training: how it was trained, for the tables, as {"method": "U-Net", "seed": 1, "updates": 20000}
    (docs/models.md lists the fields); models that are equal but for the seed stand in "Over seeds". prepare(task) is called before the first slice of a task.

    From here on ``print`` goes to the standard error, which SynerBench keeps with the run: the standard output is the pipe.

    Raises ProtocolError when what comes in is no frame of this version, TypeError for a function that cannot be called.
    `streams` = (in, out), two binary streams, is for tests.
    """
    call = _caller(function)
    if streams is None:
        pipe_in = sys.stdin.buffer
        pipe_out: BinaryIO = os.fdopen(os.dup(1), "wb")
        os.dup2(2, 1)
        sys.stdout.flush()  # what was printed before, and was kept back until now
    else:
        pipe_in, pipe_out = streams
    ready = {
        "label": label,
        "version": version,
        "weights_sha256": weights_sha256,
        "parameters": int(parameters),
        "network_evaluations": int(network_evaluations),
        "deterministic": bool(deterministic),
        "sources": int(sources),
        "neighbors": int(neighbors),
        "volume": bool(volume),
        "canvas": canvas,
        "low": float(low),
        "high": float(high),
        **({"training": training} if training else {}),
    }
    task = Task("", "", (), "")
    while True:
        header = pipe_in.read(_HEADER.size)
        if not header:
            return  # SynerBench is gone
        if len(header) < _HEADER.size or header[:4] != _MAGIC:
            raise ProtocolError(f"{header!r} is no frame; this program is started by: synerbench run --model command:'...'")
        _, spoken, kind, json_bytes, number, data_bytes = _HEADER.unpack(header)
        if spoken != VERSION:
            _write(pipe_out, _ERROR, number, {"message": f"this synerbench.serve speaks version {VERSION} of the pipe"})
            raise ProtocolError(f"version {spoken} of the pipe is spoken, this is version {VERSION}")
        fields = json.loads(_read(pipe_in, json_bytes) or b"{}")
        data = bytearray(_read(pipe_in, data_bytes))
        if kind == _BYE:
            return
        if kind == _HELLO:
            _write(pipe_out, _READY, number, ready)
            continue
        try:
            if kind == _TASK:
                task = Task(fields["task"], fields["region"], tuple(fields["sources"]), fields["target"])
                if prepare is not None:
                    prepare(task)
                _write(pipe_out, _DONE, number, None)
                continue
            if kind != _REQUEST_KIND:
                raise ProtocolError(f"a frame of the unknown kind {kind}")
            n, source_images, depth, height, width, slices = _REQUEST.unpack_from(data)
            seeds = list(struct.unpack_from(f"<{slices}Q", data, _REQUEST.size))
            images = np.frombuffer(data, "<f4", offset=_REQUEST.size + 8 * slices)
            images = images.reshape(n, source_images, depth, height, width)
            if not volume and neighbors == 0:
                images = images[:, :, 0]
            answer = _prediction(call(images, task, seeds), (slices, height, width))
        except ProtocolError:
            raise
        except Exception as problem:  # the slices fail, the program goes on
            traceback.print_exc()
            _write(pipe_out, _ERROR, number, {"message": f"{type(problem).__name__}: {problem}"})
            continue
        _write(pipe_out, _REPLY_KIND, number, None, _REPLY.pack(slices, height, width), answer)
