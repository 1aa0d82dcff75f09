"""The compiled package: equal to the program bit for bit, without copies, and clear about what does not fit."""

import hashlib
import json
import math
import pathlib
import pickle
import re
import subprocess
import sys
import tempfile
import threading
import unittest

import numpy as np
import synerbench
from support import PROGRAM, REPOSITORY, Folder, reference
from synerbench import _metrics, statistics

try:
    import pandas
except ImportError:
    pandas = None
try:
    import skimage.metrics as skimage
except ImportError:
    skimage = None

SHAPE = (180, 184, 190)  # MS-SSIM of the volumes' protocols wants more than 160 a side


def images(kind="normalized", shape=(12, 180, 190), seed=1):
    """A smooth target and a noisy prediction of it, and an elliptic mask."""
    random = np.random.default_rng(seed)
    d, h, w = np.meshgrid(*(np.linspace(-1, 1, side) for side in shape), indexing="ij")
    target = 0.5 + 0.3 * np.sin(5 * d + 7 * h) * np.cos(6 * w)
    prediction = target + 0.05 * random.standard_normal(shape)
    mask = h**2 + w**2 < 0.8
    if kind == "HU":
        target, prediction = 2000 * target - 800, 2000 * prediction - 800
    return prediction, target, mask


def for_protocol(protocol):
    prediction, target, mask = images("HU" if protocol.values == "HU" else "normalized")
    return (prediction[0], target[0], mask[0]) if protocol.dimensions == 2 else (prediction, target, mask)


