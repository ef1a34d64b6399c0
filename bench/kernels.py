"""The baseline of the kernel benchmarks: numpy, and pandas for CSV, on the bench's own columns.

bench/numpy.ts starts it with the folder of the columns. Each line on stdin is a request in JSON, each
line on stdout the answer; it ends with its input. Nothing but the bench uses it, and only where an
interpreter with numpy is found.

    {"kernel": "add", "tuned": false, "rows": 1000000, "params": {...}, "repetitions": 3, "sums": false}
    {"ms": [1.2, 1.1, 1.1], "sums": {"out": {"rows": ..., "sum": ..., ...}}}

A kernel is made ready outside of the time: columns are loaded, and what a user would allocate once is
allocated. What it then returns is called for every repetition.
"""

import json
import operator
import sys
import time

import numpy as np

try:
    import pandas as pd
except Exception:  # A pandas that does not fit this numpy fails in many ways.
    pd = None

WEIGHTS = 997
COMPARE = {">": operator.gt, "<": operator.lt}

folder = sys.argv[1]
loaded = {}


class Columns:
    """The first rows of the columns, read when they are first asked for."""

    def __init__(self, rows):
        self.rows = rows

    def __getitem__(self, name):
        if name not in loaded:
            dtype = DTYPES[name]
            loaded[name] = np.fromfile(f"{folder}/{name}.bin", dtype=dtype)
        return loaded[name][: self.rows]

    def out(self):
        return np.full(self.rows, 0.0)


with open(f"{folder}/columns.json", encoding="utf-8") as text:
    described = json.load(text)
# Names and dtypes of the columns that lie in files of their own, and of those of the CSV files.
DTYPES, CSV_DTYPES = described["columns"], described["csv"]


def operation(params):
    return params["operations"][0]


def operand(columns, b):
    return columns[b] if isinstance(b, str) else b


def unary(plain, tuned=None):
    def make(columns, params, wants_tuned):
        a = columns[operation(params)["a"]]
        if not wants_tuned:
            return lambda: {"out": plain(a)}
        out = columns.out()

        def run():
            tuned(a, out=out)
            return {"out": out}

        return run

    return make


def binary(plain, tuned):
    def make(columns, params, wants_tuned):
        a = columns[operation(params)["a"]]
        b = operand(columns, operation(params)["b"])
        if not wants_tuned:
            return lambda: {"out": plain(a, b)}
        out = columns.out()

        def run():
            tuned(a, b, out=out)
            return {"out": out}

        return run

    return make


def mean(columns, params, _tuned):
    a = columns[operation(params)["a"]]
    return lambda: {"out": np.array([a.mean()])}


def mean_in_every_row(columns, params, wants_tuned):
    a = columns[operation(params)["a"]]
    if not wants_tuned:
        return lambda: {"out": np.full(len(a), a.mean())}
    out = columns.out()

    def run():
        out.fill(a.mean())
        return {"out": out}

    return run


def filter_rows(columns, params, _tuned):
    table = {name: columns[name] for name in DTYPES}
    operations = params["operations"]

    def run():
        mask = None
        for one in operations:
            fits = COMPARE[one["method"]](table[one["column"]], one["value"])
            mask = fits if mask is None else mask & fits
        return {name: values[mask] for name, values in table.items()}

    return run


def sort(columns, params, _tuned):
    table = {name: columns[name] for name in DTYPES}

    def run():
        order = np.argsort(table[params["column"]])
        return {name: values[order] for name, values in table.items()}

    return run


def group_mean(columns, params, _tuned):
    by = params["by"][0]
    key = columns[by]
    a = columns[operation(params)["a"]]

    def run():
        counts = np.bincount(key)
        groups = np.flatnonzero(counts)
        return {by: groups, "out": np.bincount(key, a)[groups] / counts[groups]}

    return run


def histogram(columns, params, _tuned):
    a = columns[operation(params)["a"]]
    bins = operation(params)["bins"]

    def run():
        edges = np.histogram_bin_edges(a, bins)
        return {"out": edges[np.searchsorted(edges, a)]}

    return run


