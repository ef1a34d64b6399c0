"""Reference results of expressions, casts and missing values, made by numpy and pandas.

Run with Debian's python3-numpy (1.24) and python3-pandas (1.5):
python3 test/vectors/scripts/make_tables.py
It writes test/vectors/reference/tables.json, which the tests read; they never run python. A case
expects a whole table, or columns that are added to its input. `relative` is the largest relative
difference that two good implementations of a function may have.
"""
import json
import os
import warnings

import numpy as np
import pandas as pd

warnings.simplefilter("ignore")
random = np.random.default_rng(23)
ROWS = 60


def plain(value):
    if value is None or value is pd.NA:
        return None
    if isinstance(value, (np.bool_, bool)):
        return bool(value)
    if isinstance(value, (np.integer, int)):
        return int(value) if abs(int(value)) < 2**53 else str(int(value))
    if isinstance(value, (np.floating, float)):
        if np.isnan(value):
            return "NaN"
        return float(value) if np.isfinite(value) else ("Infinity" if value > 0 else "-Infinity")
    return str(value)


def column(values, dtype):
    return {"dtype": dtype, "values": [plain(value) for value in values]}


def table(columns):
    rows = len(next(iter(columns.values()))["values"])
    return {"rows": rows, "columns": columns}


inputs = {}
cases = []


def case(task, name, params, given, expect, relative=0, adds=False):
    """`given` is the name of an input, or columns; with `adds`, `expect` is what is added to it."""
    if not isinstance(given, str):
        inputs[f"{task} {name}"] = table(given)
        given = f"{task} {name}"
    kind = "added" if adds else "expect"
    one = {"task": task, "name": name, "params": params, "input": given, kind: table(expect)}
    cases.append({**one, "relative": relative})


special = [0.0, -0.0, 0.5, -0.5, 1.5, 2.5, -2.5, 1.0, -1.0, np.inf, -np.inf, np.nan, 1e300, 5e-324]
x = np.concatenate([special, random.normal(0, 10, ROWS - len(special))])
y = np.concatenate([special[::-1], random.normal(0, 3, ROWS - len(special))])
i = random.integers(-1000, 1000, ROWS)
j = random.integers(-(2**61), 2**61, ROWS)
k = random.integers(1, 50, ROWS).astype(np.int32)
t = random.integers(-(10**13), 10**13, ROWS)
numbers = {
    "x": column(x, "<f8"),
    "y": column(y, "<f8"),
    "i": column(i, "<i8"),
    "j": column(j, "<i8"),
    "k": column(k, "<i4"),
    "t": column(t, "<i8"),
}
inputs["numbers"] = table(numbers)
when = t.astype("datetime64[ms]")
days = when.astype("datetime64[D]")
months = when.astype("datetime64[M]")
part = {
    "year": when.astype("datetime64[Y]").astype(int) + 1970,
    "month": months.astype(int) % 12 + 1,
    "day": (days - months.astype("datetime64[D]")).astype(int) + 1,
    "hour": (when - days).astype(int) // 3600000,
    "minute": (when - days).astype(int) // 60000 % 60,
    "second": (when - days).astype(int) // 1000 % 60,
}

