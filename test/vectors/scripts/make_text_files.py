#!/usr/bin/python3
"""Makes text files of test/vectors/files/interop with numpy and pandas, and says what is in each.

Run it with Debian's python3-numpy (1.24) and python3-pandas (1.5), in the project's folder:

    /usr/bin/python3 test/vectors/scripts/make_text_files.py

text-expected.json is a list of {file, params, expect}: what the task open must read from the file with
these parameters. The tables are made of the arrays that were written, not of the files.
"""
import gzip
import json
import os

import numpy as np
import pandas as pd

FOLDER = os.path.join(os.path.dirname(__file__), "..", "files", "interop")
DTYPES = {"f": "<f8", "i": "<i8", "b": "|b1", "O": "O", "u": "<u8"}
CASES = []


def value(x):
    """A value as tables in JSON have it; None is a row without one."""
    if x is None or x is pd.NA or x is pd.NaT:
        return None
    if isinstance(x, (bool, np.bool_)):
        return bool(x)
    if isinstance(x, str):
        return x
    if isinstance(x, (int, np.integer)):
        return int(x) if abs(int(x)) <= 2**53 - 1 else str(int(x))
    number = float(x)
    if number != number:
        return "NaN"
    if number in (float("inf"), float("-inf")):
        return "Infinity" if number > 0 else "-Infinity"
    return number


def case(file, params, columns):
    """columns: (name, dtype, values) in order."""
    CASES.append(
        {
            "file": file,
            "params": params,
            "expect": {
                "rows": len(columns[0][2]),
                "columns": {n: {"dtype": d, "values": [value(x) for x in v]} for n, d, v in columns},
                "order": [n for n, _, _ in columns],
            },
        }
    )


def place(file):
    return os.path.join(FOLDER, file)


def matrix(array, names=None):
    return [
        (names[i] if names else str(i), DTYPES[array.dtype.kind], list(array[:, i]))
        for i in range(array.shape[1])
    ]


rng = np.random.default_rng(7)
floats = np.concatenate(
    [
        rng.normal(size=(5, 3)) * 10.0 ** rng.integers(-12, 12, size=(5, 3)),
        [[0.1, -0.0, 5e-324], [1.7976931348623157e308, 1 / 3, 123456789012345680.0]],
        [[np.nan, np.inf, -np.inf]],
    ]
)
whole = rng.integers(-(2**62), 2**62, size=(6, 3))

np.savetxt(place("savetxt.txt"), floats)
case("savetxt.txt", {}, matrix(floats))
np.savetxt(place("savetxt-int.csv"), whole, fmt="%d", delimiter=",")
case("savetxt-int.csv", {}, matrix(whole))
np.savetxt(place("savetxt-header.txt"), whole, fmt="%d", delimiter="\t", header="a\tb\tc")
case("savetxt-header.txt", {"comment": "#", "names": ["a", "b", "c"]}, matrix(whole, ["a", "b", "c"]))
np.savetxt(place("savetxt-names.csv"), floats, delimiter=";", header="a;b;c", comments="", newline="\r\n")
case("savetxt-names.csv", {}, matrix(floats, ["a", "b", "c"]))
with gzip.GzipFile(place("savetxt.csv.gz"), "wb", mtime=0) as packed:
    np.savetxt(packed, floats, delimiter=",")
case("savetxt.csv.gz", {}, matrix(floats))

