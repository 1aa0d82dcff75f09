"""Statistics over patients, as the reports compute them.

The unit of analysis is the patient: every function takes one value per patient (:func:`patient_means` makes them). A value
that is not finite raises ValueError, because an undefined score has to be counted, not dropped by a mean. Results depend
on the arguments alone.
"""

from __future__ import annotations

from typing import List, NamedTuple, Optional, Sequence, Tuple

import numpy as np
from numpy.typing import ArrayLike

from . import _core
from ._errors import UsageError

__all__ = [
    "BootstrapInterval", "MeanInterval", "PairedT", "SignTest", "Wilcoxon", "benjamini_hochberg", "bonferroni",
    "bootstrap_mean", "detectable_effect", "differences_without_noise", "equivalence_p", "holm", "mean", "mean_interval",
    "paired_t", "patient_means", "power_of_t", "quantile", "rank_biserial", "sign_permutation_test", "standard_deviation",
    "wilcoxon_signed_rank",
]  # fmt: skip


class BootstrapInterval(NamedTuple):
    """Percentile interval of a mean, over `n` patients."""

    estimate: float
    low: float
    high: float
    n: int
    replicates: int


class MeanInterval(NamedTuple):
    """Interval of a mean that holds its level for few patients: on each side the farther of Student's t and bootstrap-t."""

    estimate: float
    low: float
    high: float
    n: int
    standard_error: float
    degrees_of_freedom: float


class SignTest(NamedTuple):
    """p of a permutation of signs. exact: all patterns were counted, none was drawn."""

    p: float
    exact: bool


class Wilcoxon(NamedTuple):
    """Signed-rank test. statistic: the smaller rank sum two-sided, w_plus one-sided. ranked: differences that took part."""

    w_plus: float
    w_minus: float
    statistic: float
    p: float
    exact: bool
    ranked: int
    zeros: int
    ties: bool


class PairedT(NamedTuple):
    """Paired t test, two-sided."""

    t: float
    degrees_of_freedom: int
    p: float


def _values(values: ArrayLike, what: str = "values") -> np.ndarray:
    array = np.asarray(values)
    if array.ndim != 1:
        raise UsageError(what, f"has {array.ndim} axes, a list with one value per patient is wanted")
    if array.size and array.dtype.kind not in "fiub":
        raise UsageError(what, f"holds values of type {array.dtype}, real numbers are wanted")
    return np.ascontiguousarray(array, dtype=np.float64)


def _some(values: ArrayLike, what: str = "values") -> np.ndarray:
    array = _values(values, what)
    if array.size == 0:
        raise UsageError(what, "is empty", "give one value per patient")
    return array


def _pair(a: ArrayLike, b: ArrayLike) -> Tuple[np.ndarray, np.ndarray]:
    first, second = _some(a, "a"), _some(b, "b")
    if first.size != second.size:
        raise UsageError("b", f"holds {second.size} values, a holds {first.size}", "give one of each per patient, in one order")
    return first, second


def _within(what: str, value: float, low: float, high: float, bounds: str) -> float:
    if not low < value < high:
        raise UsageError(what, f"{value} is not in {bounds}")
    return value


def _draws(replicates: int, confidence: float = 0.95, seed: int = 1) -> Tuple[int, float, int]:
    if replicates < 1:
        raise UsageError("replicates", f"{replicates} is below 1", "10000 for what is published")
    if not 0 <= seed < 2**64:
        raise UsageError("seed", f"{seed} is not in 0 .. 2^64 - 1")
    return replicates, _within("confidence", confidence, 0, 1, "(0, 1)"), seed


def mean(values: ArrayLike) -> float:
    """Arithmetic mean; values not empty."""
    return _core.mean(_some(values))


def standard_deviation(values: ArrayLike, ddof: int = 1) -> Optional[float]:
    """Standard deviation over n - ddof; None for fewer than ddof + 1 values."""
    return _core.standard_deviation(_values(values), ddof)


def quantile(values: ArrayLike, share: float) -> float:
    """Quantile as NumPy's default; share in [0, 1], 0.5 is the median."""
    if not 0 <= share <= 1:
        raise UsageError("share", f"{share} is not in [0, 1]")
    return _core.quantile(_some(values), share)


def patient_means(values: ArrayLike, patients: Sequence[str]) -> List[float]:
    """One mean per patient, in the order of first appearance; `patients` names the patient of each value."""
    array, names = _values(values), [str(patient) for patient in patients]
    if array.size != len(names):
        raise UsageError("patients", f"names {len(names)} patients for {array.size} values")
    return _core.patient_means(array, names)


