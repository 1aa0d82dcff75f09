"""Event files that `synerbench export tensorboard` writes, read by TensorBoard itself."""

import json
import unittest

import numpy as np
from support import Folder
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.backend.event_processing.event_file_loader import RawEventFileLoader


class TensorBoard(unittest.TestCase):
    def test_reads_every_number_of_a_log(self):
        folder = Folder()
        lines = [{"event": "start", "identity": {}, "updates": 3000}]
        for update in range(100, 3001, 100):
            losses = {"l1": 1 / update, "gan": -update / 7}
            lines.append({"event": "losses", "update": update, "over": 100, "lr_factor": 0.5, "losses": losses})
        lines.append({"event": "validation", "update": 3000, "score": 0.8125, "slices": 4, "left_out": 0, "best": True})
        (folder.path / "w").mkdir()
        (folder.path / "w/log.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
        said = json.loads(folder.run("export", "tensorboard", "w", "--out", "board", "-q", "--json"))
        self.assertEqual(said["folders"], [{"folder": ".", "scalars": 91, "last_update": 3000}])

        # The folder, as TensorBoard opens it; nothing is thinned out.
        board = EventAccumulator(str(folder.path / "board"), size_guidance={"scalars": 0})
        board.Reload()
        self.assertEqual(set(board.Tags()["scalars"]), {"losses/l1", "losses/gan", "lr_factor", "validation/score"})
        seen = [(scalar.step, scalar.value) for scalar in board.Scalars("losses/gan")]
        self.assertEqual(seen, [(update, float(np.float32(-update / 7))) for update in range(100, 3001, 100)])
        self.assertEqual([(s.step, s.value) for s in board.Scalars("validation/score")], [(3000, 0.8125)])

        # Every record by its protocol buffers: none holds a field that they do not know.
        (file,) = (folder.path / "board").iterdir()
        events = [Event.FromString(record) for record in RawEventFileLoader(str(file)).Load()]
        self.assertEqual(events[0].file_version, "brain.Event:2")
        self.assertEqual(len(events), 31)
        for event in events:
            self.assertEqual(Event.FromString(event.SerializeToString(deterministic=True)), event)
            self.assertEqual(event.wall_time, event.step)


if __name__ == "__main__":
    unittest.main()
