"""docs/python.md from top to bottom: its Python, its files and its commands, in one folder."""

import importlib.util
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

from support import PROGRAM, REPOSITORY

PAGE = REPOSITORY / "docs" / "python.md"
HAS_TORCH = importlib.util.find_spec("torch") is not None
COMMAND = re.compile(r"(synerbench|python3|cat) ")


def blocks(text):
    """(first line, comment above, lines) of every block of the page that is indented by four."""
    note, found = "", []
    lines = text.splitlines()
    at = 0
    while at < len(lines):
        comment = re.fullmatch(r"<!-- (.*) -->", lines[at])
        if comment:
            note = comment.group(1)
        elif lines[at].startswith("    "):
            first, block = at + 1, []
            while at < len(lines) and (lines[at].startswith("    ") or not lines[at].strip()):
                block.append(lines[at][4:])
                at += 1
            while not block[-1].strip():
                block.pop()
            found.append((first, note, block))
            note = ""
            continue
        elif lines[at].strip():
            note = ""
        at += 1
    return found


def can_import(program):
    """A program without ITK simulates no patients."""
    return bool(program) and subprocess.run([program, "phantom", "--help"], capture_output=True).returncode == 0


@unittest.skipUnless(can_import(PROGRAM), "no program that simulates patients was built")
class Page(unittest.TestCase):
    def test_runs_as_it_stands(self):
        with tempfile.TemporaryDirectory(prefix="synerbench-page-") as name:
            folder = pathlib.Path(name)
            paths = [str(pathlib.Path(sys.executable).parent), str(pathlib.Path(PROGRAM).parent), os.environ["PATH"]]
            environment = {**os.environ, "PATH": os.pathsep.join(paths), "OMP_WAIT_POLICY": "passive"}
            variables, ran, said = {}, 0, ""
            here = os.getcwd()
            os.chdir(folder)
            self.addCleanup(os.chdir, here)
            for first, note, block in blocks(PAGE.read_text()):
                place = f"docs/python.md:{first}"
                if "needs torch" in note and not HAS_TORCH:
                    continue
                if note.startswith("file: "):
                    (folder / note[6:].split(",")[0]).write_text("\n".join(block) + "\n")
                elif note == "python":
                    exec(compile("\n" * (first - 1) + "\n".join(block), str(PAGE), "exec"), variables)
                else:
                    commands = [line for line in block if COMMAND.match(line)]
                    self.assertTrue(commands or block == ["pip install ."], f"{place}: nothing says what this block is")
                    for command in commands:
                        done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, env=environment)
                        self.assertEqual(done.returncode, 0, f"{place}: {command}\n{done.stdout}{done.stderr}")
                        said += done.stdout + done.stderr
                        ran += 1
            os.chdir(here)
            self.assertGreaterEqual(ran, 9 + (3 if HAS_TORCH else 0))
            self.assertIn("pairs of 4 patients on 64:pad", said)
            self.assertIn("\\begin{tabular}", said)
            self.assertIn("Regression", said)
            # The regression has learned what the mean image does not know.
            values = {}
            for row in variables["results"].rows():
                if (row["metric"], row["protocol"]) == ("psnr", "synermed-2d@2"):
                    values.setdefault(row["model"], []).append(row["value"])
            self.assertGreater(sum(values["mine"]), sum(values["mean"]))
            self.assertFalse(variables["verdict"].regression)
            self.assertEqual(variables["perfect"].undefined, "identical-images")


if __name__ == "__main__":
    unittest.main()
