"""What the reference implementations share: one thread, medians, a Markdown table. Import it before torch."""

import argparse
import os
import resource
import statistics
import time

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"  # before torch is loaded


def measure(work, repetitions, inner):
    """Medians of wall clock and processor time of one call, in ms, after one repetition that is thrown away."""
    wall, processor = [], []
    for repetition in range(repetitions + 1):
        begin, begin_processor = time.perf_counter(), time.process_time()
        for _ in range(inner):
            work()
        if repetition:
            wall.append(1e3 * (time.perf_counter() - begin) / inner)
            processor.append(1e3 * (time.process_time() - begin_processor) / inner)
    return statistics.median(wall), statistics.median(processor)


def run(description, training_of, presets, updates=(("", "update"),)):
    """presets: (name, size, settings of training_of, batches, calls per repetition); the last one may take minutes.

    updates: (label, method) of every kind of update: update/<name><label>/<size>/<batch> calls training.<method>(source, target).
    """
    import torch

    torch.set_num_threads(1)
    parser = argparse.ArgumentParser(description=description.splitlines()[0])
    parser.add_argument("--repetitions", type=int, default=7)
    parser.add_argument("--only", default="", help="only rows whose name contains this")
    arguments = parser.parse_args()
    print(f"torch {torch.__version__}, {torch.get_num_threads()} thread\n")
    print("| work | wall, ms | processor, ms |\n| --- | ---: | ---: |")
    for name, size, settings, batches, inner in presets:
        rows = [(f"update/{name}{label}/{size}/{n}", n, method) for n in batches for label, method in updates]
        rows += [(f"synthesize/{name}/{size}", 0, "synthesize")]
        rows = [row for row in rows if arguments.only in row[0]]
        if not rows:
            continue
        torch.manual_seed(1)
        training = training_of(*settings)
        for row, n, method in rows:
            pair = torch.rand(2, max(n, 1), 1, size, size) * 2 - 1
            images = pair if n else pair[:1]
            wall, processor = measure(lambda: getattr(training, method)(*images), arguments.repetitions, inner)
            print(f"| {row} | {wall:.1f} | {processor:.1f} |", flush=True)
    print(f"\npeak of resident memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")
