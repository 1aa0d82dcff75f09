"""synerbench.serve and the examples, over a pipe with the program itself."""

import io
import json
import struct
import subprocess
import sys
import unittest

import numpy as np
import synerbench
from support import EXAMPLES, PROGRAM, Folder, python_model

HEADER = struct.Struct("<4sHHIIQ")


def frame(kind, fields=None, data=b"", version=1, number=0):
    text = json.dumps(fields).encode() if fields else b""
    return HEADER.pack(b"SBMP", version, kind, len(text), number, len(data)) + text + data


def request(array, seeds, number=0):
    n, sources, depth, height, width = array.shape
    sides = struct.pack(f"<6I{len(seeds)}Q", n, sources, depth, height, width, len(seeds), *seeds)
    return frame(5, None, sides + array.tobytes(), number=number)


TASK = frame(3, {"task": "brain-mr-to-ct", "region": "brain", "sources": ["MRI"], "target": "CT"})


def talk(function, *frames, **options):
    """The frames that come back: (kind, fields, data)."""
    out = io.BytesIO()
    synerbench.serve(function, streams=(io.BytesIO(b"".join(frames)), out), **options)
    bytes_left, answers = out.getvalue(), []
    while bytes_left:
        magic, version, kind, json_bytes, number, data_bytes = HEADER.unpack(bytes_left[:24])
        assert (magic, version) == (b"SBMP", 1)
        text, data = bytes_left[24 : 24 + json_bytes], bytes_left[24 + json_bytes : 24 + json_bytes + data_bytes]
        answers.append((kind, json.loads(text or b"{}"), data))
        bytes_left = bytes_left[24 + json_bytes + data_bytes :]
    return answers


IMAGES = np.arange(2 * 1 * 1 * 3 * 4, dtype=np.float32).reshape(2, 1, 1, 3, 4) / 24


class Serve(unittest.TestCase):
    def test_says_what_it_is_and_answers(self):
        seen = []

        def function(images, task, seeds):
            seen.append((images.shape, images.dtype, task, seeds))
            return -images[:, 0]

        answers = talk(function, frame(1), TASK, request(IMAGES, [5, 2**64 - 1]), frame(8), label="Mine", low=0, sources=0)
        self.assertEqual([kind for kind, _, _ in answers], [2, 4, 6])
        ready = answers[0][1]
        self.assertEqual((ready["label"], ready["low"], ready["high"], ready["sources"]), ("Mine", 0.0, 1.0, 0))
        task = synerbench.Task("brain-mr-to-ct", "brain", ("MRI",), "CT")
        self.assertEqual(seen, [((2, 1, 3, 4), np.float32, task, [5, 2**64 - 1])])
        self.assertEqual(struct.unpack("<3I", answers[2][2][:12]), (2, 3, 4))
        self.assertEqual(answers[2][2][12:], (-IMAGES).tobytes())

    def test_an_answer_repeats_the_number_of_its_question(self):
        def function(images):
            raise ValueError("no")

        out = io.BytesIO()
        frames = [frame(1), frame(3, {"task": "t", "region": "r", "sources": ["MRI"], "target": "CT"}, number=1)]
        frames += [request(IMAGES, [5, 6], number=2), frame(8, number=2)]
        synerbench.serve(function, streams=(io.BytesIO(b"".join(frames)), out))
        kinds, numbers, rest = [], [], out.getvalue()
        while rest:
            _, _, kind, json_bytes, number, data_bytes = HEADER.unpack(rest[:24])
            kinds.append(kind)
            numbers.append(number)
            rest = rest[24 + json_bytes + data_bytes :]
        self.assertEqual((kinds, numbers), ([2, 4, 7], [0, 1, 2]))

    def test_says_how_it_was_trained_where_that_is_known(self):
        self.assertNotIn("training", talk(lambda x: x, frame(1))[0][1])
        training = {"method": "U-Net", "seed": 2}
        self.assertEqual(talk(lambda x: x, frame(1), training=training)[0][1]["training"], training)

    def test_slabs_and_volumes_keep_their_depth(self):
        slab = np.zeros((2, 1, 3, 3, 4), np.float32)
        shapes = []
        talk(lambda x: shapes.append(x.shape) or x[:, 0, 1], frame(1), TASK, request(slab, [1, 2]), neighbors=1)
        talk(lambda x: shapes.append(x.shape) or x[0, 0], frame(1), TASK, request(slab[:1], [1, 2, 3]), volume=True)
        self.assertEqual(shapes, [(2, 1, 3, 3, 4), (1, 1, 3, 3, 4)])

    def test_a_function_gets_as_many_arguments_as_it_takes(self):
        for function in (
            lambda images: images,
            lambda images, task: images,
            lambda images, task, seeds: images,
            lambda images, *, other=1: images,
            lambda images, other=None: images,
            lambda *given: given[0],
        ):
            self.assertEqual(talk(function, frame(1), TASK, request(IMAGES, [1, 2]))[2][0], 6)
        for function in (lambda: 0, lambda a, b, c, d: 0):
            with self.assertRaises(TypeError):
                talk(function)

    def test_what_is_no_prediction_is_an_error_that_says_what_is_wanted(self):
        def message(function):
            kind, fields, _ = talk(function, frame(1), TASK, request(IMAGES, [1, 2]))[2]
            self.assertEqual(kind, 7)
            return fields["message"]

        self.assertEqual(
            message(lambda x: x[:, :, 1:]),
            "ValueError: the model answered an array of shape (2, 1, 2, 4), (2, 3, 4) is wanted (slices, height, width)",
        )
        self.assertEqual(
            message(lambda x: x.astype(int)), "ValueError: the model answered values of type int64, float32 is wanted"
        )
        self.assertEqual(message(lambda x: 1 / 0), "ZeroDivisionError: division by zero")
        # Double precision, other memory orders and axes of length 1 are no mistakes.
        for function in (lambda x: x.astype(np.float64), lambda x: np.asfortranarray(x), lambda x: x[:, None]):
            self.assertEqual(talk(function, frame(1), TASK, request(IMAGES, [1, 2]))[2][2][12:], IMAGES.tobytes())

    def test_goes_on_after_an_error(self):
        calls = []

        def function(images):
            calls.append(1)
            if len(calls) == 1:
                raise RuntimeError("once")
            return images

        kinds = [kind for kind, _, _ in talk(function, frame(1), TASK, *[request(IMAGES, [1, 2])] * 2)]
        self.assertEqual(kinds, [2, 4, 7, 6])

    def test_a_task_may_be_refused(self):
        def prepare(task):
            raise ValueError(f"no weights for {task.id}")

        kind, fields, _ = talk(lambda x: x, frame(1), TASK, prepare=prepare)[1]
        self.assertEqual((kind, fields["message"]), (7, "ValueError: no weights for brain-mr-to-ct"))

    def test_what_is_no_frame_is_refused(self):
        for wrong in (b"hello, are you there?...", frame(1, version=2), frame(9), frame(5)[:20], frame(1, {"a": 1})[:26]):
            with self.assertRaises(synerbench.ProtocolError):
                talk(lambda x: x, wrong)

    def test_needs_nothing_that_is_compiled(self):
        done = subprocess.run(
            [sys.executable, "-c", "import sys, synerbench; synerbench.serve; print('synerbench._core' in sys.modules)"],
            capture_output=True, text=True,
        )  # fmt: skip
        self.assertEqual(done.stdout.strip(), "False", done.stderr)


