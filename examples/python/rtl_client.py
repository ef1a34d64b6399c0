#!/usr/bin/env python3
"""Hand in jobs to rtl, follow them, get their results, and serve tasks, from Python.

    client = Client()
    job = client.submit({0: {"tasks": {"average": {"operations": [{"a": "x", "column": "m"}]}}}},
                        {"x": [1.0, 2.0, 6.0]})
    for event in client.watch(job):
        print(event["type"])
    print(client.result(job)["m"])

Python 3.9 or later, standard library only. The server is NATS_URL, by default the local port 4222.
"""
import argparse
import json
import os
import queue
import runpy
import secrets
import signal
import socket
import sys
import threading
from typing import Any, Dict, Iterator, List, Mapping, Optional, Union

from rtl_error import RtlError
from rtl_nats import Message, Nats
from rtl_table import Table, table_from_json, table_to_json
from rtl_worker import DEFAULT_URL, Context, Task, Worker

__all__ = ["Client", "Context", "RtlError", "Table", "Task", "Worker"]

#: Exit codes of this program by error code; 1 for the others.
EXIT = {"RTL_JOB_CANCELLED": 3, "RTL_NO_RELAY": 69, "RTL_BUS_UNREACHABLE": 69}
#: After so many seconds without an event, a job's state is asked for.
SILENCE = 2.0


class Client:
    """Any number of jobs over one connection."""

    def __init__(self, url: Optional[str] = None, name: Optional[str] = None, patience: float = 5):
        """`name` says who submits: fairness is between names. `patience` is in seconds."""
        host = "".join(c if c.isalnum() else "-" for c in socket.gethostname())[:40]
        self.name = name or f"{host}-{secrets.token_hex(4)}"
        self.patience = patience
        self._nats = Nats(url or os.environ.get("NATS_URL", DEFAULT_URL), self.name)

    def submit(
        self,
        document: Union[str, Mapping[Any, Any]],
        table: Optional[Mapping[str, List[Any]]] = None,
        job: Optional[str] = None,
    ) -> str:
        """Hands in a job document, as an object or as its text, and returns the job's id.

        A submit that got no answer may be repeated under the same id: it is the same job.
        """
        job = job or secrets.token_hex(16)
        message = {"v": 1, "id": job, "spec": document, "client": self.name}
        if table is not None:
            content = table_to_json(table)
            message["input"] = {"rows": content["rows"], "json": content}
        self._ask("rtl.v1.job.submit", message)
        return job

    def status(self, job: str) -> Dict[str, Any]:
        return self._ask("rtl.v1.job.status", {"id": job})

    def cancel(self, job: str, reason: str = "") -> Dict[str, Any]:
        """Asks for the end of a job, and returns at once with what the job is then."""
        return self._ask("rtl.v1.job.cancel", {"id": job, "by": self.name, "reason": reason})

    def result(self, job: str) -> Table:
        """Waits for the end. Raises RtlError with the job's failure when it has no result."""
        last: Dict[str, Any] = {}
        for last in self.watch(job):
            pass
        if last.get("state") == "failed":
            raise RtlError.of(last["failure"])
        if last.get("state") == "cancelled":
            why = last.get("cancelled", {})
            text = f"job {job} was cancelled by {why.get('by')}: {why.get('reason')}"
            raise RtlError("RTL_JOB_CANCELLED", text, at={"job": job})
        # To a question in JSON a result is one table.
        tables = self._ask("rtl.v1.job.result", {"id": job})["result"]["tables"]
        return table_from_json(tables[0]["json"]) if tables else Table()

    def watch(self, job: str) -> Iterator[Dict[str, Any]]:
        """The job's events, those of the past hour and those to come; the last is job.done."""
        status = self.status(job)
        events: "queue.Queue[Message]" = queue.Queue()
        inbox = self._nats.new_inbox()
        listening = self._nats.subscribe(inbox, events.put)
        try:
            pending = self._read_stream(job, inbox)
            while True:
                try:
                    quick = pending == 0 and "settledAt" in status
                    data = events.get(timeout=0.01 if quick else SILENCE).data
                    event = json.loads(data) if data[:1] == b"{" else None
                except queue.Empty:
                    event = None
                if event is None:
                    # Nothing came, or an event of a job that was handed in as msgpack.
                    status = self.status(job)
                    event = _event_of(status)
                if event is not None:
                    yield event
                    if event["type"] == "job.done":
                        return
        finally:
            if self._nats.closed is None:
                self._nats.unsubscribe(listening)

    def _read_stream(self, job: str, inbox: str) -> int:
        """Has the server send the job's events to an inbox; it stops when nobody listens there."""
        config = {
            "deliver_subject": inbox,
            "filter_subject": f"rtl.v1.job.{job}.event",
            "deliver_policy": "all",
            "ack_policy": "none",
        }
        question = json.dumps({"stream_name": "RTL_EVENTS", "config": config}).encode()
        subject = "$JS.API.CONSUMER.CREATE.RTL_EVENTS"
        answer = json.loads(self._nats.request(subject, question, self.patience).data)
        if "error" in answer:
            raise RtlError("RTL_BUS_UNFIT", answer["error"]["description"])
        return answer["num_pending"]

    def _ask(self, subject: str, message: Mapping[str, Any]) -> Dict[str, Any]:
        data = json.dumps(message, allow_nan=False).encode()
        answer = self._nats.request(subject, data, self.patience)
        body = json.loads(answer.data)
        if "Rtl-Failure" in answer.headers:
            raise RtlError.of(body["failure"])
        return body

    def close(self) -> None:
        self._nats.close()

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _event_of(status: Mapping[str, Any]) -> Optional[Dict[str, Any]]:
    """What a job's summary says, in the form of an event."""
    if "settledAt" in status:
        ms = status["settledAt"] - status["submittedAt"]
        kept = {key: status[key] for key in ("failure", "cancelled", "rows") if key in status}
        return {"type": "job.done", "job": status["id"], "state": status["state"], "ms": ms, **kept}
    if status.get("stages"):
        return {"type": "job.progress", "job": status["id"], "stages": status["stages"]}
    return None


