"""What large runs need: memory and time of many trials in sketch mode, size and merging of summaries.

The work: the company of `peers/dcf_monte_carlo.py`. A run of one process for each number of trials, so
that its peak memory is its own.

    python benches/scale.py [trials ...]

The figures of `docs/guides/trillion.md` are its output.
"""

import pathlib
import resource
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "peers"))

from dcf_monte_carlo import SIMULATION

from valor_ivx import SimulationResult

SKETCH = {"quantile_mode": "sketch"}


def one(trials):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    result = SIMULATION.run(trials=trials, seed=7, statistics=SKETCH)
    seconds = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    share = result["value_per_share"]
    print(
        f"{trials:>14,} trials {seconds:9.1f} s {trials / seconds / 1e6:6.1f}M/s  peak {after / 1024:.0f} MiB"
        f" (before the run {before / 1024:.0f})  mean {share.mean:.6f} ± {share.standard_error:.1e}"
        f"  p5 {share.quantile(0.05):.4f} p95 {share.quantile(0.95):.4f}"
    )


def merging(shards, trials=8_388_608):
    parts = [SIMULATION.run_shard(i, shards, trials=trials, seed=7, statistics=SKETCH) for i in range(shards)]
    summaries = [part.to_bytes() for part in parts]
    start = time.perf_counter()
    SimulationResult.merge([SimulationResult.from_bytes(summary) for summary in summaries])
    seconds = time.perf_counter() - start
    size = max(len(summary) for summary in summaries)
    print(f"{shards:>14,} shards: a summary has at most {size / 1024:.0f} KiB; reading and merging all takes {seconds * 1e3:.0f} ms")


def main():
    if sys.argv[1:2] == ["--one"]:
        one(int(sys.argv[2]))
        return
    for trials in sys.argv[1:] or ["1000000", "100000000", "1000000000"]:
        subprocess.run([sys.executable, __file__, "--one", trials], check=True)
    for shards in (8, 64, 512):
        merging(shards)


if __name__ == "__main__":
    main()
