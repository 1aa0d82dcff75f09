"""Runs: their records, comparisons of two, and the gate."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any, Dict, List, NamedTuple, Sequence, Union

from . import _core

if TYPE_CHECKING:
    import pandas

Path = Union[str, "os.PathLike[str]"]


class Results:
    """What a run scored. Made by :func:`results`.

    identity: what the run is (suite, store, protocols, models). tasks, models: lists of dicts, as in results.json.
    cases: one dict per task, model and case, with its measures.
    """

    def __init__(self, json_text: str) -> None:
        value = json.loads(json_text)
        self.identity: Dict[str, Any] = value["identity"]
        self.tasks: List[Dict[str, Any]] = value["tasks"]
        self.models: List[Dict[str, Any]] = value["models"]
        self.cases: List[Dict[str, Any]] = value["cases"]

    def rows(self) -> List[Dict[str, Any]]:
        """One dict per measure: task, model, case, patient, group, status, reason, protocol, metric, value, undefined, count.

        A case that failed has one row without protocol and metric. `value` is None where a metric is undefined, and
        `undefined` says why. `count` is the number of slices, or voxels, behind the value.
        """
        rows = []
        for case in self.cases:
            start = {key: case[key] for key in ("task", "model", "case", "patient", "group", "status")}
            start["reason"] = case.get("reason")
            for measure in case["measures"] or [{}]:
                rows.append(
                    {
                        **start,
                        "protocol": measure.get("protocol"),
                        "metric": measure.get("metric"),
                        "value": measure.get("value"),
                        "undefined": measure.get("undefined"),
                        "count": measure.get("count"),
                    }
                )
        return rows

    def frame(self) -> "pandas.DataFrame":
        """:meth:`rows` as a pandas data frame. ImportError without pandas."""
        import pandas

        return pandas.DataFrame(self.rows())


class Verdict(NamedTuple):
    """regression: whether the candidate is worse. details: all that ``synerbench gate --json`` says."""

    regression: bool
    details: Dict[str, Any]


def results(run: Path) -> Results:
    """The records of a run folder, or of a results.json. InputError when it is missing or damaged."""
    return Results(_core.results_json(os.fspath(run)))


def compare_runs(
    baseline: Path,
    candidate: Path,
    *,
    tasks: Sequence[str] = (),
    metrics: Sequence[str] = (),
    baseline_model: str = "",
    candidate_model: str = "",
    all_pairs: bool = False,
    margins: Sequence[str] = (),
    baselines: Path = "gate-baselines",
    replicates: int = 10000,
) -> Dict[str, Any]:
    """Two runs pair by pair on the same cases, as ``synerbench compare --json``.

    tasks: ids or patterns; metrics: "ssim" or "synermed-2d@2/ssim"; margins: "ssim=0.01", within which the two count as
    equivalent; baselines: folder of named baselines. Raises UsageError when suite, store or cases differ, InputError for
    damaged runs.
    """
    return json.loads(
        _core.compare_runs_json(
            os.fspath(baseline), os.fspath(candidate), list(tasks), list(metrics), baseline_model, candidate_model,
            all_pairs, list(margins), os.fspath(baselines), replicates,
        )  # fmt: skip
    )


def gate(
    baseline: Path,
    candidate: Path,
    *,
    tolerances: Sequence[str] = (),
    interval_limits: Sequence[str] = (),
    tasks: Sequence[str] = (),
    metrics: Sequence[str] = (),
    baseline_model: str = "",
    candidate_model: str = "",
    accept_incomplete_baseline: bool = False,
    baselines: Path = "gate-baselines",
) -> Verdict:
    """Whether a run is at least as good as its baseline, as ``synerbench gate``. A regression is a verdict, no error.

    tolerances, interval_limits: "0.002", "ssim=0.002", "synermed-2d@2/ssim=0.002". The rest, and what is raised: as in
    :func:`compare_runs`.
    """
    regression, text = _core.gate_json(
        os.fspath(baseline), os.fspath(candidate), list(tolerances), list(interval_limits), list(tasks), list(metrics),
        baseline_model, candidate_model, accept_incomplete_baseline, os.fspath(baselines),
    )  # fmt: skip
    return Verdict(regression, json.loads(text))