# --- the program --------------------------------------------------------------------------------


def main() -> int:
    options = parser().parse_args()
    try:
        return options.run(options)
    except RtlError as error:
        print(error.text(), file=sys.stderr)
        return EXIT.get(error.code, 1)
    except KeyboardInterrupt:
        return 130


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(description="A client and a worker for rtl in plain Python.")
    verbs = top.add_subparsers(required=True, metavar="COMMAND")
    submit = verbs.add_parser("submit", help="hand in a job document; prints the job's id")
    submit.add_argument("document", help="a file in YAML or JSON, or - for stdin")
    submit.add_argument("--table", help="the job's input: a file with a table as JSON")
    submit.add_argument("--id", help="the same id and document is the same job")
    submit.set_defaults(run=_submit)
    for name, run, about in (
        ("watch", _watch, "print a job's events, one JSON object a line, until it is done"),
        ("result", _result, "wait for a job and print its result as JSON"),
        ("cancel", _cancel, "ask for the end of a job"),
    ):
        verb = verbs.add_parser(name, help=about)
        verb.add_argument("job", help="the job's id")
        verb.set_defaults(run=run)
        if name == "cancel":
            verb.add_argument("--reason", default="", help="why, for whoever looks at the job")
    worker = verbs.add_parser("worker", help="serve the tasks of a Python file until ended")
    worker.add_argument("file", help="a file with a dict `tasks` of functions by task name")
    worker.add_argument("--name", help="default: the host's name and the process id")
    worker.set_defaults(run=_worker)
    return top


def _submit(options: argparse.Namespace) -> int:
    text = sys.stdin.read() if options.document == "-" else _read(options.document)
    table = table_from_json(json.loads(_read(options.table))) if options.table else None
    with Client() as client:
        print(client.submit(text, table, options.id))
    return 0


def _watch(options: argparse.Namespace) -> int:
    event: Dict[str, Any] = {}
    with Client() as client:
        for event in client.watch(options.job):
            print(json.dumps(event), flush=True)
    return {"completed": 0, "cancelled": 3}.get(event["state"], 1)


def _result(options: argparse.Namespace) -> int:
    with Client() as client:
        print(json.dumps(table_to_json(client.result(options.job))))
    return 0


def _cancel(options: argparse.Namespace) -> int:
    with Client() as client:
        print(json.dumps(client.cancel(options.job, options.reason)))
    return 0


def _worker(options: argparse.Namespace) -> int:
    tasks = runpy.run_path(options.file).get("tasks")
    if not isinstance(tasks, dict):
        raise RtlError("RTL_USAGE_INVALID", f"{options.file} has no dict `tasks`")
    host = "".join(c if c.isalnum() else "-" for c in socket.gethostname())[:40]
    worker = Worker(options.name or f"{host}-{os.getpid()}", tasks)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threading.Thread(target=worker.stop).start())
    worker.start()
    print(f"worker {worker.name} serves {', '.join(tasks)}", flush=True)
    worker.wait()
    return 0


def _read(path: str) -> str:
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except OSError as error:
        raise RtlError("RTL_FILE_MISSING", f"{path}: {error.strerror}") from error


if __name__ == "__main__":
    sys.exit(main())
