"""A worker: offers tasks written in Python, takes orders for them and answers each.

Order by order, as docs/protocol.md describes it. Python 3.9 or later, standard library only.
"""
import hashlib
import inspect
import json
import os
import queue
import socket
import sys
import threading
import time
import traceback
from typing import Any, Callable, Dict, List, Mapping, NamedTuple, Optional, Union

from rtl_error import RtlError
from rtl_nats import Message, Nats
from rtl_table import Table, table_from_json, table_to_json

DEFAULT_URL = "nats://127.0.0.1:4222"
CANCELLED = {"code": "RTL_JOB_CANCELLED", "message": "the job was cancelled"}


class Task(NamedTuple):
    """A task and what relays and people are told of it."""

    #: run(table), run(table, params) or run(table, params, context); returns a dict of columns.
    run: Callable[..., Mapping[str, List[Any]]]
    summary: str = ""
    #: "map" where rows do not depend on one another: such a task gets its table in chunks.
    #: "gather" where it must see all rows at once.
    shape: str = "map"
    #: JSON Schema of the parameters; relays refuse jobs that do not fit it.
    params: Optional[Dict[str, Any]] = None

    def describe(self, name: str) -> Dict[str, Any]:
        summary = self.summary or (inspect.getdoc(self.run) or "").split("\n")[0]
        return {"name": name, "summary": summary, "shape": self.shape, "params": self.params or {}}


class Context:
    """What a task may ask for while it runs."""

    def __init__(self, job: str, cancelled: Callable[[], bool]):
        self.job = job
        self.lines: List[str] = []
        self._cancelled = cancelled

    def cancelled(self) -> bool:
        """True once the job is cancelled. A long task asks now and then, and returns early."""
        return self._cancelled()

    def log(self, line: str) -> None:
        """A line for the job's report."""
        if len(self.lines) < 200:
            self.lines.append(line)


