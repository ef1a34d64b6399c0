"""Reference results of sorting, grouping, joining and describing, made by pandas.

Run with Debian's python3-pandas (1.5): python3 test/vectors/scripts/make_order.py
It writes test/vectors/reference/order.json, which the tests read; they never run python.
A missing value of pandas stands for a row without a value.
"""
import json
import os

import numpy as np
import pandas as pd

random = np.random.default_rng(11)
ROWS = 300


def plain(value):
    if value is None or value is pd.NA or (isinstance(value, float) and np.isnan(value)):
        return None
    if isinstance(value, (np.bool_, bool)):
        return bool(value)
    if isinstance(value, (np.integer, int)):
        return int(value) if abs(int(value)) < 2**53 else str(int(value))
    if isinstance(value, (np.floating, float)):
        return float(value)
    return str(value)


def column(values, dtype):
    return {"dtype": dtype, "values": [plain(value) for value in values]}


def table(frame, dtypes):
    assert list(frame.columns) == list(dtypes), (list(frame.columns), list(dtypes))
    columns = {name: column(frame[name], dtypes[name]) for name in dtypes}
    return {"rows": len(frame), "columns": columns}


def with_gaps(values, share=0.15):
    values = np.array(values, dtype=object)
    values[random.random(len(values)) < share] = None
    return values


def main_frame():
    frame = pd.DataFrame(
        {
            "k": random.integers(-3, 4, ROWS),
            "s": with_gaps(random.choice(["a", "b", "é", "ab", ""], ROWS)),
            "x": pd.Series(with_gaps(np.round(random.normal(5, 100, ROWS), 3)), dtype="float64"),
            "n": random.integers(-(2**55), 2**55, ROWS),
            "i": random.integers(-100, 100, ROWS).astype("int32"),
            "b": random.random(ROWS) < 0.4,
            "row": np.arange(ROWS),
        }
    )
    dtypes = {"k": "<i8", "s": "O", "x": "<f8", "n": "<i8", "i": "<i4", "b": "|b1", "row": "<i8"}
    return frame, dtypes


def sorts(frame, dtypes):
    orders = [
        [["x", False]],
        [["x", True]],
        [["s", False], ["x", True]],
        [["k", True], ["s", True], ["i", False]],
        [["b", False], ["n", True]],
        [["n", False]],
    ]
    for order in orders:
        result = frame.sort_values(
            by=[name for name, _ in order],
            ascending=[not descending for _, descending in order],
            kind="stable",
            na_position="last",
        )
        by = [{"column": name, "descending": descending} for name, descending in order]
        yield {"task": "sort", "params": {"by": by}, "expect": table(result, dtypes)}


AGGREGATES = [
    ("count", "x", "<i8"),
    ("sum", "x", "<f8"),
    ("mean", "x", "<f8"),
    ("min", "x", "<f8"),
    ("max", "x", "<f8"),
    ("std", "x", "<f8"),
    ("var", "x", "<f8"),
    ("first", "x", "<f8"),
    ("last", "x", "<f8"),
    ("sum", "n", "<i8"),
    ("mean", "n", "<f8"),
    ("min", "n", "<i8"),
    ("max", "n", "<i8"),
    ("sum", "i", "<i8"),
    ("std", "i", "<f8"),
    ("sum", "b", "<i8"),
    ("first", "s", "O"),
    ("last", "s", "O"),
]
WHOLE = [
    ("median", "x", "<f8", None),
    ("quantile", "x", "<f8", 0.3),
    ("quantile", "i", "<f8", 0.95),
    ("median", "n", "<f8", None),
    ("countDistinct", "i", "<i8", None),
    ("countDistinct", "s", "<i8", None),
]


def group_bys(frame, dtypes):
    for keys in (["k"], ["s"], ["b", "k"], ["s", "k"]):
        grouped = frame.groupby(keys, dropna=False, sort=True)
        for whole in (False, True):
            operations = []
            columns = {}
            made = {key: dtypes[key] for key in keys}
            wanted = [(m, a, d, q) for m, a, d, q in WHOLE] if whole else [(*w, None) for w in AGGREGATES]
            for method, a, dtype, q in wanted:
                if a in keys:
                    continue
                name = f"{a}_{method}" + ("" if q is None else f"_{q}")
                values = grouped[a]
                if method == "quantile":
                    result = values.quantile(q)
                elif method == "countDistinct":
                    result = values.nunique()
                elif method == "sum" and a == "b":
                    result = values.sum().astype("int64")
                else:
                    result = getattr(values, method)()
                operation = {"method": method, "a": a, "column": name}
                operations.append(operation if q is None else {**operation, "q": q})
                columns[name] = result
                made[name] = dtype
            result = pd.DataFrame(columns).reset_index()
            yield {
                "task": "groupBy",
                "params": {"by": keys, "operations": operations},
                "expect": table(result, made),
            }


def joins():
    left = pd.DataFrame(
        {
            "id": random.integers(0, 12, 40),
            "kind": random.choice(["p", "q"], 40),
            "v": np.round(random.random(40), 4),
            "l": np.arange(40),
        }
    )
    right = pd.DataFrame(
        {
            "id": random.integers(6, 18, 30).astype("int32"),
            "kind": random.choice(["p", "q"], 30),
            "v": np.round(random.random(30), 4),
            "r": np.arange(30),
        }
    )
    left_dtypes = {"id": "<i8", "kind": "O", "v": "<f8", "l": "<i8"}
    right_dtypes = {"id": "<i4", "kind": "O", "v": "<f8", "r": "<i8"}
    yield {
        "left": table(left, left_dtypes),
        "right": table(right, right_dtypes),
    }
    for on in (["id"], ["id", "kind"]):
        for how in ("inner", "left", "right", "outer"):
            result = left.merge(right, on=on, how=how, suffixes=("", "_right"))
            order = ["r", "l"] if how == "right" else ["l", "r"]
            result = result.sort_values(order, na_position="last", kind="stable")
            dtypes = dict(left_dtypes)
            if "kind" not in on:
                dtypes["kind_right"] = "O"
            dtypes["v_right"] = "<f8"
            dtypes["r"] = "<i8"
            yield {"on": on, "how": how, "expect": table(result, dtypes)}


def describes(frame):
    names = ["k", "x", "n", "i", "row"]
    made = frame[names].describe(percentiles=[0.1, 0.5, 0.75]).T
    result = pd.DataFrame(
        {
            "column": names,
            "count": made["count"].astype("int64").values,
            "nulls": frame[names].isna().sum().values,
            "nan": 0,
            **{name: made[name].values for name in ["mean", "std", "min", "10%", "50%", "75%", "max"]},
        }
    )
    dtypes = {"column": "O", "count": "<i8", "nulls": "<i8", "nan": "<i8"}
    dtypes.update({name: "<f8" for name in ["mean", "std", "min", "10%", "50%", "75%", "max"]})
    yield {
        "task": "describe",
        "params": {"percentiles": [0.1, 0.5, 0.75]},
        "expect": table(result, dtypes),
    }


frame, dtypes = main_frame()
joined = list(joins())
reference = {
    "input": table(frame, dtypes),
    "cases": [*sorts(frame, dtypes), *group_bys(frame, dtypes), *describes(frame)],
    "join": {**joined[0], "cases": joined[1:]},
}
folder = os.path.join(os.path.dirname(__file__), "..", "reference")
with open(os.path.join(folder, "order.json"), "w") as file:
    json.dump(reference, file, separators=(",", ":"), ensure_ascii=False)
    file.write("\n")
