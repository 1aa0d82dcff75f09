"""Slice stores as NumPy arrays, and as data sets for training."""

from __future__ import annotations

import json
import operator
import os
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Tuple, Union

import numpy as np

from . import _core


class StoredVolume(NamedTuple):
    """unit: of the stored values. low, high: its intensity map, which lays [low, high] on [-1, 1]."""

    unit: str
    low: float
    high: float


class Case(NamedTuple):
    """A case of a store.

    id: "dataset/case". patient: the unit of splits and statistics. split: "train", "validation" or "test". plane: "axial"
    or "coronal". shape: D, H, W of its volumes. spacing_mm: along D, H, W. volumes: by the modality's name.
    """

    id: str
    patient: str
    region: str
    group: str
    split: str
    plane: str
    shape: Tuple[int, int, int]
    spacing_mm: Tuple[float, float, float]
    volumes: Dict[str, StoredVolume]


class Pair(NamedTuple):
    """One pair of slices, float32 in [-1, 1] with -1 for background.

    source: [sources, H, W], or [sources, 2 k + 1, H, W] with k neighbors. target: [1, H, W]. mask: [1, H, W], uint8, 1
    inside the body.
    """

    source: np.ndarray
    target: np.ndarray
    mask: np.ndarray


class PairKey(NamedTuple):
    """Where a pair comes from: the case's id, its patient, the index of the slice along D."""

    case: str
    patient: str
    slice: int


class Store:
    """A slice store that ``synerbench import`` wrote, opened for reading.

    Raises InputError when the folder is no store or its manifest is damaged; so does reading a damaged shard.
    """

    def __init__(self, folder: Union[str, "os.PathLike[str]"]) -> None:
        self.folder = os.fspath(folder)
        self._store = _core.OpenStore(self.folder)
        self._cases: Optional[Tuple[Case, ...]] = None

    @property
    def sha256(self) -> str:
        """Names the store and all bytes in it: as in the provenance of runs."""
        return self._store.sha256()

    @property
    def cases(self) -> Tuple[Case, ...]:
        """All cases, in the order of their ids."""
        if self._cases is None:
            self._cases = tuple(
                Case(
                    **{
                        **row,
                        "shape": tuple(row["shape"]),
                        "spacing_mm": tuple(row["spacing_mm"]),
                        "volumes": {name: StoredVolume(**volume) for name, volume in row["volumes"].items()},
                    }
                )
                for row in json.loads(self._store.cases_json())
            )
        return self._cases

    def volume(self, case: Union[str, Case], modality: str) -> np.ndarray:
        """Physical values (HU, SUV, or the MR's own) of a volume: float32 [D, H, W]. UsageError when there is none."""
        id = case.id if isinstance(case, Case) else case
        out = np.empty(self._store.shape(id), np.float32)
        self._store.read_volume(id, modality, out)
        return out

    def mask(self, case: Union[str, Case]) -> np.ndarray:
        """The body mask: bool [D, H, W]."""
        id = case.id if isinstance(case, Case) else case
        out = np.empty(self._store.shape(id), np.uint8)
        self._store.read_mask(id, out)
        return out.view(np.bool_)

    def __reduce__(self) -> Any:
        return (Store, (self.folder,))

    def __repr__(self) -> str:
        return f"<synerbench.Store {self.folder}: {len(self.cases)} cases>"


class SliceDataset:
    """The pairs of slices of one task and split: those that ``synerbench train`` learns from, on the suite's canvas.

    It has ``__len__`` and ``__getitem__``, so ``torch.utils.data.DataLoader`` takes it as it is; PyTorch is not needed and
    not imported. An item is a :class:`Pair` of new arrays. It may be read from several threads, and pickled.

    store: folder, or a :class:`Store`. suite: name or path. task: id of one of its tasks. split: "train", "validation" or
    "test" (what a suite scores is not for training). canvas: "256:pad" instead of the suite's. neighbors: slices on either
    side. min_foreground: slices with a smaller share of mask are left out; None: as the suite says. cache_bytes: pairs that
    are kept in memory once read.

    Raises UsageError for names that do not exist, InputError for a damaged store.
    """

    def __init__(
        self,
        store: Union[str, "os.PathLike[str]", Store],
        suite: str,
        task: str,
        split: str = "train",
        *,
        canvas: str = "",
        neighbors: int = 0,
        min_foreground: Optional[float] = None,
        cache_bytes: int = 1 << 30,
    ) -> None:
        if neighbors < 0:
            from ._errors import UsageError

            raise UsageError("neighbors", f"{neighbors} is below 0")
        self.store = store if isinstance(store, Store) else Store(store)
        self._made = (os.fspath(suite), task, split)
        self._options = {
            "canvas": canvas,
            "neighbors": neighbors,
            "min_foreground": min_foreground,
            "cache_bytes": cache_bytes,
        }
        self._pairs = _core.OpenPairs(self.store._store, *self._made, *self._options.values())
        self._shape = self._pairs.source_shape()

    @property
    def canvas(self) -> str:
        """"256:pad": what a program's READY, and ``--canvas``, call it."""
        return self._pairs.canvas()

    @property
    def sources(self) -> Tuple[str, ...]:
        """Names of the source modalities, in the order of the images."""
        return tuple(self._pairs.sources())

    @property
    def target(self) -> str:
        """Name of the target modality."""
        return self._pairs.target()

    def __len__(self) -> int:
        return self._pairs.size()

    def _index(self, index: int) -> int:
        at = operator.index(index)
        if not -len(self) <= at < len(self):
            raise IndexError(f"pair {at} of {len(self)}")
        return at % len(self)

    def __getitem__(self, index: int) -> Pair:
        at = self._index(index)
        sources, depth, height, width = self._shape
        source = np.empty((sources, depth, height, width), np.float32)
        target = np.empty((1, height, width), np.float32)
        mask = np.empty((1, height, width), np.uint8)
        self._pairs.read(at, source, target, mask)
        return Pair(source if depth > 1 else source[:, 0], target, mask)

    def __iter__(self) -> Iterator[Pair]:
        return (self[i] for i in range(len(self)))

    def key(self, index: int) -> PairKey:
        """Where pair `index` comes from."""
        return PairKey(*self._pairs.key(self._index(index)))

    def patients(self) -> List[str]:
        """The patients of the pairs, each once, in their order."""
        return list(dict.fromkeys(self.key(i).patient for i in range(len(self))))

    def __reduce_ex__(self, protocol: Any) -> Any:
        return (_make, (self.store.folder, self._made, self._options))

    def __repr__(self) -> str:
        return f"<synerbench.SliceDataset {self._made[1]} {self._made[2]}: {len(self)} pairs on {self.canvas}>"


def _make(folder: str, made: Tuple[str, str, str], options: Dict[str, Any]) -> SliceDataset:
    return SliceDataset(folder, *made, **options)
