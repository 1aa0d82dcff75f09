"""aoti:FILE.pt2: a compiled network gives what PyTorch gives, and other sides than it was compiled for are refused."""

import json
import re
import subprocess
import sys
import unittest

import torch
from support import PROGRAM, Folder


class Network(torch.nn.Module):
    """Two layers of 3 x 3 with weights from a seed."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(1)
        self.layers = torch.nn.Sequential(
            torch.nn.Conv2d(1, 4, 3, padding=1), torch.nn.ReLU(), torch.nn.Conv2d(4, 1, 3, padding=1), torch.nn.Tanh()
        )

    def forward(self, x):
        return self.layers(x)


IN_PYTORCH = """
import torch, synerbench
net = torch.export.load(r"{file}").module()

@torch.no_grad()
def synthesize(images):
    return torch.cat([net(torch.from_numpy(image[None])) for image in images])

synerbench.serve(synthesize, label="PyTorch")
"""


def skip_unless_the_program_can():
    said = subprocess.run([PROGRAM, "doctor", "--json"], capture_output=True, text=True).stdout
    built = re.search(r'libtorch\W+(\d+)\.(\d+)', said)
    if not built or (int(built[1]), int(built[2])) < (2, 9):
        raise unittest.SkipTest("the program was built with a LibTorch before 2.9")
    if f"{built[1]}.{built[2]}" != ".".join(torch.__version__.split(".")[:2]):
        raise unittest.SkipTest(f"Python has PyTorch {torch.__version__}, the program LibTorch {built[1]}.{built[2]}")


class Aoti(unittest.TestCase):
    def test_a_package_is_the_same_as_in_pytorch(self):
        skip_unless_the_program_can()
        folder = Folder()
        net = Network().eval()
        exported = torch.export.export(net, (torch.zeros(1, 1, 64, 64),))
        package = folder.path / "mine.pt2"
        torch._inductor.aoti_compile_and_package(exported, package_path=str(package))
        torch.export.save(exported, folder.path / "exported.pt2")
        (folder.path / "in_pytorch.py").write_text(IN_PYTORCH.format(file=folder.path / "exported.pt2"))

        def cases(model, out, *words, code=0):
            run = folder.score(model, out, "--task", "brain-mr-to-ct", *words, code=code)
            return json.loads((run / "results.json").read_text())["cases"]

        wanted = cases(f"mine=command:'{sys.executable} {folder.path / 'in_pytorch.py'}'", "pytorch", "--canvas", "64:pad")
        seen = cases(f"mine=aoti:{package}", "aoti", "--canvas", "64:pad")
        self.assertEqual([case["status"] for case in seen], ["scored"] * len(wanted))
        for one, other in zip(seen, wanted):
            for a, b in zip(one["measures"], other["measures"]):
                if "value" in a:
                    self.assertAlmostEqual(a["value"], b["value"], delta=1e-4 * max(1, abs(b["value"])), msg=str(a))

        # Compiled for 64 x 64: another canvas is a failure that says so, not another image.
        refused = cases(f"mine=aoti:{package}", "other", "--canvas", "32:pad", code=3)
        for case in refused:
            self.assertEqual(case["status"], "failed")
            self.assertIn("[1, 1, 32, 32]", case["reason"])


if __name__ == "__main__":
    unittest.main()
