"""Dask's side of the comparison: two worker processes of one thread, a client in this process.

Writes one line of JSON for each workload: {"workload": "W1", "values": [...]}, in milliseconds or, for W2,
in tasks per second. Sizes come as one JSON argument.
"""
import json
import logging
import sys
import time

import numpy as np
from distributed import Client, LocalCluster
import distributed

from measure import tell, timed


def null(value=None):
    return value


def wait(seconds):
    time.sleep(seconds)
    return 1


def main():
    sizes = json.loads(sys.argv[1])
    cluster = LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=logging.ERROR
    )
    client = Client(cluster)
    print(json.dumps({"peer": f"Dask {distributed.__version__}"}), flush=True)

    one = lambda: client.submit(null, 1, pure=False).result()
    for _ in range(20):
        one()
    tell("W1", [timed(one) for _ in range(sizes["jobs"])])

    def tiny():
        futures = client.map(null, range(sizes["tasks"]), pure=False)
        assert client.gather(futures) == list(range(sizes["tasks"]))

    tell("W2", [1e3 * sizes["tasks"] / timed(tiny) for _ in range(sizes["rounds"])])

    def waiting():
        futures = client.map(wait, [sizes["waitMs"] / 1e3] * sizes["waits"], pure=False)
        assert sum(client.gather(futures)) == sizes["waits"]

    # Time of the slots, of which there are two.
    tell("W3", [2 * timed(waiting) for _ in range(sizes["rounds"])])

    table = {name: np.arange(sizes["rows"], dtype="f8") for name in ("x", "y")}

    def transfer():
        sent = client.scatter(table, direct=False)
        back = client.submit(null, sent, pure=False).result()
        assert len(back["x"]) == sizes["rows"]

    tell("W5a", [timed(transfer) for _ in range(3 * sizes["rounds"])])
    client.close()
    cluster.close()


if __name__ == "__main__":
    main()
