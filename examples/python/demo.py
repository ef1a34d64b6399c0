#!/usr/bin/env python3
"""What Python does with rtl: hand in jobs, follow them, cancel one, and serve tasks of its own.

Start a system first (`rtl start`), then run: python3 examples/python/demo.py
"""
import threading

from rtl_client import Client, Context, RtlError, Table, Worker


def reverse_text(table: Table, params: dict) -> dict:
    """The text of a column backwards"""
    name = params["column"]
    return {**table, name: [text[::-1] for text in table[name]]}


def nap(table: Table, params: dict, context: Context) -> dict:
    """Wait for some seconds, unless the job is cancelled"""
    # An event that nobody sets: waiting on it is a pause.
    pause = threading.Event()
    for _ in range(int(params["seconds"] * 100)):
        if context.cancelled():
            break
        pause.wait(0.01)
    return table


def main() -> None:
    with Client(name="python-demo") as client:
        print("1. A job with a table of ours, on tasks of theirs")
        document = {
            "version": 1,
            "stages": {
                "keep": {"tasks": [{"filterRows": {"operations": [
                    {"column": "x", "value": 1, "method": ">"}]}}]},
                "mean": {"tasks": [{"average": {"operations": [{"a": "x", "column": "mean"}]}}]},
            },
        }
        job = client.submit(document, {"x": [1.0, 2.0, 6.0], "name": ["a", "b", "c"]})
        for event in client.watch(job):
            print("  ", event["type"], event.get("stage", event.get("state", "")))
        print("  ", dict(client.result(job)))

        worker = Worker("python-demo-worker", {"reverseText": reverse_text, "nap": nap})
        worker.start()
        try:
            print("2. A job that uses a task of ours between theirs")
            document["stages"]["turn"] = {"tasks": [{"reverseText": {"column": "name"}}]}
            words = {"x": [0.5, 2.0, 4.0], "name": ["left", "stressed", "drawer"]}
            print("  ", dict(client.result(client.submit(document, words))))

            print("3. A job that is cancelled while it runs")
            job = client.submit({"stages": {"wait": {"tasks": [{"nap": {"seconds": 60}}]}}})
            for event in client.watch(job):
                if event["type"] == "stage.started":
                    client.cancel(job, "enough is enough")
            try:
                client.result(job)
            except RtlError as error:
                print("  ", error.code, error.message)
        finally:
            worker.stop()


if __name__ == "__main__":
    main()