class Compare(unittest.TestCase):
    def check_against_the_program(self, prediction, target, mask):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            (folder / "shape.txt").write_text(" ".join(map(str, target.shape)))
            (folder / "prediction.f64").write_bytes(np.ascontiguousarray(prediction).tobytes())
            (folder / "target.f64").write_bytes(np.ascontiguousarray(target).tobytes())
            (folder / "mask.u8").write_bytes(mask.astype(np.uint8).tobytes())
            lines = [line.split() for line in reference("compare", folder).splitlines()]
        seen = []
        for protocol in synerbench.protocols():
            slices = 0 if protocol.dimensions == 2 else slice(None)
            for masked in (False, True):
                scores = synerbench.compare(
                    protocol.id, prediction[slices], target[slices], mask[slices] if masked else None
                )
                for name, score in scores.items():
                    value = score.undefined if score.value is None else score.value
                    seen.append((protocol.id, "mask" if masked else "all", name, value))
        self.assertEqual(len(seen), len(lines))
        for (id, masked, metric, value), line in zip(seen, lines):
            self.assertEqual([id, masked, metric], line[:3])
            self.assertEqual(value, line[3] if isinstance(value, str) else float.fromhex(line[3]), line)

    def test_every_protocol_is_the_programs_bit_for_bit(self):
        self.check_against_the_program(*images())
        self.check_against_the_program(*images("HU"))

    def test_what_has_no_value_has_the_programs_reason(self):
        prediction, target, mask = images(shape=(6, 20, 20))
        self.check_against_the_program(target, target, mask)  # equal, and too small for some windows
        self.check_against_the_program(prediction, target, np.zeros_like(mask))
        broken = prediction.copy()
        broken[0, 3, 3] = np.nan
        self.check_against_the_program(broken, target, mask)

    def test_a_score_is_a_number_or_a_reason(self):
        _, target, _ = images()
        score = synerbench.compare("synermed-2d@2", target[0], target[0])["psnr"]
        self.assertEqual((score.value, score.undefined), (None, "identical-images"))
        self.assertEqual(str(score), "PSNR: identical-images")
        with self.assertRaisesRegex(synerbench.UndefinedScore, "psnr: has no value: identical-images"):
            float(score)
        ssim = synerbench.compare("synermed-2d@2", target[0], target[0])["ssim"]
        self.assertEqual((float(ssim), str(ssim)), (1.0, "SSIM 1.0000"))

    def test_arrays_are_compared_where_they_lie(self):
        protocol = synerbench.protocols()[0]
        for shape in ((4, 5), (3, 4, 5)):
            row = next(p for p in synerbench.protocols() if p.dimensions == len(shape))
            array = np.zeros(shape)
            self.assertIs(_metrics._image(array, "x", row), array)
        mask = np.zeros((4, 5), np.bool_)
        self.assertTrue(np.shares_memory(_metrics._mask(mask), mask))
        mask = np.zeros((4, 5), np.uint8)
        self.assertTrue(np.shares_memory(_metrics._mask(mask), mask))
        # The compiled part takes nothing that it would have to convert.
        good = np.zeros((16, 16))
        for wrong in (good.astype(np.float32), np.asfortranarray(np.zeros((16, 17)))[:, :16], good[:, ::2]):
            with self.assertRaises(TypeError):
                synerbench._core.compare(protocol.id, wrong, good, None)

    def test_other_types_and_orders_give_the_same_numbers(self):
        prediction, target, mask = images(shape=(12, 40, 40))
        prediction, target = np.round(prediction * 8) / 8, np.round(target * 8) / 8  # exact in float16
        wanted = synerbench.compare("synthrad2023@1", prediction, target, mask)
        for convert in (np.float32, np.float16, np.longdouble):
            self.assertEqual(synerbench.compare("synthrad2023@1", convert(prediction), convert(target), mask.astype(int)), wanted)
        self.assertEqual(synerbench.compare("synthrad2023@1", np.asfortranarray(prediction), target[::-1][::-1], 3 * mask.astype(np.int8)), wanted)
        self.assertEqual(synerbench.compare("synthrad2023@1", prediction.tolist(), target.tolist(), mask.tolist()), wanted)

    def test_what_does_not_fit_is_refused_with_seen_and_wanted(self):
        a, b = np.zeros((20, 20)), np.zeros((20, 21))
        volume = np.zeros((3, 20, 20))

        def refused(*given):
            with self.assertRaises(synerbench.UsageError) as caught:
                synerbench.compare(*given)
            self.assertIsInstance(caught.exception, ValueError)
            return str(caught.exception)

        self.assertRegex(refused("synthrad2023", volume, volume), r'unknown protocol "synthrad2023"\n  did you mean "synthrad2023@1"\?')
        self.assertEqual(refused("synermed-2d@2", b, a), "prediction: is 20 x 21, the target is 20 x 20\n  bring them to one grid")
        self.assertEqual(refused("synermed-2d@2", a, a, b.astype(bool)), "mask: is 20 x 21, the target is 20 x 20\n  bring them to one grid")
        self.assertRegex(refused("synermed-2d@2", volume, volume), r"prediction: has 3 axes \(3 x 20 x 20\), synermed-2d@2 compares \[H, W\]")
        self.assertRegex(refused("synthrad2023@1", a, a), r"prediction: has 2 axes \(20 x 20\), synthrad2023@1 compares \[D, H, W\]")
        self.assertRegex(refused("synermed-2d@2", a, 3.0), "target: has 0 axes")
        self.assertRegex(refused("synermed-2d@2", a.astype(complex), a), "prediction: holds values of type complex128")
        self.assertRegex(refused("synermed-2d@2", a.astype(str), a), "prediction: holds values of type")
        self.assertRegex(refused("synermed-2d@2", a, a, a), "mask: holds values of type float64")

    def test_the_gil_is_released(self):
        prediction, target, mask = images(shape=(40, 180, 190))
        ticks, stop = [], threading.Event()

        def tick():
            while not stop.wait(0.001):
                ticks.append(1)

        thread = threading.Thread(target=tick)
        thread.start()
        synerbench.compare("synthrad2023@1", prediction, target, mask)
        stop.set()
        thread.join()
        self.assertGreater(len(ticks), 3)

    def test_protocols_say_what_the_program_says(self):
        ids = [protocol.id for protocol in synerbench.protocols()]
        self.assertIn("synthrad2023@1", ids)
        if PROGRAM:
            listed = subprocess.run([PROGRAM, "metrics"], capture_output=True, text=True).stdout
            for id in ids:
                self.assertIn(id, listed)
        metric = synerbench.compare("synermed-2d@2", np.zeros((20, 20)), np.ones((20, 20)))["psnr"].metric
        self.assertEqual((metric.unit, metric.higher_is_better, metric.upper), ("dB", True, None))

    @unittest.skipUnless(skimage, "scikit-image is not here")
    def test_ssim_and_psnr_are_scikit_images(self):
        prediction, target, _ = images()
        prediction, target = np.clip(prediction[0], 0, 1), np.clip(target[0], 0, 1)
        scores = synerbench.compare("synermed-2d@2", prediction, target)
        # Wang et al. 2004: a Gaussian of 11 x 11 and sigma 1.5; scikit-image's truncation of 3.5 sigma is that window.
        # Its borders are cut off before the mean.
        ssim = skimage.structural_similarity(
            prediction, target, data_range=1, gaussian_weights=True, sigma=1.5, use_sample_covariance=False
        )
        self.assertAlmostEqual(float(scores["ssim"]), ssim, delta=1e-9)
        psnr = skimage.peak_signal_noise_ratio(target, prediction, data_range=1)
        self.assertAlmostEqual(float(scores["psnr"]), psnr, delta=1e-9)


