"""benchmarks/run and benchmarks/compare on programs that answer like Google Benchmark, with times that are known.

    compare_test.py FOLDER_OF_THE_SCRIPTS
"""

import itertools
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import unittest
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader

SCRIPTS = pathlib.Path(sys.argv.pop()).resolve()

# Answers with the times of a file beside it: by row, a list from which repetitions are taken in order.
PROGRAM = """#!/usr/bin/env python3
import json, pathlib, re, sys
words = dict(w.lstrip("-").split("=", 1) for w in sys.argv[1:])
rows = json.loads((pathlib.Path(__file__).parent / "times.json").read_text())
lines = []
for name, times in rows.items():
    if not re.search(words["benchmark_filter"], name): continue
    if times is None:
        lines.append({"run_name": name, "error_occurred": True, "error_message": "no device"})
        continue
    for i in range(int(words["benchmark_repetitions"])):
        lines.append({"run_name": name, "run_type": "iteration", "cpu_time": times[i % len(times)], "time_unit": "ms"})
    lines.append({"run_name": name, "run_type": "aggregate", "cpu_time": 999, "time_unit": "ms"})
if not lines:
    print("Failed to match any benchmarks against regex", file=sys.stderr)
    sys.exit(0)
pathlib.Path(words["benchmark_out"]).write_text(json.dumps({"context": {"num_cpus": 2, "caches": []}, "benchmarks": lines}))
"""


def script(name, *words):
    return subprocess.run([sys.executable, "-B", str(SCRIPTS / name), *map(str, words)], capture_output=True, text=True, check=False)


def compare_module():
    loader = SourceFileLoader("benchmarks_compare", str(SCRIPTS / "compare"))
    module = module_from_spec(spec_from_loader("benchmarks_compare", loader))
    loader.exec_module(module)
    return module


