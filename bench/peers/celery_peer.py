"""Celery's side of the comparison: two worker processes, Redis as broker and for results.

Writes one line of JSON for each workload, as dask_peer.py does.
"""
import json
import os
import signal
import subprocess
import sys

import celery
import numpy as np
from celery import group

from celery_tasks import null, wait
from measure import tell, timed


def main():
    sizes = json.loads(sys.argv[1])
    worker = subprocess.Popen(
        [sys.executable, "-m", "celery", "-A", "celery_tasks", "worker"]
        + ["--concurrency", "2", "--loglevel", "ERROR", "--without-gossip", "--without-mingle"],
        cwd=os.path.dirname(os.path.abspath(__file__)),
        env={**os.environ, "C_FORCE_ROOT": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        print(json.dumps({"peer": f"Celery {celery.__version__}"}), flush=True)
        one = lambda: null.delay(1).get(timeout=60)
        for _ in range(20):
            one()
        tell("W1", [timed(one) for _ in range(sizes["jobs"])])

        def tiny():
            results = group(null.s(value) for value in range(sizes["tasks"])).apply_async()
            assert results.get(timeout=300) == list(range(sizes["tasks"]))

        tell("W2", [1e3 * sizes["tasks"] / timed(tiny) for _ in range(sizes["rounds"])])

        def waiting():
            seconds = sizes["waitMs"] / 1e3
            results = group(wait.s(seconds) for _ in range(sizes["waits"])).apply_async()
            assert sum(results.get(timeout=300)) == sizes["waits"]

        # Time of the slots, of which there are two.
        tell("W3", [2 * timed(waiting) for _ in range(sizes["rounds"])])

        table = {name: np.arange(sizes["rows"], dtype="f8") for name in ("x", "y")}

        def transfer():
            assert len(null.delay(table).get(timeout=60)["x"]) == sizes["rows"]

        tell("W5a", [timed(transfer) for _ in range(3 * sizes["rounds"])])
    finally:
        worker.send_signal(signal.SIGTERM)
        worker.wait()


if __name__ == "__main__":
    main()