class Worker:
    """One slot. Workers with the same tasks share their work, whatever they are called."""

    def __init__(
        self,
        name: str,
        tasks: Mapping[str, Union[Task, Callable[..., Mapping[str, List[Any]]]]],
        url: Optional[str] = None,
        labels: Optional[Mapping[str, str]] = None,
        beat: float = 1.0,
    ):
        self.name = name
        self._tasks = {n: t if isinstance(t, Task) else Task(t) for n, t in tasks.items()}
        self._labels = dict(labels or {})
        self._beat_seconds = beat
        self._descriptions = [task.describe(name) for name, task in self._tasks.items()]
        text = json.dumps([self._descriptions, self._labels], sort_keys=True)
        self.pool = "python-" + hashlib.sha256(text.encode()).hexdigest()[:20]
        self._started = int(time.time() * 1000)
        self._orders: "queue.Queue[Optional[Message]]" = queue.Queue()
        self._held: Dict[str, str] = {}
        self._cancelled: Dict[str, float] = {}
        self._stopping = threading.Event()
        self._slot: Optional[int] = None
        self._thread: Optional[threading.Thread] = None
        self._nats = Nats(url or os.environ.get("NATS_URL", DEFAULT_URL), name)

    # --- life -----------------------------------------------------------------------------------

    def start(self) -> None:
        """Offers the tasks and works in a thread of its own; returns when the server knows."""
        nats = self._nats
        nats.on_close(lambda: self._orders.put(None))
        nats.subscribe("rtl.v1.node.discover", lambda _: self._beat(tasks=True))
        nats.subscribe("rtl.v1.job.*.cancel", self._cancel)
        nats.subscribe("rtl.v1.job.*.revoke", self._cancel)
        nats.subscribe(f"rtl.v1.node.{self.name}.work", self._take)
        self._open_slot()
        self._beat(tasks=True)
        nats.flush()
        threading.Thread(target=self._beats, name="beats", daemon=True).start()
        self._thread = threading.Thread(target=self._work, name="work", daemon=True)
        self._thread.start()

    def wait(self) -> None:
        """Returns after stop(). Raises RTL_BUS_UNREACHABLE when the server is lost before."""
        # In short steps, so that signals are heard.
        while self._thread is not None and self._thread.is_alive():
            self._thread.join(0.5)
        while self._stopping.is_set() and self._nats.closed is None:
            time.sleep(0.01)
        if self._nats.closed is not None and not self._stopping.is_set():
            raise RtlError("RTL_BUS_UNREACHABLE", self._nats.closed)

    def stop(self) -> None:
        """Takes no more orders, finishes the one that runs, says goodbye."""
        if self._stopping.is_set():
            return
        self._stopping.set()
        if self._slot is not None:
            self._nats.unsubscribe(self._slot)
        # What the server dealt before it heard of this is in our hands after the flush.
        self._nats.flush()
        self._orders.put(None)
        if self._thread is not None:
            self._thread.join()
        self._beat(leaving=True)
        self._nats.flush()
        self._nats.close()

    # --- what comes in ------------------------------------------------------------------------

    def _open_slot(self) -> None:
        """A free slot is a subscription for one message, so that only the free are dealt to."""
        if not self._stopping.is_set():
            subject = f"rtl.v1.work.{self.pool}"
            self._slot = self._nats.subscribe(subject, self._take, group="slots", most=1)

    def _take(self, message: Message) -> None:
        order = json.loads(message.data)
        self._held[order["order"]] = order["job"]
        self._orders.put(message)

    def _cancel(self, message: Message) -> None:
        now = time.monotonic()
        self._cancelled = {job: at for job, at in self._cancelled.items() if at > now - 60}
        self._cancelled[message.subject.split(".")[3]] = now

    def _beats(self) -> None:
        while not self._stopping.wait(self._beat_seconds) and self._nats.closed is None:
            self._beat()

    def _beat(self, tasks: bool = False, leaving: bool = False) -> None:
        """Says that the worker lives, and renews the leases of the orders that it holds."""
        beat = {"v": 1, "node": self.name, "pool": self.pool, "slots": 1, "encoding": "json"}
        beat.update({"catalog": self.pool, "labels": self._labels, "host": socket.gethostname()})
        held = list(self._held)
        beat.update({"busy": min(1, len(held)), "held": held, "startedAt": self._started})
        beat.update({"draining": self._stopping.is_set(), "leaving": leaving})
        if tasks:
            beat["tasks"] = self._descriptions
        try:
            self._nats.publish(f"rtl.v1.node.{self.name}.beat", json.dumps(beat).encode())
        except RtlError as error:
            print(f"no beat: {error.message}", file=sys.stderr)

    # --- work -----------------------------------------------------------------------------------

    def _work(self) -> None:
        while True:
            message = self._orders.get()
            if message is None:
                return
            order = json.loads(message.data)
            done = self._refuse(order) if self._stopping.is_set() else self._execute(order)
            # First the slot, then the answer: whoever sees the answer finds the slot.
            if ".work." in message.subject:
                self._open_slot()
            self._answer(message.reply, order, done)
            self._held.pop(order["order"], None)

    def _answer(self, reply: str, order: Dict[str, Any], done: Dict[str, Any]) -> None:
        try:
            self._nats.publish(reply, json.dumps(done, allow_nan=False).encode())
        except RtlError as error:
            if self._nats.closed is not None:
                return
            items = [_failed(item, error.failure) for item in order["items"]]
            answer = {"v": 1, "order": order["order"], "node": self.name, "items": items}
            self._nats.publish(reply, json.dumps(answer).encode())

    def _refuse(self, order: Dict[str, Any]) -> Dict[str, Any]:
        return {"v": 1, "order": order["order"], "node": self.name, "refused": "it is leaving"}

    def _execute(self, order: Dict[str, Any]) -> Dict[str, Any]:
        began = time.monotonic()
        tables: List[Dict[str, Any]] = []
        reports = [Report() for _ in order["calls"]]
        items = []
        for item in order["items"]:
            try:
                table = self._run(order, item, reports)
                rows = table["rows"]
                tables.append({"rows": rows, "json": table})
                items.append(_done(item, rows, [len(tables) - 1, 0, rows]))
            except RtlError as error:
                items.append(_failed(item, error.failure))
        done = {"v": 1, "order": order["order"], "node": self.name, "tables": tables}
        calls = [report.__dict__ for report in reports]
        done.update({"items": items, "calls": calls, "ms": 1000 * (time.monotonic() - began)})
        return done

    def _run(
        self, order: Dict[str, Any], item: Dict[str, Any], reports: List["Report"]
    ) -> Dict[str, Any]:
        """All calls of the order over one item, each on what the one before returned."""
        table = input_of(order, item)
        out = table_to_json(table)
        for call, report in zip(order["calls"], reports):
            name = call["task"]
            task = self._tasks.get(name)
            if task is None or call.get("part", "run") != "run" or order.get("measure"):
                raise RtlError("RTL_TASK_UNKNOWN", f"{self.name} cannot do this with {name}")
            context = Context(order["job"], lambda: order["job"] in self._cancelled)
            began = time.monotonic()
            try:
                given = (table, call.get("params"), context)
                count = len(inspect.signature(task.run).parameters)
                out = table_to_json(task.run(*given[:count]), like=table)
            except RtlError as error:
                failure = {**error.failure, "at": {"task": name, **error.failure.get("at", {})}}
                raise RtlError.of(failure) from error
            except Exception as error:
                traceback.print_exc()
                why = str(error) or type(error).__name__
                message = f"task {name} failed: {why}"
                raise RtlError("RTL_TASK_FAILED", message, at={"task": name}) from error
            if context.cancelled():
                raise RtlError.of(CANCELLED)
            report.add(1000 * (time.monotonic() - began), table.rows, out["rows"], context.lines)
            table = table_from_json(out)
        return out


class Report:
    """What one call of an order did, summed over the order's items."""

    def __init__(self) -> None:
        self.ms = 0.0
        self.rowsIn = 0
        self.rowsOut = 0
        self.tallies: List[Dict[str, Any]] = []
        self.lines: List[str] = []

    def add(self, ms: float, rows_in: int, rows_out: int, lines: List[str]) -> None:
        self.ms += ms
        self.rowsIn += rows_in
        self.rowsOut += rows_out
        self.lines += lines


def input_of(order: Dict[str, Any], item: Dict[str, Any]) -> Table:
    """The rows that an item reads: slices of the order's tables, one below the other."""
    joined: Optional[Table] = None
    for at, start, end in (piece for slices in item["inputs"] for piece in slices):
        table = table_from_json(order["tables"][at]["json"])
        part = {name: values[start:end] for name, values in table.items()}
        if joined is None:
            joined = Table(part, table.dtypes)
        elif list(joined) != list(part):
            raise RtlError("RTL_TABLE_INVALID", "the inputs have different columns")
        else:
            for name, values in part.items():
                joined[name].extend(values)
    # A task that reads nothing starts from one row, as everywhere in rtl.
    return Table({"1": [0]}, {"1": "<i8"}) if joined is None else joined


def _done(item: Dict[str, Any], rows: int, output: List[int]) -> Dict[str, Any]:
    return {"chunk": item["chunk"], "attempt": item["attempt"], "rows": rows, "output": output}


def _failed(item: Dict[str, Any], failure: Dict[str, Any]) -> Dict[str, Any]:
    return {"chunk": item["chunk"], "attempt": item["attempt"], "failure": failure}
