#!/usr/bin/env python3
"""Makes the reference results for tasks that see a whole column: numpy's histograms by every
estimator, numpy's polyfit, pandas' window functions, exact means.

    python3 make_columns.py        writes ../reference/columns-*.json

Random data has fixed seeds; the files change only with numpy or pandas. Never needed by a test.
"""
import json
import math
import pathlib
import warnings

import numpy as np
import pandas as pd

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "reference"
ESTIMATORS = ["auto", "fd", "doane", "scott", "stone", "rice", "sturges", "sqrt"]
warnings.simplefilter("ignore")


def plain(value):
    """A number as our JSON has it: texts for what JSON lacks, None for pandas' missing values."""
    if isinstance(value, str) or value is None:
        return value
    if isinstance(value, (int, np.integer)):
        return int(value) if abs(int(value)) <= 2**53 else str(int(value))
    value = float(value)
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return value


def column(values):
    array = np.asarray(values)
    dtype = array.dtype.str if array.dtype.kind != "U" else "O"
    return {"dtype": dtype, "values": [plain(value) for value in array]}


def write(name, content):
    path = FOLDER / f"columns-{name}.json"
    content = {"about": f"columns: {name}"} | content
    text = json.dumps(content, separators=(",", ":"))
    path.write_text(text.replace('},{', '},\n{') + "\n")


def histograms():
    random = np.random.default_rng(11)
    data = {
        "normal": random.normal(5, 2, 300),
        "skewed": random.exponential(1, 250),
        "twoPeaks": np.concatenate([random.normal(0, 1, 120), random.normal(9, 0.5, 80)]),
        "heavyTail": random.standard_t(3, 200),
        "farFromZero": 1e9 + random.normal(0, 1, 150),
        "wholes": random.integers(-20, 90, 180),
        "ties": np.repeat([1.0, 2.0, 2.5, 7.0], [90, 4, 3, 3]),
        "cube27": np.arange(27),
        "cube64": np.arange(64) / 4,
        "cube125": np.linspace(-3, 3, 125),
        "cube1000": np.arange(1000) * 0.1,
        "even8": np.arange(8.0) - 3.5,
        "constant": np.full(20, 3.25),
        "two": np.array([0.1, 0.7]),
        "one": np.array([42]),
        "bytes": random.integers(0, 256, 200).astype("|u1"),
        "singles": random.normal(0, 1, 100).astype("<f4"),
    }
    cases = []
    for name, values in data.items():
        bins = ESTIMATORS + [1, 7, 50] + ([333] if name == "normal" else [])
        # numpy computes these in float32 throughout, which rounding alone decides.
        if name == "singles":
            bins = [1, 7, 50, "sqrt", "sturges", "rice"]
        for wanted in bins + ["edges"]:
            if wanted == "edges":
                quarter = float(values.max() - values.min()) / 4 + 0.5
                wanted = [round(float(values.min()) + quarter * k, 3) for k in (1, 1.5, 1.5, 3, 4)]
            counts, edges = np.histogram(values, bins=wanted)
            case = {"data": name, "bins": wanted, "counts": counts.tolist()}
            cases.append(case | {"edges": [float(edge) for edge in edges]})
    write("histogram", {"data": {name: column(v) for name, v in data.items()}, "cases": cases})


def polynomials():
    random = np.random.default_rng(12)
    x = np.sort(random.uniform(-3, 4, 200))
    far = 1000 + np.sort(random.uniform(0, 5, 120))
    seconds = 1.6e9 + np.arange(60) * 30.0
    data = {
        "curve": (x, 2 - x + 0.5 * x**3 + random.normal(0, 0.3, 200)),
        "far": (far, np.sin(far) * 4 + far),
        "time": (seconds, random.normal(20, 2, 60)),
        "exact": (np.arange(12.0), np.arange(12.0) ** 4 - 3),
        "few": (np.array([0.0, 1, 2, 3]), np.array([2.0, 23, 13, 7])),
        "sameX": (np.full(5, 2.0), np.array([1.0, 2, 3, 4, 9])),
        "wholes": (np.arange(-10, 30), random.integers(-(10**6), 10**6, 40)),
        "tiny": (x * 1e-9, 3 + x**2),
    }
    degrees = {"few": [0, 2, 3, 4, 6], "time": [0, 1], "sameX": [0, 1, 3], "far": [1, 2, 3]}
    cases = []
    for name, (xs, ys) in data.items():
        for degree in degrees.get(name, [0, 1, 2, 3, 5, 9]):
            coefficients, _, rank, _, _ = np.polyfit(xs, ys, degree, full=True)
            fitted = np.polyval(coefficients, np.sort(xs))
            case = {"data": name, "degree": degree, "rank": int(rank)}
            case["coefficients"] = [float(c) for c in coefficients]
            cases.append(case | {"fitted": [float(value) for value in fitted]})
    lines = []
    for name, (xs, ys) in data.items():
        m, c = (0, ys.mean()) if name == "sameX" else np.linalg.lstsq(
            np.column_stack([xs - xs.mean(), np.ones(len(xs))]), ys, rcond=None)[0]
        if name != "sameX":
            c = c - m * xs.mean()
        rest = ((ys - ys.mean() - m * (xs - xs.mean())) ** 2).sum()
        r2 = 1 - rest / ((ys - ys.mean()) ** 2).sum()
        lines.append({"data": name, "slope": float(m), "intercept": float(c), "r2": float(r2)})
    tables = {name: {"x": column(xs), "y": column(ys)} for name, (xs, ys) in data.items()}
    write("polyfit", {"data": tables, "cases": cases, "lines": lines})