expressions = [
    ("x * y + x / 2", x * y + x / 2, 0),
    ("x / y", x / y, 0),
    ("x % y", np.mod(x, y), 0),
    ("i % k", np.mod(i, k), 0),
    ("-i % -k", np.mod(-i, -k), 0),
    ("j + i * k", j + i * k, 0),
    ("j - 3", j - 3, 0),
    ("j / k", j / k, 0),
    ("round(x)", np.round(x), 0),
    ("floor(x)", np.floor(x), 0),
    ("ceil(x)", np.ceil(x), 0),
    ("trunc(x)", np.trunc(x), 0),
    ("abs(x)", np.abs(x), 0),
    ("sign(x)", np.sign(x), 0),
    ("sqrt(x)", np.sqrt(x), 0),
    ("min(x, y)", np.minimum(x, y), 0),
    ("max(x, y, i)", np.maximum(np.maximum(x, y), i), 0),
    ("x < y", x < y, 0),
    ("x == y", x == y, 0),
    ("x != y and i > 0", (x != y) & (i > 0), 0),
    ("not (x >= y) or i <= k", ~(x >= y) | (i <= k), 0),
    ("if(x > y, x, y)", np.where(x > y, x, y), 0),
    ("isNaN(x)", np.isnan(x), 0),
    ("x ** 2", x**2, 0),
    ("k ** 0.5", k**0.5, 1e-15),
    ("abs(x) ** y", np.abs(x) ** y, 1e-13),
    ("pow(1, x)", np.power(1.0, x), 0),
    ("exp(y)", np.exp(y), 1e-14),
    ("log(x)", np.log(x), 1e-14),
    ("log10(k)", np.log10(k), 1e-14),
    ("log2(k)", np.log2(k), 1e-14),
    ("sin(i)", np.sin(i), 1e-12),
    ("cos(i)", np.cos(i), 1e-12),
    ("tan(i)", np.tan(i), 1e-11),
    ("asin(sin(i))", np.arcsin(np.sin(i)), 1e-11),
    ("acos(cos(i))", np.arccos(np.cos(i)), 1e-11),
    ("atan(x)", np.arctan(x), 1e-14),
    ("atan2(x, y)", np.arctan2(x, y), 1e-14),
    ("sinh(k / 10)", np.sinh(k / 10), 1e-14),
    ("cosh(k / 10)", np.cosh(k / 10), 1e-14),
    ("tanh(y)", np.tanh(y), 1e-14),
    ("hypot(x, y)", np.hypot(x, y), 1e-15),
    *[(f"{name}(t)", values, 0) for name, values in part.items()],
]
for text, values, relative in expressions:
    dtype = {"f": "<f8", "i": "<i8", "b": "|b1"}[values.dtype.kind]
    operations = [{"column": "result", "expression": text}]
    added = {"result": column(values, dtype)}
    case("derive", text, {"operations": operations}, "numbers", added, relative, adds=True)

keep = (x > 0) & (i % 2 == 0)
kept = {
    name: {"dtype": one["dtype"], "values": [v for v, wanted in zip(one["values"], keep) if wanted]}
    for name, one in numbers.items()
}
case("where", "x > 0 and i % 2 == 0", {"expression": "x > 0 and i % 2 == 0"}, "numbers", kept)

finite = np.trunc(x[np.isfinite(x) & (np.abs(x) < 100)])
for dtype in ["<i8", "<i4", "<i2", "|i1", "<f4", "<f8"]:
    given = {"a": column(finite, "<f8")}
    expect = {"a": column(finite.astype(dtype), dtype)}
    case("cast", f"float64 to {dtype}", {"columns": {"a": dtype}}, given, expect)
    texts = {"a": column([repr(int(v)) for v in finite], "O")}
    case("cast", f"text to {dtype}", {"columns": {"a": dtype}}, texts, expect)
words = np.array([repr(float(v)) for v in x[np.isfinite(x)]])
expect = {"a": column(words.astype("<f8"), "<f8")}
case("cast", "text to float64", {"columns": {"a": "float64"}}, {"a": column(words, "O")}, expect)

gaps = random.random(ROWS) < 0.4
gapped = pd.Series(np.where(gaps, np.nan, random.normal(0, 10, ROWS)))
labels = pd.Series([None if gap else f"w{n % 7}" for n, gap in enumerate(gaps)], dtype=object)


def nullable(series, dtype):
    return column([None if pd.isna(v) else v for v in series], dtype)


holes = {"v": nullable(gapped, "<f8"), "w": nullable(labels, "O")}
for method, fill in [("forward", "ffill"), ("backward", "bfill")]:
    expect = {
        "v": nullable(getattr(gapped, fill)(), "<f8"),
        "w": nullable(getattr(labels, fill)(), "O"),
    }
    case("fillNulls", method, {"method": method}, holes, expect)
expect = {"v": nullable(gapped.fillna(gapped.mean()), "<f8"), "w": holes["w"]}
case("fillNulls", "mean", {"method": "mean"}, holes, expect, 1e-12)
frame = pd.DataFrame({"v": gapped, "w": labels})
dropped = frame.dropna()
expect = {"v": nullable(dropped["v"], "<f8"), "w": nullable(dropped["w"], "O")}
case("dropNulls", "any", {}, holes, expect)
pairs = pd.DataFrame({"a": random.integers(0, 4, ROWS), "b": random.integers(0, 3, ROWS)})
once = pairs.drop_duplicates()
given = {name: column(pairs[name], "<i8") for name in pairs}
case("distinct", "drop_duplicates", {}, given, {name: column(once[name], "<i8") for name in once})

here = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(here, "..", "reference", "tables.json"), "w") as file:
    json.dump({"inputs": inputs, "cases": cases}, file, separators=(",", ":"))
    file.write("\n")
