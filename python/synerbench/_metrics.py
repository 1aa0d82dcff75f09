"""Protocols: named, versioned ways to compare a prediction with its target."""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from typing import Dict, Optional, Tuple

import numpy as np
from numpy.typing import ArrayLike

from . import _core
from ._errors import UndefinedScore, UsageError


@dataclass(frozen=True)
class Metric:
    """What is said about a metric wherever it appears.

    name: as in files ("ms_ssim"). label: as printed. unit: "", "dB", "HU", ... decimals: worth printing in that unit.
    lower, upper: bounds, None where there is none. description: in words.
    """

    name: str
    label: str
    unit: str
    decimals: int
    higher_is_better: bool
    lower: Optional[float]
    upper: Optional[float]
    description: str


@dataclass(frozen=True)
class Protocol:
    """A row of the table of protocols.

    id: "name@version". dimensions: 2 for a protocol of slices [H, W], 3 for one of volumes [D, H, W]. needs_mask: it
    makes no sense without a mask. values: "normalized range" (the target's intensity map laid on [0, 1]) or a unit
    ("HU"). source: which public evaluation it matches. metrics: in the order of the scores.
    """

    id: str
    dimensions: int
    needs_mask: bool
    values: str
    source: str
    description: str
    metrics: Tuple[Metric, ...]


@dataclass(frozen=True)
class Score:
    """A number, or the reason why there is none; never both, and never NaN.

    value: the number, in ``metric.unit``. undefined: "identical-images" (PSNR of equal images), "empty-mask",
    "too-small" (an axis shorter than the window), "not-finite", ... ``float(score)`` is the value, and raises
    UndefinedScore where there is none.
    """

    metric: Metric
    value: Optional[float]
    undefined: Optional[str]

    def __float__(self) -> float:
        if self.value is None:
            raise UndefinedScore(self.metric.name, f"has no value: {self.undefined}", "look at Score.undefined first")
        return self.value

    def __str__(self) -> str:
        if self.value is None:
            return f"{self.metric.label}: {self.undefined}"
        unit = f" {self.metric.unit}" if self.metric.unit else ""
        return f"{self.metric.label} {self.value:.{self.metric.decimals}f}{unit}"


@functools.lru_cache(maxsize=1)
def _table() -> Dict[str, Protocol]:
    rows = json.loads(_core.protocols_json())
    return {
        row["id"]: Protocol(**{**row, "metrics": tuple(Metric(**metric) for metric in row["metrics"])}) for row in rows
    }


def protocols() -> Tuple[Protocol, ...]:
    """Every protocol, in the order in which ``synerbench metrics`` lists them."""
    return tuple(_table().values())


def _text(shape: Tuple[int, ...]) -> str:
    return " x ".join(str(side) for side in shape) if shape else "a single number"


def _image(array: ArrayLike, what: str, protocol: Protocol) -> np.ndarray:
    """float64 and C-contiguous: the array itself where it is that already."""
    array = np.asarray(array)
    axes = "[H, W]" if protocol.dimensions == 2 else "[D, H, W]"
    if array.ndim != protocol.dimensions:
        raise UsageError(
            what,
            f"has {array.ndim} axes ({_text(array.shape)}), {protocol.id} compares {axes}",
            "give it slice by slice and average" if protocol.dimensions == 2 else "give the whole volume",
        )
    if array.dtype.kind not in "fiub":
        raise UsageError(what, f"holds values of type {array.dtype}, real numbers are wanted")
    return np.ascontiguousarray(array, dtype=np.float64)


def _mask(array: ArrayLike) -> np.ndarray:
    """uint8 and C-contiguous: the array's own memory where it holds bool or uint8."""
    array = np.asarray(array)
    if array.dtype.kind not in "biu":
        raise UsageError("mask", f"holds values of type {array.dtype}", "a mask holds bool, or whole numbers of which 0 is outside")
    if array.dtype == np.bool_:
        return np.ascontiguousarray(array).view(np.uint8)
    if array.dtype != np.uint8:
        array = array != 0
        return array.view(np.uint8)
    return np.ascontiguousarray(array)


def compare(
    protocol: str, prediction: ArrayLike, target: ArrayLike, mask: Optional[ArrayLike] = None
) -> Dict[str, Score]:
    """The scores of all metrics of a protocol, by the metric's name, in the protocol's order.

    protocol: id of a row of :func:`protocols`, "synthrad2023@1".

    prediction, target: arrays of one shape, [H, W] for a protocol of slices and [D, H, W] for one of volumes. They hold
    what the protocol compares (``Protocol.values``): HU, or values that the target's intensity map has laid on [0, 1],
    that is ``(x - low) / (high - low)``.

    mask: of the same shape; bool, or whole numbers of which 0 is outside. None: every voxel.

    float64 arrays in C order, and masks of bool or uint8, are compared where they lie; others are copied once. The
    numbers are those of the program, bit for bit. The GIL is released.

    Raises UsageError for an unknown protocol, and for arrays of another number of axes, of different shapes, or of no
    numbers. What cannot be computed is no error but a score with a reason; a NaN or an infinity anywhere leaves every
    metric undefined.
    """
    row = _table().get(protocol)
    if row is None:
        _core.compare(protocol, np.zeros((1, 1)), np.zeros((1, 1)), None)  # refuses with what is known
        raise UsageError("protocol", f'unknown protocol "{protocol}"')
    seen, wanted = _image(prediction, "prediction", row), _image(target, "target", row)
    inside = None if mask is None else _mask(mask)
    for what, array in (("prediction", seen), ("mask", inside)):
        if array is not None and array.shape != wanted.shape:
            raise UsageError(what, f"is {_text(array.shape)}, the target is {_text(wanted.shape)}", "bring them to one grid")
    scores = _core.compare(protocol, seen, wanted, inside)
    return {metric.name: Score(metric, *score) for metric, score in zip(row.metrics, scores)}
