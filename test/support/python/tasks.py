"""Tasks for the tests of Python workers; served with: rtl_client.py worker tasks.py"""
import os
import threading

from rtl_client import Context, Table, Task


def wait_for(holds):
    """Returns when `holds()` is true; it never is for ever, so that no test can hang."""
    pause = threading.Event()
    for _ in range(2000):
        if holds():
            return
        pause.wait(0.01)
    raise TimeoutError("waited in vain")


def mark(folder, name):
    with open(os.path.join(folder, name), "w", encoding="utf-8"):
        pass


def shout(table: Table, params: dict, context: Context) -> dict:
    """The text of a column in capitals, and its length in another"""
    texts = table[params["column"]]
    context.log(f"{len(texts)} texts")
    louder = [None if text is None else text.upper() for text in texts]
    lengths = [None if text is None else len(text) for text in texts]
    return {**table, params["column"]: louder, "length": lengths}


def same(table: Table) -> Table:
    """The table as it came"""
    return table


def widen(table: Table, params: dict) -> dict:
    """Rows repeated `times` over"""
    return {name: values * params["times"] for name, values in table.items()}


def fail_at(table: Table, params: dict) -> Table:
    """Raises where a value is in the column x"""
    if params["value"] in table["x"]:
        raise ValueError("no luck with %g" % params["value"])
    return table


def ragged(table: Table) -> dict:
    """Columns that differ in length"""
    return {"a": [1, 2], "b": [1]}


def nap(table: Table, params: dict, context: Context) -> Table:
    """Wait until the job is cancelled"""
    wait_for(context.cancelled)
    return table


def rendezvous(table: Table, params: dict) -> dict:
    """Wait until two workers are at it, and tell which one this is"""
    mark(params["folder"], str(os.getpid()))
    wait_for(lambda: len(os.listdir(params["folder"])) == 2)
    return {**table, "pid": [os.getpid()] * table.rows}


def hold(table: Table, params: dict) -> dict:
    """Tell which worker this is, and wait until told to go on"""
    mark(params["folder"], f"held-{os.getpid()}")
    wait_for(lambda: os.path.exists(os.path.join(params["folder"], "go")))
    return {**table, "pid": [os.getpid()] * table.rows}


COLUMN = {
    "type": "object",
    "properties": {"column": {"type": "string"}},
    "required": ["column"],
    "additionalProperties": False,
}

tasks = {
    "shout": Task(shout, params=COLUMN),
    "same": same,
    "widen": Task(widen, shape="gather"),
    "failAt": fail_at,
    "ragged": ragged,
    "nap": nap,
    "rendezvous": rendezvous,
    "hold": hold,
}