class Scripts(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.at = pathlib.Path(self.folder.name)

    def tearDown(self):
        self.folder.cleanup()

    def build(self, name, rows):
        folder = self.at / name / "benchmarks" / "ssim"
        folder.mkdir(parents=True, exist_ok=True)
        program = folder / "ssim_benchmark"
        program.write_text(PROGRAM, encoding="utf-8")
        program.chmod(0o755)
        (folder / "times.json").write_text(json.dumps(rows), encoding="utf-8")
        return self.at / name

    def measured(self, name, rows):
        out = self.at / f"{name}.json"
        answer = script("run", self.build(name, rows), "--out", out)
        self.assertEqual(answer.returncode, 0, answer.stderr)
        return out

    def test_run_keeps_every_repetition_in_seconds(self):
        out = self.measured("a", {"small/64": [1.0, 2.0, 3.0], "gpu/64": None})
        document = json.loads(out.read_text())
        self.assertEqual(document["rows"], {"ssim_benchmark: small/64": [t / 1000 for t in (1, 2, 3) * 3]})
        self.assertEqual([p.name for p in self.at.iterdir() if p.name.startswith(".")], [])

    def test_run_says_what_is_missing(self):
        (self.at / "empty").mkdir()
        cases = [(("empty", "--out", "x"), 2, "SYNERBENCH_BUILD_BENCHMARKS"), (("a", "--out", "x", "--program", "y"), 2, "ssim_benchmark"),
                 (("a", "--out", "x", "--only", "nothing"), 2, "no row"), (("a",), 1, "--out"), (("a", "--out", "x", "--repetitions", "3"), 1, "at least 5")]
        self.build("a", {"small": [1.0]})
        for words, code, said in cases:
            answer = script("run", self.at / words[0], *words[1:])
            self.assertEqual(answer.returncode, code, answer.stderr)
            self.assertIn(said, answer.stderr)

    def test_a_slower_row_is_a_step_and_a_faster_one_is_no_fault(self):
        noise = [1.0, 1.01, 0.99, 1.02, 0.98, 1.005, 0.995, 1.015, 0.985]
        old = self.measured("old", {"a": noise, "b": noise, "c": noise, "gone": noise})
        new = self.measured("new", {"a": noise, "b": [1.2 * t for t in noise], "c": [0.7 * t for t in noise], "came": noise})
        answer = script("compare", old, new)
        self.assertEqual(answer.returncode, 4, answer.stderr)
        self.assertRegex(answer.stdout, r"ssim_benchmark: a .*\| 1\.000 \| 1 \|  \|")
        self.assertRegex(answer.stdout, r"ssim_benchmark: b .*slower")
        self.assertRegex(answer.stdout, r"ssim_benchmark: c .*faster")
        self.assertIn(f"Only in {old}: ssim_benchmark: gone", answer.stdout)
        self.assertIn(f"Only in {new}: ssim_benchmark: came", answer.stdout)
        self.assertEqual(script("compare", new, old).returncode, 4)  # c, the other way around
        self.assertEqual(script("compare", old, new, "--by", "0.5").returncode, 0)

    def test_a_step_that_is_not_there_again_is_not_confirmed(self):
        noise = [1.0, 1.01, 0.99, 1.02, 0.98]
        old = self.measured("old", {"a": noise})
        new = self.measured("new", {"a": [1.3 * t for t in noise]})
        builds = ("--confirm", self.at / "old", self.at / "new")
        self.assertEqual(script("compare", old, new, *builds).returncode, 4)
        self.build("new", {"a": noise})  # the machine was busy; now it is not
        answer = script("compare", old, new, *builds)
        self.assertEqual(answer.returncode, 0, answer.stdout)
        self.assertIn("not confirmed", answer.stdout)

    def test_files_that_cannot_be_compared_are_refused(self):
        good = self.measured("a", {"a": [1.0, 1.1]})
        document = json.loads(good.read_text())

        def changed(name, **fields):
            path = self.at / f"{name}.json"
            path.write_text(json.dumps({**document, **fields}))
            return path

        cases = [(changed("machine", machine={"cpu": "another", "cores": 64}), "another machine"), (changed("nowhere", machine=None), "which machine"), (changed("schema", schema="x"), "schema"),
                 (changed("rows", rows={"a": [0]}), "above 0"), (changed("none", rows={"other": [1.0]}), "has no row"), (self.at / "absent.json", "absent.json")]
        cut = self.at / "cut.json"
        cut.write_text(good.read_text()[:100])
        nested = self.at / "nested.json"
        nested.write_text("[" * 100000)
        for path, said in cases + [(cut, "no JSON"), (nested, "no JSON")]:
            answer = script("compare", good, path)
            self.assertEqual(answer.returncode, 2, path)
            self.assertIn(said, answer.stderr)
            self.assertNotIn("Traceback", answer.stderr)

    def test_the_rank_sum_test_is_exact(self):
        p = compare_module().rank_sum_p
        # All ways to divide five ranks 1 2 3 4 5 into two and three: two of ten are as far from the middle as 1 + 2.
        self.assertAlmostEqual(p([1.0, 2.0], [3.0, 4.0, 5.0]), 0.2)
        self.assertAlmostEqual(p([1.0] * 5, [1.0] * 5), 1)
        generator = random.Random(3)
        for _ in range(20):
            a = [float(generator.randrange(6)) for _ in range(4)]
            b = [float(generator.randrange(6)) for _ in range(5)]
            pooled = a + b
            ranks = [sum(y < x for y in pooled) + (sum(y == x for y in pooled) + 1) / 2 for x in pooled]
            middle, seen = 4 * 10 / 2, sum(ranks[:4])
            ways = list(itertools.combinations(ranks, 4))
            self.assertAlmostEqual(p(a, b), sum(abs(sum(w) - middle) >= abs(seen - middle) - 1e-9 for w in ways) / len(ways))

    def test_without_a_change_few_comparisons_alarm(self):
        module = compare_module()
        generator = random.Random(5)
        alarms = 0
        for _ in range(300):  # 20 rows whose noise is 10 %, so that a move of the median by 5 % is common
            p_values = module.holm([module.rank_sum_p([generator.gauss(1, 0.1) for _ in range(9)], [generator.gauss(1, 0.1) for _ in range(9)])
                                    for _ in range(20)])
            alarms += any(p <= 0.05 for p in p_values)
        self.assertLessEqual(alarms / 300, 0.09)  # 0.05 and three standard deviations


if __name__ == "__main__":
    unittest.main()