def histogram_counts(columns, params, _tuned):
    a = columns[params["a"]]

    def run():
        counts, edges = np.histogram(a, params["bins"])
        return {"low": edges[:-1], "high": edges[1:], "count": counts}

    return run


def regression(columns, params, wants_tuned):
    x, y = columns[operation(params)["x"]], columns[operation(params)["y"]]

    def run():
        line = np.polyfit(x, y, 1)
        return {"yLinear": np.polyval(line, np.linspace(0, x.max(), len(x)))}

    def run_tuned():
        mean_x, mean_y = x.mean(), y.mean()
        dx = x - mean_x
        slope = np.dot(dx, y - mean_y) / np.dot(dx, dx)
        points = np.linspace(0, x.max(), len(x))
        points *= slope
        points += mean_y - slope * mean_x
        return {"yLinear": points}

    return run_tuned if wants_tuned else run


def open_csv(columns, params, _tuned):
    file = f"{folder}/{params['file']}"
    if pd is None:
        return loadtxt(file, 1, columns.rows)
    return lambda: frame(pd.read_csv(file))


def open_array(columns, params, _tuned):
    file = f"{folder}/{params['filename']}.{params['extension']}"
    if pd is None:
        return loadtxt(file, 0, columns.rows)
    # The text column's dtype is that of objects to pandas.
    dtypes = {name: object if "U" in dtype else dtype for name, dtype in CSV_DTYPES.items()}
    return lambda: frame(pd.read_csv(file, header=None, names=list(dtypes), dtype=dtypes))


def frame(read):
    return {name: read[name] for name in read.columns}


def loadtxt(file, header, rows):
    """Without pandas: the columns of numbers only, of so many rows."""
    numbers = len(CSV_DTYPES) - 1

    def run():
        read = np.loadtxt(
            file, delimiter=",", skiprows=header, usecols=range(numbers), max_rows=rows
        )
        return {name: read[:, at] for at, name in enumerate(list(CSV_DTYPES)[:numbers])}

    return run


KERNELS = {
    "add": binary(lambda a, b: a + b, np.add),
    "divide": binary(lambda a, b: a / b, np.divide),
    "squareRoot": unary(np.sqrt, np.sqrt),
    "log": unary(np.log, np.log),
    "power": binary(lambda a, b: a**b, np.power),
    "mean": mean,
    "average": mean_in_every_row,
    "filterRows": filter_rows,
    "sort": sort,
    "groupBy": group_mean,
    "histogram": histogram,
    "histogramCounts": histogram_counts,
    "regression": regression,
    "open": open_csv,
    "openArray": open_array,
}


def sums_of(values):
    """As bench/column-sums.ts: of text the bytes are added up, and its lengths stand for it."""
    if getattr(values, "dtype", None) == object:
        texts = values.tolist()
        floats = np.array([len(text) for text in texts], dtype=np.float64)
        total = int(np.frombuffer("".join(texts).encode("utf-8"), dtype=np.uint8).sum())
    else:
        floats = np.asarray(values).astype(np.float64)
        total = floats.sum()
    rows = len(floats)
    weights = (np.arange(rows) % WEIGHTS) + 1.0
    return {
        "rows": rows,
        "sum": float(total),
        "weighted": float(np.dot(floats, weights)),
        "first": float(floats[0]) if rows else 0,
        "last": float(floats[-1]) if rows else 0,
    }


def answer(request):
    make = KERNELS[request["kernel"]]
    run = make(Columns(request["rows"]), request["params"], request["tuned"])
    ms = []
    result = None
    for _ in range(request["repetitions"]):
        # The memory of the result before is free again, as it is in a program that lets go of it.
        result = None
        begin = time.perf_counter()
        result = run()
        ms.append(1000 * (time.perf_counter() - begin))
    sums = {}
    if request["sums"]:
        sums = {name: sums_of(values) for name, values in result.items()}
    return {"ms": ms, "sums": sums}


versions = {"numpy": np.__version__, "pandas": None if pd is None else pd.__version__}
print(json.dumps(versions), flush=True)
for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
