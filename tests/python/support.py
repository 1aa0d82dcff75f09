"""What the tests share: paths, a store made in code, and calls of the program."""

import os
import pathlib
import subprocess
import sys
import tempfile

REPOSITORY = pathlib.Path(os.environ["SYNERBENCH_REPOSITORY"])
REFERENCE = os.environ["SYNERBENCH_REFERENCE"]
PROGRAM = os.environ.get("SYNERBENCH_PROGRAM", "")
EXAMPLES = REPOSITORY / "examples"


def reference(*words):
    return subprocess.run([REFERENCE, *map(str, words)], check=True, capture_output=True, text=True).stdout


class Folder:
    """A temporary folder with a store of made patients and a suite."""

    def __init__(self):
        self._kept = tempfile.TemporaryDirectory(prefix="synerbench-python-")
        self.path = pathlib.Path(self._kept.name)
        reference("store", self.path)
        self.store, self.suite = self.path / "store", self.path / "suite.json"

    def run(self, *words, code=0):
        """Calls the program; fails unless it ends with `code`. Returns the two outputs as one text."""
        # Unbuffered, a print before serve() is written out at once, which a test of that asks for itself.
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
        done = subprocess.run([PROGRAM, *map(str, words)], capture_output=True, text=True, cwd=self.path, env=environment)
        assert done.returncode == code, f"exit code {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout + done.stderr

    def score(self, model, out, *words, code=0):
        """Runs a model over the suite; returns its folder."""
        self.run("run", "-q", "--suite", self.suite, "--store", self.store, "--model", model, "--out", self.path / out,
                 "--max-cases", "1", *words, code=code)  # fmt: skip
        return self.path / out


def python_model(source):
    """The word for a model that is this Python."""
    return f"mine=command:'{sys.executable} {source}'"