texts = ["plain", 'say "hi"', "a,b;c", "two\nlines", "naïve ✓ 𝄞", None, " blanks ", "crlf\r\nin", "007"]
frame = pd.DataFrame(
    {
        "n": np.array([1, -(2**63), 2**63 - 1, 0, 2**53 + 1, 5, 6, 7, 8]),
        "x": [0.1, 1e300, -1e-7, np.inf, -np.inf, None, 1 / 3, 2.0, -0.0],
        "flag": [True, False] * 4 + [True],
        "text": texts,
        "holes": pd.array([1, None, 3, None, 5, 6, None, 8, 9], dtype="Int64"),
        "when": pd.date_range("2001-12-31 23:59:58", periods=9, freq="1s"),
    }
)
when = [str(x) for x in frame["when"]]
millis = [int(x.value // 10**6) for x in frame["when"]]
columns = [
    ("n", "<i8", list(frame["n"])),
    ("x", "<f8", [None if x != x else x for x in frame["x"]]),
    ("flag", "|b1", list(frame["flag"])),
    ("text", "O", texts),
    ("holes", "<i8", [None if x is pd.NA else x for x in frame["holes"]]),
    ("when", "O", when),
]
timed = columns[:5] + [("when", "<i8", millis)]
index = [("0", "<i8", list(range(len(frame))))]

frame.to_csv(place("frame.csv"))
case("frame.csv", {}, index + columns)
case("frame.csv", {"types": {"when": "timestamp"}}, index + timed)
case("frame.csv", {"columns": ["x", "n"]}, [columns[1], columns[0]])
frame.to_csv(place("frame-quoted.csv"), index=False, quoting=1, lineterminator="\r\n")
case("frame-quoted.csv", {}, [columns[0], columns[1], columns[2],
     ("text", "O", ["" if x is None else x for x in texts]), columns[4], columns[5]])
frame.to_csv(place("frame-semicolon.csv"), index=False, sep=";", na_rep="NA", quotechar="'")
case("frame-semicolon.csv", {"quote": "'", "nulls": ["NA"]}, columns)
frame.to_csv(place("frame.tsv"), index=False, sep="\t", float_format="%.3e")
case("frame.tsv", {}, [
    columns[0],
    ("x", "<f8", [None if x != x else float("%.3e" % x) for x in frame["x"]]),
    *columns[2:],
])
gz = {"method": "gzip", "mtime": 1}
frame.to_csv(place("frame.csv.gz"), index=False, encoding="utf-8-sig", compression=gz)
case("frame.csv.gz", {}, columns)
frame.head(0).to_csv(place("frame-empty.csv"), index=False)
case("frame-empty.csv", {"types": {"n": "int64"}}, [(n, "<i8" if n == "n" else "O", []) for n in frame])
frame[["x"]].to_csv(place("frame-one.csv"), index=False)
case("frame-one.csv", {}, [columns[1]])

frame.to_json(place("frame.jsonl"), orient="records", lines=True, double_precision=15, date_format="iso")
rows = [json.loads(line) for line in open(place("frame.jsonl"), encoding="utf-8")]
case("frame.jsonl", {}, [
    (name, dtype, [row[name] for row in rows])
    for name, dtype in zip(frame, ["<i8", "<f8", "|b1", "O", "<i8", "O"])
])
with gzip.GzipFile(place("frame.jsonl.gz"), "wb", mtime=0) as packed:
    packed.write(open(place("frame.jsonl"), "rb").read())
case("frame.jsonl.gz", {"types": {"when": "timestamp"}}, [
    (name, dtype, millis if name == "when" else [row[name] for row in rows])
    for name, dtype in zip(frame, ["<i8", "<f8", "|b1", "O", "<i8", "<i8"])
])
with open(place("python.jsonl"), "w", encoding="utf-8") as lines:
    for row in [{"a": 1.5, "b": [1, {"c": "}"}]}, {"a": float("nan"), "b": None}, {"a": float("-inf")}]:
        lines.write(json.dumps(row) + "\n")
case("python.jsonl", {}, [
    ("a", "<f8", [1.5, float("nan"), float("-inf")]),
    ("b", "O", ['[1, {"c": "}"}]', None, None]),
])

with open(place("text-expected.json"), "w", encoding="utf-8") as out:
    json.dump(CASES, out, ensure_ascii=False, allow_nan=False)
    out.write("\n")
