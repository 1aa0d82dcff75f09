"""examples/model_onnx.py: a network in an ONNX file gives what the same network gives in NumPy."""

import json
import struct
import sys
import unittest

import numpy as np
import onnx
from onnx import TensorProto, helper
from support import EXAMPLES, REPOSITORY, Folder

# Two layers of 3 x 3 with a ReLU between and tanh behind, with weights from a seed.
RANDOM = np.random.default_rng(1)
FIRST, SECOND = RANDOM.normal(0, 0.4, (4, 1, 3, 3)).astype("f4"), RANDOM.normal(0, 0.4, (1, 4, 3, 3)).astype("f4")

IN_NUMPY = """
import numpy, synerbench
weights = numpy.load(r"{weights}")

def layer(x, w):
    n, _, height, width = x.shape
    padded = numpy.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
    y = numpy.zeros((n, len(w), height, width))
    for i in range(3):
        for j in range(3):
            y += numpy.einsum("oc,nchw->nohw", w[:, :, i, j].astype(float), padded[:, :, i : i + height, j : j + width])
    return y

def synthesize(images):
    return numpy.tanh(layer(numpy.maximum(layer(images.astype(float), weights["first"]), 0), weights["second"]))

synerbench.serve(synthesize, label="NumPy")
"""


def write_network(path, batch):
    """`batch`: a number, or a name for as many as there are."""
    nodes = [
        helper.make_node("Conv", ["x", "first"], ["a"], pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["a"], ["b"]),
        helper.make_node("Conv", ["b", "second"], ["c"], pads=[1, 1, 1, 1]),
        helper.make_node("Tanh", ["c"], ["y"]),
    ]
    shape = [batch, 1, "height", "width"]
    graph = helper.make_graph(
        nodes,
        "net",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, shape)],
        [onnx.numpy_helper.from_array(FIRST, "first"), onnx.numpy_helper.from_array(SECOND, "second")],
    )
    # Versions that onnxruntime of several years reads.
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, str(path))


def predictions(run):
    """File name -> array, of a run that kept them."""
    found = {}
    for path in sorted((run / "predictions").rglob("*.safetensors")):
        data = path.read_bytes()
        (size,) = struct.unpack_from("<Q", data)
        tensor = json.loads(data[8 : 8 + size])["prediction"]
        assert tensor["dtype"] == "F32", tensor
        first, end = tensor["data_offsets"]
        found[path.name] = np.frombuffer(data[8 + size + first : 8 + size + end], "<f4")
    return found


class Onnx(unittest.TestCase):
    def test_a_network_is_the_same_as_in_numpy(self):
        folder = Folder()
        np.savez(folder.path / "weights.npz", first=FIRST, second=SECOND)
        numpy_model = folder.path / "in_numpy.py"
        numpy_model.write_text(IN_NUMPY.format(weights=folder.path / "weights.npz"))

        def run(words, out):
            run = folder.score(f"mine=command:'{sys.executable} {words}'", out, "--task", "brain-mr-to-ct",
                               "--keep-predictions")  # fmt: skip
            cases = json.loads((run / "results.json").read_text())["cases"]
            self.assertTrue(cases and all(case["status"] == "scored" for case in cases))
            return predictions(run)

        wanted = run(numpy_model, "numpy")
        self.assertTrue(wanted)
        for batch, name in (("n", "any"), (1, "one")):
            write_network(folder.path / f"{name}.onnx", batch)
            seen = run(f"{EXAMPLES / 'model_onnx.py'} {folder.path / name}.onnx", name)
            self.assertEqual(seen.keys(), wanted.keys())
            for case, values in wanted.items():
                spread = float(values.max() - values.min())
                self.assertGreater(spread, 100, "HU: the network answers no constant")
                # tanh of sums of 36 products in float32: some units of the last of 24 bits.
                self.assertLess(np.abs(seen[case] - values).max(), 2e-6 * spread, case)

    def test_the_example_is_short(self):
        lines = (REPOSITORY / "examples" / "model_onnx.py").read_text().splitlines()
        self.assertLessEqual(len(lines), 40)


if __name__ == "__main__":
    unittest.main()