ROLLING = {
    "rollingSum": lambda r: r.sum(),
    "rollingMean": lambda r: r.mean(),
    "rollingMin": lambda r: r.min(),
    "rollingMax": lambda r: r.max(),
    "rollingStd": lambda r: r.std(),
}
CUMULATIVE = {
    "cumulativeSum": lambda g: g.cumsum(),
    "cumulativeMin": lambda g: g.cummin(),
    "cumulativeMax": lambda g: g.cummax(),
}


def missing(series):
    """pandas' NaN is no value."""
    return [None if pd.isna(value) else plain(value) for value in series]


def windows():
    random = np.random.default_rng(13)
    floats = random.normal(100, 15, 60)
    holes = floats.copy()
    holes[[0, 5, 6, 7, 20, 59]] = np.nan
    infinite = floats.copy()
    infinite[[9, 30]] = [np.inf, -np.inf]
    data = {
        "floats": floats,
        "holes": holes,
        "infinite": infinite,
        "wholes": random.integers(-50, 50, 60),
        "ties": random.integers(0, 6, 60),
        "steps": np.repeat([1.5, 1.5, 4.25], 20),
    }
    group = random.integers(0, 4, 60)
    only = {"ties": ["rank"], "steps": ["rollingStd"], "infinite": [*ROLLING, "lag", "rank"]}
    cases = []
    for name, values in data.items():
        series = pd.Series(values)
        for by in [None, group]:
            def shaped(result):
                return result if by is None else result.droplevel(0).sort_index()

            def case(method, result, **params):
                params = params if by is None else params | {"by": "g"}
                expect = missing(result)
                if method in only.get(name, [method]):
                    params = {"method": method, **params}
                    cases.append({"data": name, "params": params, "expect": expect})

            whole = series if by is None else series.groupby(by)
            for method, compute in CUMULATIVE.items():
                case(method, compute(whole))
            case("lag", whole.shift(1))
            case("lag", whole.shift(4), offset=4)
            case("lead", whole.shift(-2), offset=2)
            case("rank", whole.rank())
            counted = whole.expanding().count() if by is None else shaped(whole.expanding().count())
            case("cumulativeCount", counted.astype("int64"))
            for method, compute in ROLLING.items():
                for rows, least in [(1, None), (4, None), (4, 1), (13, 7), (100, 1)]:
                    params = {"rows": rows} if least is None else {"rows": rows, "minRows": least}
                    rolling = whole.rolling(rows, min_periods=least)
                    case(method, shaped(compute(rolling)), **params)
    tables = {name: column(values) for name, values in data.items()}
    write("window", {"data": tables, "group": column(group), "cases": cases})


def means():
    random = np.random.default_rng(14)
    data = {
        "large": random.integers(2**61, 2**62, 100),
        "around": np.concatenate([random.integers(-(2**62), 2**62, 99), [2**63 - 1]]),
        "unsigned": random.integers(2**63, 2**64 - 1, 50, dtype="<u8"),
        "tenths": np.full(1000, 0.1),
    }
    cases = []
    for name, values in data.items():
        exact = sum(map(int, values)) if values.dtype.kind in "iu" else math.fsum(values)
        cases.append({"data": name, "mean": float(exact / len(values))})
    write("mean", {"data": {name: column(v) for name, v in data.items()}, "cases": cases})


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    histograms()
    polynomials()
    windows()
    means()