class Statistics(unittest.TestCase):
    values = [0.1, 0.4, 0.2, 0.5, 0.3, 0.25]

    def test_numbers_are_those_of_the_definitions(self):
        v = np.array(self.values)
        self.assertAlmostEqual(statistics.mean(v), v.mean(), 15)
        self.assertAlmostEqual(statistics.standard_deviation(v), v.std(ddof=1), 15)
        self.assertIsNone(statistics.standard_deviation([1.0]))
        self.assertAlmostEqual(statistics.quantile(v, 0.3), np.quantile(v, 0.3), 15)
        self.assertEqual(statistics.patient_means([1, 2, 6], ["b", "a", "a"]), [1, 4])
        self.assertEqual(statistics.holm([0.01, 0.04, 0.03]), [0.03, 0.06, 0.06])
        self.assertEqual(statistics.bonferroni([0.01, 0.5]), [0.02, 1])
        self.assertEqual(statistics.benjamini_hochberg([0.01, 0.04]), [0.02, 0.04])
        self.assertEqual(statistics.sign_permutation_test(v), (2 / 64, True))
        self.assertEqual(statistics.sign_permutation_test(v, alternative="greater").p, 1 / 64)
        self.assertEqual(statistics.rank_biserial(v), 1)
        test = statistics.wilcoxon_signed_rank(v)
        self.assertEqual((test.w_plus, test.w_minus, test.p, test.exact), (21, 0, 2 / 64, True))
        t = statistics.paired_t(v, np.zeros(6))
        self.assertAlmostEqual(t.t, v.mean() / (v.std(ddof=1) / math.sqrt(6)), 12)
        self.assertLess(statistics.equivalence_p(0, 0.01, 10, 0.1), 1e-4)
        self.assertGreater(statistics.detectable_effect(5), 2)

    def test_intervals_hold_the_estimate_and_depend_on_the_seed_alone(self):
        interval = statistics.mean_interval(self.values)
        self.assertLess(interval.low, interval.estimate)
        self.assertLess(interval.estimate, interval.high)
        self.assertEqual(interval, statistics.mean_interval(self.values))
        self.assertEqual(interval.n, 6)
        self.assertNotEqual(statistics.bootstrap_mean(self.values), statistics.bootstrap_mean(self.values, seed=2))
        self.assertIsNone(statistics.mean_interval([1.0]))

    def test_what_does_not_fit_is_refused(self):
        for wrong in (
            lambda: statistics.mean([]),
            lambda: statistics.mean([[1.0]]),
            lambda: statistics.mean([1.0, math.nan]),
            lambda: statistics.mean(["a"]),
            lambda: statistics.paired_t([1, 2], [1]),
            lambda: statistics.quantile([1], 2),
            lambda: statistics.patient_means([1, 2], ["a"]),
            lambda: statistics.bootstrap_mean([1], replicates=0),
            lambda: statistics.bootstrap_mean([1], confidence=1),
            lambda: statistics.bootstrap_mean([1], seed=-1),
            lambda: statistics.sign_permutation_test([1], alternative="more"),
            lambda: statistics.wilcoxon_signed_rank([1], zeros="none"),
            lambda: statistics.equivalence_p(0, 1, 5, 0),
            lambda: statistics.detectable_effect(5, power=0.01),
            lambda: statistics.holm([2.0]),
            lambda: statistics.standard_deviation([1, 2], ddof=-1),
        ):
            with self.assertRaises(ValueError):
                wrong()