@unittest.skipUnless(PROGRAM, "no program was built")
class OverThePipe(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = Folder()

    def cases(self, run):
        return json.loads((run / "results.json").read_text())["cases"]

    def write(self, name, text):
        path = self.folder.path / name
        path.write_text(text)
        return path

    def test_the_examples_give_equal_records(self):
        task = ("--task", "brain-mr-to-ct")
        plain = self.cases(self.folder.score(python_model(EXAMPLES / "model_plain.py"), "plain", *task))
        numpy = self.cases(self.folder.score(python_model(EXAMPLES / "model_numpy.py"), "numpy", *task))
        self.assertEqual(plain, numpy)
        self.assertTrue(all(case["status"] == "scored" for case in plain))

    def test_what_is_printed_is_kept_with_the_run_and_breaks_nothing(self):
        model = self.write(
            "prints.py",
            "import synerbench, os\n"
            "print('before', flush=True)\n"
            "print('kept back')\n"
            "def f(images):\n"
            "    print('inside'); os.write(1, b'below\\n'); return images\n"
            "synerbench.serve(f)\n",
        )
        # What is written out before serve() is called goes to the pipe: it is refused with what was seen.
        said = self.folder.run("run", "--suite", self.folder.suite, "--store", self.folder.store, "--model", python_model(model),
                               "--out", self.folder.path / "before", code=2)  # fmt: skip
        self.assertIn('the program wrote "before', said)
        model.write_text(model.read_text().replace("print('before', flush=True)\n", ""))
        run = self.folder.score(python_model(model), "prints", "--task", "brain-mr-to-ct")
        log = (run / "logs" / "mine.txt").read_text()
        self.assertIn("kept back\n", log)
        self.assertIn("inside\n", log)
        self.assertIn("below\n", log)

    def test_seeds_of_a_program_are_one_row_of_the_report(self):
        runs = []
        for seed in (1, 2):
            model = self.write(
                f"seed{seed}.py",
                "import synerbench\n"
                f"synerbench.serve(lambda x: {seed} / 4 * x, label='Net, seed {seed}',\n"
                f"                 training={{'method': 'Net', 'seed': {seed}}})\n",
            )
            runs.append(self.folder.score(python_model(model), f"seed{seed}", "--task", "brain-mr-to-ct"))
        self.folder.run("report", "-q", *runs, "--format", "csv", "--no-plots", "--no-panels", "--out", "report")
        seeds = (self.folder.path / "report/seeds.csv").read_text().splitlines()
        self.assertTrue(seeds[1:] and all(",Net," in line and ",2," in line for line in seeds[1:]), seeds)

    def test_several_sources_and_an_exception_in_one_task(self):
        model = self.write(
            "picky.py",
            "import synerbench\n"
            "def f(images, task):\n"
            "    if len(task.sources) == 1: raise RuntimeError('one is too few')\n"
            "    return images.mean(axis=1)\n"
            "synerbench.serve(f, sources=0, label='Picky')\n",
        )
        run = self.folder.score(python_model(model), "picky", code=3)
        for case in self.cases(run):
            if "+" in case["task"]:
                self.assertEqual(case["status"], "scored")
            else:
                self.assertIn("the program reports: RuntimeError: one is too few", case["reason"])


if __name__ == "__main__":
    unittest.main()
