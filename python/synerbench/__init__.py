"""SynerBench in Python: protocols on NumPy arrays, slice stores, statistics, results, and models as programs.

    >>> import numpy, synerbench
    >>> scores = synerbench.compare("synermed-2d@2", prediction, target, mask)
    >>> float(scores["ssim"])

:func:`serve` needs NumPy alone; everything else is compiled and needs ``pip install .``.
"""

from __future__ import annotations

import importlib
import importlib.util
from typing import TYPE_CHECKING, Any, List

from ._errors import Error, InputError, Interrupted, UndefinedScore, UsageError
from ._serve import ProtocolError, Task, serve

if TYPE_CHECKING:
    from . import statistics
    from ._metrics import Metric, Protocol, Score, compare, protocols
    from ._runs import Results, Verdict, compare_runs, gate, results
    from ._store import Case, Pair, PairKey, SliceDataset, Store, StoredVolume

# Where the names that need the compiled part come from: they are looked up when they are first used, so that a model's
# program runs from a folder in which nothing was compiled.
_COMPILED = {
    **dict.fromkeys(("Metric", "Protocol", "Score", "compare", "protocols"), "_metrics"),
    **dict.fromkeys(("Results", "Verdict", "compare_runs", "gate", "results"), "_runs"),
    **dict.fromkeys(("Case", "Pair", "PairKey", "SliceDataset", "Store", "StoredVolume"), "_store"),
}

__all__ = [
    "Case", "Error", "InputError", "Interrupted", "Metric", "Pair", "PairKey", "Protocol", "ProtocolError", "Results",
    "Score", "SliceDataset", "Store", "StoredVolume", "Task", "UndefinedScore", "UsageError", "Verdict", "compare",
    "compare_runs", "gate", "protocols", "results", "serve", "statistics",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    module = "statistics" if name == "statistics" else _COMPILED.get(name)
    if module is None:
        raise AttributeError(f"module 'synerbench' has no attribute {name!r}")
    try:
        loaded = importlib.import_module(f".{module}", __name__)
    except ImportError as problem:
        if importlib.util.find_spec(f"{__name__}._core") is not None:
            raise
        raise ImportError(
            f"synerbench.{name} is compiled, and this copy is not: run pip install . in the repository"
        ) from problem
    value = loaded if module == name else getattr(loaded, name)
    globals()[name] = value
    return value


def __dir__() -> List[str]:
    return sorted(__all__)
