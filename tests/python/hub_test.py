"""What `synerbench export eval-results` writes, read by the Hugging Face Hub's own client."""

import json
import unittest

import yaml
from huggingface_hub import eval_result_entries_to_yaml, parse_eval_result_entries
from support import Folder


class EvalResults(unittest.TestCase):
    def test_the_client_of_the_hub_reads_the_numbers_of_a_run(self):
        folder = Folder()
        run = folder.score("mine=line", "run", "--task", "brain-mr-to-ct")
        words = ["export", "eval-results", run, "--dataset", "someone/cross-modal", "--out", folder.path / "repository", "-q"]
        words += ["--date", "2026-05-31", "--source-url", "https://example.org/r#1", "--source-name", 'The "report": all']
        folder.run(*words)
        written = yaml.safe_load((folder.path / "repository/.eval_results/cross-modal.yaml").read_text())
        (entry,) = parse_eval_result_entries(written)
        case = json.loads((run / "results.json").read_text())["cases"][0]
        wanted = next(m["value"] for m in case["measures"] if (m["protocol"], m["metric"]) == ("synermed-2d@2", "ssim"))
        self.assertEqual((entry.dataset_id, entry.task_id, entry.value), ("someone/cross-modal", "brain-mr-to-ct", wanted))
        self.assertEqual((entry.date, entry.source_name), ("2026-05-31", 'The "report": all'))
        # Nothing is there that the client does not know.
        self.assertEqual(eval_result_entries_to_yaml([entry]), written)


if __name__ == "__main__":
    unittest.main()