def bootstrap_mean(
    values: ArrayLike, *, replicates: int = 10000, confidence: float = 0.95, seed: int = 1
) -> BootstrapInterval:
    """Percentile bootstrap of the mean. Too narrow for few patients: reports use :func:`mean_interval`."""
    return BootstrapInterval(*_core.bootstrap_mean(_some(values), *_draws(replicates, confidence, seed)))


def mean_interval(
    values: ArrayLike, *, replicates: int = 10000, confidence: float = 0.95, seed: int = 1
) -> Optional[MeanInterval]:
    """The interval of a mean that reports print; None for fewer than two patients."""
    interval = _core.mean_interval(_some(values), *_draws(replicates, confidence, seed))
    return None if interval is None else MeanInterval(*interval)


def differences_without_noise(a: ArrayLike, b: ArrayLike) -> List[float]:
    """a - b, snapped to about 1e-12 of the largest magnitude, so that ties and zeros are what they should be."""
    return _core.differences_without_noise(*_pair(a, b))


def sign_permutation_test(
    differences: ArrayLike, *, alternative: str = "two-sided", replicates: int = 10000, seed: int = 1
) -> SignTest:
    """The paired test of reports: p of the mean difference under random signs, exact up to 36 patients.

    alternative: "two-sided", "greater" or "less" (of the mean against 0).
    """
    draws = _draws(replicates, seed=seed)
    return SignTest(*_core.sign_permutation_test(_some(differences, "differences"), alternative, draws[0], draws[2]))


def rank_biserial(differences: ArrayLike) -> Optional[float]:
    """Effect size in [-1, 1]: 1 when all patients gain. None when all differences are zero."""
    return _core.rank_biserial(_some(differences, "differences"))


def power_of_t(effect: float, degrees_of_freedom: float, alpha: float = 0.05) -> float:
    """Probability that a two-sided t test at `alpha` finds a true mean of `effect` standard errors."""
    return _core.power_of_t(effect, degrees_of_freedom, _within("alpha", alpha, 0, 1, "(0, 1)"))


def detectable_effect(degrees_of_freedom: float, power: float = 0.8, alpha: float = 0.05) -> float:
    """The smallest true difference, in standard errors, that the same test finds with probability `power`."""
    _within("alpha", alpha, 0, 1, "(0, 1)")
    return _core.detectable_effect(degrees_of_freedom, _within("power", power, alpha, 1, "(alpha, 1)"), alpha)


def equivalence_p(estimate: float, standard_error: float, degrees_of_freedom: float, margin: float) -> float:
    """Two one-sided t tests (TOST): p of "the true mean lies at -margin or below, or at margin or above"."""
    if not margin > 0:
        raise UsageError("margin", f"{margin} leaves no room", "a margin is above 0")
    return _core.equivalence_p(estimate, standard_error, degrees_of_freedom, margin)


def wilcoxon_signed_rank(
    differences: ArrayLike,
    *,
    zeros: str = "wilcox",
    alternative: str = "two-sided",
    null_distribution: str = "auto",
    continuity_correction: bool = False,
    round_decimals: int = -1,
) -> Wilcoxon:
    """Wilcoxon's signed-rank test of one difference per patient.

    zeros: "wilcox", "pratt" or "zsplit". null_distribution: "auto" (exact up to 60 differences), "exact", "normal".
    round_decimals: differences are rounded first; negative: not at all.
    """
    array = _some(differences, "differences")
    return Wilcoxon(
        *_core.wilcoxon_signed_rank(array, zeros, alternative, null_distribution, continuity_correction, round_decimals)
    )


def paired_t(a: ArrayLike, b: ArrayLike) -> Optional[PairedT]:
    """Paired t test; None for fewer than two patients or when all differences are equal."""
    result = _core.paired_t(*_pair(a, b))
    return None if result is None else PairedT(*result)


def bonferroni(p: ArrayLike) -> List[float]:
    """p values times their number, at most 1, in the order given."""
    return _core.bonferroni(_values(p, "p"))


def holm(p: ArrayLike) -> List[float]:
    """Holm's step-down correction, in the order given."""
    return _core.holm(_values(p, "p"))


def benjamini_hochberg(p: ArrayLike) -> List[float]:
    """Benjamini and Hochberg's control of the false discovery rate, in the order given."""
    return _core.benjamini_hochberg(_values(p, "p"))