class Stores(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = Folder()

    def dataset(self, *words, **options):
        return synerbench.SliceDataset(self.folder.store, self.folder.suite, *words, **options)

    def test_pairs_are_those_that_training_sees(self):
        for task in ("brain-mr-to-ct", "brain-mr+cbct-to-ct"):
            pairs = self.dataset(task)
            digest = hashlib.sha256()
            for pair in pairs:
                for array in pair:
                    digest.update(array.tobytes())
            wanted = reference("pairs", self.folder.path, task).split()
            self.assertEqual([str(len(pairs)), str(pairs[0].target.shape[-1]), digest.hexdigest()], wanted)

    def test_an_item_is_what_a_data_loader_takes(self):
        pairs = self.dataset("brain-mr-to-ct")
        source, target, mask = pairs[-1]
        self.assertEqual((source.shape, target.shape, mask.shape), ((1, 32, 32), (1, 32, 32), (1, 32, 32)))
        self.assertEqual((source.dtype, mask.dtype), (np.float32, np.uint8))
        self.assertGreaterEqual(source.min(), -1)
        self.assertLessEqual(source.max(), 1)
        self.assertTrue(source.flags.writeable)
        self.assertTrue(np.array_equal(pairs[np.int64(len(pairs) - 1)].source, source))
        self.assertEqual(self.dataset("brain-mr-to-ct", neighbors=1)[0].source.shape, (1, 3, 32, 32))
        self.assertEqual(self.dataset("brain-mr+cbct-to-ct", canvas="64:pad")[0].source.shape, (2, 64, 64))
        for index in (len(pairs), -len(pairs) - 1):
            with self.assertRaises(IndexError):
                pairs[index]
        with self.assertRaises(TypeError):
            pairs["0"]

    def test_splits_share_no_patient(self):
        sets = [set(self.dataset("brain-mr-to-ct", split).patients()) for split in ("train", "validation", "test")]
        self.assertTrue(all(sets))
        self.assertFalse(sets[0] & sets[1] or sets[0] & sets[2] or sets[1] & sets[2])
        key = self.dataset("brain-mr-to-ct").key(0)
        self.assertEqual((key.case, key.patient), ("made/brain-p00-c0", "brain-p00"))

    def test_survives_pickling_and_threads(self):
        pairs = self.dataset("brain-mr-to-ct", cache_bytes=0)
        again = pickle.loads(pickle.dumps(pairs))
        self.assertEqual((len(again), again.canvas), (len(pairs), "32:pad"))
        found = {}

        def read(i):
            found[i] = pairs[i].source.sum()

        threads = [threading.Thread(target=read, args=(i,)) for i in range(8)]
        [t.start() for t in threads], [t.join() for t in threads]
        self.assertEqual(found, {i: again[i].source.sum() for i in range(8)})

    def test_volumes_are_in_physical_units(self):
        store = synerbench.Store(self.folder.store)
        case = store.cases[0]
        self.assertEqual((case.split, case.shape, case.spacing_mm), ("train", (9, 28, 24), (3.0, 1.0, 1.0)))
        volume, mask = store.volume(case, "CT"), store.mask(case.id)
        self.assertEqual((volume.shape, volume.dtype, mask.dtype), ((9, 28, 24), np.float32, np.bool_))
        self.assertEqual(volume[~mask].max(), -1000)
        self.assertEqual(case.volumes["CT"].unit, "HU")
        # The data set's pixels are these values through the intensity map.
        pair, key = self.dataset("brain-mr-to-ct")[0], self.dataset("brain-mr-to-ct").key(0)
        low, high = case.volumes["CT"].low, case.volumes["CT"].high
        native = np.clip((volume[key.slice] - low) / (high - low), 0, 1) * 2 - 1
        self.assertLess(np.abs(pair.target[0, 2:30, 4:28] - native).max(), 1e-6)

    def test_names_that_do_not_exist_are_refused(self):
        def refused(kind, action):
            with self.assertRaises(kind) as caught:
                action()
            return str(caught.exception)

        usage, damage = synerbench.UsageError, synerbench.InputError
        self.assertIn('did you mean "brain-mr-to-ct"?', refused(usage, lambda: self.dataset("brain-mr-to-c")))
        self.assertIn('did you mean "train"?', refused(usage, lambda: self.dataset("brain-mr-to-ct", "tran")))
        self.assertIn("is no canvas", refused(usage, lambda: self.dataset("brain-mr-to-ct", canvas="64")))
        self.assertIn("neighbors", refused(usage, lambda: self.dataset("brain-mr-to-ct", neighbors=-1)))
        store = synerbench.Store(self.folder.store)
        self.assertIn("has no PET", refused(usage, lambda: store.volume(store.cases[0], "PET")))
        self.assertIn("nobody/x", refused(usage, lambda: store.mask("nobody/x")))
        self.assertIn("manifest.json", refused((usage, damage), lambda: synerbench.Store(self.folder.path / "no")))
        (self.folder.path / "bad").mkdir()
        (self.folder.path / "bad/manifest.json").write_text("{")
        self.assertIn("manifest.json", refused(damage, lambda: synerbench.Store(self.folder.path / "bad")))

    def test_pytorch_is_not_imported(self):
        done = subprocess.run(
            [sys.executable, "-c", "import sys, synerbench; synerbench.SliceDataset; synerbench.results; "
             "print([m for m in ('torch', 'pandas') if m in sys.modules])"], capture_output=True, text=True,
        )  # fmt: skip
        self.assertEqual(done.stdout.strip(), "[]", done.stderr)


@unittest.skipUnless(PROGRAM, "no program was built")
class Runs(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = Folder()
        words = ["run", "-q", "--suite", cls.folder.suite, "--store", cls.folder.store, "--task", "brain-mr-to-ct", "--out"]
        cls.mean, cls.line = cls.folder.path / "mean", cls.folder.path / "line"
        cls.folder.run(*words, cls.mean, "--model", "mine=mean")
        cls.folder.run(*words, cls.line, "--model", "mine=line")

    def test_records_are_the_runs(self):
        results = synerbench.results(self.mean)
        written = json.loads((self.mean / "results.json").read_text())
        self.assertEqual(results.cases, written["cases"])
        self.assertEqual(results.identity, written["identity"])
        self.assertEqual(results.models[0]["key"], "mine")
        rows = results.rows()
        self.assertEqual(len(rows), sum(len(case["measures"]) for case in written["cases"]))
        self.assertEqual(rows[0]["patient"], written["cases"][0]["patient"])

    @unittest.skipUnless(pandas, "pandas is not here")
    def test_a_frame_has_a_row_for_every_measure(self):
        frame = synerbench.results(self.mean).frame()
        self.assertEqual(len(frame), len(synerbench.results(self.mean).rows()))
        self.assertIn("ssim", set(frame.metric))

    def test_comparisons_and_verdicts_are_the_programs(self):
        said = json.loads(self.folder.run("compare", "-q", self.mean, self.line, "--json"))
        self.assertEqual(synerbench.compare_runs(self.mean, self.line), said)
        verdict = synerbench.gate(self.mean, self.mean)
        self.assertFalse(verdict.regression)
        self.assertEqual(verdict.details, json.loads(self.folder.run("gate", "-q", self.mean, self.mean, "--json")))
        verdicts = {synerbench.gate(self.mean, self.line).regression, synerbench.gate(self.line, self.mean).regression}
        self.assertIn(True, verdicts)

    def test_what_is_no_run_is_refused(self):
        with self.assertRaises(synerbench.InputError):
            synerbench.results(self.folder.path / "nowhere")
        with self.assertRaisesRegex(synerbench.UsageError, "tolerance"):
            synerbench.gate(self.mean, self.line, tolerances=["ssim=x"])


class Package(unittest.TestCase):
    def test_has_one_version(self):
        wanted = re.search(r"project\(SynerBench VERSION ([\d.]+)", (REPOSITORY / "CMakeLists.txt").read_text()).group(1)
        self.assertIn(f'\nversion = "{wanted}"', (REPOSITORY / "pyproject.toml").read_text())

    def test_everything_that_is_promised_is_there_and_says_what_it_is(self):
        for name in synerbench.__all__:
            self.assertTrue(getattr(synerbench, name).__doc__, name)
        for name in statistics.__all__:
            self.assertTrue(getattr(statistics, name).__doc__, name)
        with self.assertRaises(AttributeError):
            synerbench.nothing

    def test_the_stub_names_what_is_compiled(self):
        stub = (pathlib.Path(synerbench.__file__).parent / "_core.pyi").read_text()
        stated = set(re.findall(r"^(?:def|class) (\w+)", stub, re.M))
        compiled = {name for name in dir(synerbench._core) if not name.startswith("_")}
        self.assertEqual(stated, compiled)
        self.assertTrue((pathlib.Path(synerbench.__file__).parent / "py.typed").exists())


if __name__ == "__main__":
    unittest.main()
