#!/usr/bin/env python3
"""Makes the reference results for logarithms and powers: the float64 nearest to numpy's 80-bit result
for random numbers over the whole range, numpy's (that is, C's) results for special cases, and int64
powers by exact arithmetic.

    python3 make_elementary.py        writes ../reference/elementary.json

It needs an x86 machine, whose long double has 64 bits of mantissa. Random data has fixed seeds. Never
needed by a test.
"""
import json
import math
import pathlib

import numpy as np

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "reference"
LONG = np.longdouble
assert np.finfo(LONG).nmant >= 63, "long double is too short here"
rng = np.random.default_rng(20240607)


def plain(value):
    """A number as our JSON has it: texts for what JSON lacks."""
    value = float(value)
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0 and math.copysign(1, value) < 0:
        return "-0"
    return value


def numbers(values):
    return [plain(value) for value in values]


def near_one(count, bits):
    return 1 + (rng.random(count) - 0.5) * 2.0 ** -(rng.random(count) * bits)


def logs():
    x = np.concatenate([np.exp(rng.uniform(-708, 709, 400)), near_one(400, 50), rng.uniform(0, 3, 200)])
    return {"x": numbers(x), "log": numbers(np.log(x.astype(LONG)).astype(float))}


def powers():
    """Middling results, results near the ends of the range, and bases near 1 with large exponents."""
    bases = [
        np.exp(rng.uniform(-10, 10, 300)),
        np.exp(rng.uniform(-700, 700, 300)),
        near_one(300, 20),
        1 + (rng.random(300) - 0.5) / 2,
    ]
    exponents = [rng.uniform(-5, 5, 300)]
    for base in bases[1:3]:
        exponents.append(rng.uniform(-1, 1, 300) * np.minimum(65535, 707 / np.abs(np.log(base))))
    exponents.append(rng.choice([-1, 1], 300) * rng.uniform(690, 707, 300) / np.abs(np.log(bases[3])))
    x, y = np.concatenate(bases), np.concatenate(exponents)
    z = np.power(x.astype(LONG), y.astype(LONG)).astype(float)
    return {"x": numbers(x), "y": numbers(y), "power": numbers(z)}


SPECIAL = [
    *[0.0, -0.0, 1, -1, 2, -2, 3, -3, 7, -7, 10, 0.5, -0.5, 1.5, -1.5, 0.1, -0.1],
    *[math.inf, -math.inf, math.nan],
    *[5e-324, -5e-324, 1e-310, 2.0**-1022, 1e300, -1e300, 1.7976931348623157e308],
    *[2.0**53, 2.0**53 + 2, -(2.0**53), 65535, 65536, -65537, 1e16],
    *[1 + 2.0**-52, 1 - 2.0**-53, 709.78, -745.2, 1023, 1024, -1074, -1075],
]


def special():
    values = np.array(SPECIAL, dtype=float)
    table = np.power(values[:, None], values[None, :])
    return {"values": numbers(values), "powers": [numbers(row) for row in table]}


def whole_powers():
    """Bases and exponents of 64 bits, most of them beyond 2^53."""
    edges = [2**53 - 1, 2**53 + 1, -(2**53) - 1, 2**63 - 1, -(2**63), 2**62 + 12345]
    pairs = [(base, exponent) for base in edges for exponent in (0, 1, 2, 3, 5, 16, 17, -1, -2, -17)]
    pairs += [(base, exponent) for base in (-2, -1, 0, 1, 2) for exponent in edges]
    results = []
    for base, exponent in pairs:
        if abs(base) < 2:
            odd = exponent % 2 == 1
            exact = {1: 1.0, -1: -1.0 if odd else 1.0}.get(base, 0.0 if exponent > 0 else math.inf)
        elif abs(exponent) > 2000:
            sign = -1 if base < 0 and exponent % 2 == 1 else 1
            exact = sign * (math.inf if exponent > 0 else 0.0)
        else:
            power = base ** abs(exponent)
            try:
                exact = float(power) if exponent >= 0 else 1 / power
            except OverflowError:
                exact = math.inf * (1 if power > 0 else -1)
        results.append(exact)
    return {
        "base": [str(base) for base, _ in pairs],
        "exponent": [str(exponent) for _, exponent in pairs],
        "power": numbers(results),
    }


with np.errstate(all="ignore"):
    made = {"log": logs(), "power": powers(), "special": special(), "whole": whole_powers()}
(FOLDER / "elementary.json").write_text(json.dumps(made, separators=(",", ":")) + "\n")
