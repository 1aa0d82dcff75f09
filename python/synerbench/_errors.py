"""The errors that SynerBench's own checks raise."""

from __future__ import annotations


class Error(Exception):
    """Something that was asked for, or a file, is not what it should be.

    place: file and place in it, or the argument. problem: what was seen and what is wanted. hint: the next step, may be
    empty. ``str()`` of the error holds all three.
    """

    def __init__(self, place: str, problem: str, hint: str = "") -> None:
        self.place, self.problem, self.hint = place, problem, hint
        text = f"{place}: {problem}" if place else problem
        super().__init__(f"{text}\n  {hint}" if hint else text)

    def __reduce__(self):
        return (type(self), (self.place, self.problem, self.hint))


class UsageError(Error, ValueError):
    """A call asked for something that does not exist or does not fit. Also a ValueError."""


class InputError(Error):
    """A file is damaged, missing, or not what it should be."""


class Interrupted(Error):
    """The work was told to stop; what was finished is on disk."""


class UndefinedScore(Error, ValueError):
    """A number was taken from a score that has none: see :attr:`Score.undefined` for the reason."""
