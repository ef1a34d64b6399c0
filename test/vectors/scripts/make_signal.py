"""Writes test/vectors/reference/signal-*.json: what numpy, scipy and pandas make of small signals.

Run with numpy 1.24, scipy 1.10 and pandas 1.5 from the root of the project:
    python3 test/vectors/scripts/make_signal.py
Tests read the JSON only. A file is {"inputs": {name: table}, "cases": [{name, params, input, rows?,
expect}]}, tables in the JSON form of golden cases; "rows" takes the first rows of the input only.
"""
import json
import os

import numpy as np
import pandas as pd
from scipy import ndimage, signal
from scipy.interpolate import interp1d

FOLDER = os.path.join(os.path.dirname(__file__), "..", "reference")
random = np.random.default_rng(20240607)


def column(values, dtype="<f8"):
    if dtype == "<i8":
        values = [str(int(v)) if abs(int(v)) > 2**53 else int(v) for v in values]
    elif dtype == "<f8":
        values = [None if v is None or np.isnan(v) else float(v) for v in values]
    else:
        values = [int(v) for v in values]
    return {"dtype": dtype, "values": list(values)}


def table(**columns):
    made = {name: c if isinstance(c, dict) else column(c) for name, c in columns.items()}
    rows = len(next(iter(made.values()))["values"])
    return {"rows": rows, "columns": made}


def write(name, inputs, cases):
    path = os.path.join(FOLDER, f"signal-{name}.json")
    with open(path, "w") as file:
        file.write('{"inputs":' + json.dumps(inputs, separators=(",", ":")) + ',\n"cases":[\n')
        file.write(",\n".join(json.dumps(case, separators=(",", ":")) for case in cases))
        file.write("\n]}\n")
    print(name, len(cases), "cases", os.path.getsize(path), "bytes")


def noisy(rows, rate=100.0):
    t = np.arange(rows) / rate
    wave = np.sin(2 * np.pi * 3 * t) + 0.5 * np.sin(2 * np.pi * 17 * t + 1) + 0.02 * np.arange(rows)
    return np.round(wave + 0.3 * random.standard_normal(rows), 4)


def window_of(kind, rows):
    return signal.get_window("boxcar" if kind == "none" else kind, rows)


# fft
x = noisy(256)
whole = random.integers(-1000, 1000, 64)
inputs = {"noise": table(x=x), "whole": table(x=column(whole, "<i8"))}
cases = []


def fft_case(name, values, rate=None, window="none", detrend="none", output="complex", source="noise"):
    own = values.astype(float)
    if detrend != "none":
        own = signal.detrend(own, type=detrend)
    weights = window_of(window, len(own))
    spectrum = np.fft.rfft(own * weights)
    bins = {"frequency": np.fft.rfftfreq(len(own), 1 if rate is None else 1 / rate)}
    if output == "complex":
        bins["yReal"], bins["yImaginary"] = spectrum.real, spectrum.imag
    if output == "magnitude":
        bins["y"] = np.abs(spectrum)
    if output == "power":
        bins["y"] = np.abs(spectrum) ** 2
    if output == "phase":
        bins["y"] = np.angle(spectrum)
    if output == "amplitude":
        bins["y"] = np.abs(spectrum) * 2 / weights.sum()
        bins["y"][0] /= 2
        if len(own) % 2 == 0:
            bins["y"][-1] /= 2
    params = {"operations": [{"a": "x", "column": "y"}], "output": output}
    if rate is not None:
        params["rate"] = rate
    if window != "none":
        params["window"] = window
    if detrend != "none":
        params["detrend"] = detrend
    cases.append({"name": name, "params": params, "input": source, "rows": len(own), "expect": table(**bins)})


for rows in [1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 13, 16, 17, 30, 34, 37, 64, 74, 97, 100, 127, 128, 143, 210, 251, 256]:
    fft_case(f"rfft of {rows} rows", x[:rows])
fft_case("rfft of int64", whole, source="whole")
for window in ["hann", "hamming", "blackman", "flattop"]:
    fft_case(f"window {window}", x[:50], rate=100, window=window, output="amplitude")
    fft_case(f"window {window}, odd length", x[:51], window=window, output="magnitude")
fft_case("linear trend", x[:90], rate=8000, detrend="linear", output="power")
fft_case("mean and window", x[:90], rate=0.5, detrend="constant", window="hann", output="phase")
write("fft", inputs, cases)

# Long transforms: signals by a formula, and every so-manieth bin.
cases = []
for rows in [4096, 4095, 4097, 8191, 30030, 65536, 44100, 100003]:
    i = np.arange(rows, dtype=np.int64)
    values = ((i * i * 31 + i * 7) % 1009) / 1009.0
    spectrum = np.fft.rfft(values)
    every = max(1, len(spectrum) // 24)
    picked = spectrum[::every]
    cases.append({"rows": rows, "every": every, "scale": float(np.abs(spectrum[1:]).max()),
                  "real": picked.real.tolist(), "imaginary": picked.imag.tolist()})
write("long-fft", {}, cases)

# power spectrum
x = noisy(400)
inputs = {"noise": table(x=x)}
cases = []
for name, rows, options in [
    ("defaults", 400, {}),
    ("a rate", 400, {"rate": 100, "segment": 64}),
    ("odd segments without overlap", 400, {"rate": 100, "segment": 63, "overlap": 0}),
    ("uneven overlap", 333, {"rate": 50, "segment": 60, "overlap": 47}),
    ("linear trend and flattop", 400, {"rate": 100, "segment": 50, "detrend": "linear", "window": "flattop"}),
    ("no trend taken away", 200, {"rate": 10, "segment": 40, "detrend": "none", "window": "blackman"}),
    ("spectrum", 400, {"rate": 100, "segment": 80, "scaling": "spectrum", "window": "hamming"}),
    ("median of an odd number of segments", 400, {"rate": 100, "segment": 50, "overlap": 20, "average": "median"}),
    ("median of an even number of segments", 400, {"rate": 100, "segment": 100, "overlap": 0, "average": "median"}),
    ("fewer rows than a segment", 37, {"rate": 100, "segment": 64}),
    ("one row", 1, {"rate": 100, "segment": 8, "overlap": 0}),
    ("two rows", 2, {"rate": 100}),
    ("periodogram", 101, {"rate": 100, "segment": "all", "window": "none"}),
    ("periodogram in a window", 120, {"rate": 100, "segment": "all", "window": "hann", "detrend": "linear"}),
]:
    given = {"window": "hann", "detrend": "constant", "scaling": "density", "average": "mean", "segment": 256,
             "rate": 1.0, **options}
    window = "boxcar" if given["window"] == "none" else given["window"]
    detrend = False if given["detrend"] == "none" else given["detrend"]
    values = x[:rows]
    if given["segment"] == "all":
        f, p = signal.periodogram(values, given["rate"], window=window, detrend=detrend, scaling=given["scaling"])
    else:
        f, p = signal.welch(values, given["rate"], window=window, nperseg=min(rows, given["segment"]),
                            noverlap=given.get("overlap"), detrend=detrend, scaling=given["scaling"],
                            average=given["average"])
    params = {"operations": [{"a": "x"}], **options}
    cases.append({"name": name, "params": params, "input": "noise", "rows": rows,
                  "expect": table(frequency=f, xPower=p)})
write("power-spectrum", inputs, cases)

# filters
x = noisy(160)
inputs = {"noise": table(x=x), "whole": table(x=column(np.round(x * 1000).astype(int), "<i4"))}
kinds = {"lowPass": "lowpass", "highPass": "highpass", "bandPass": "bandpass", "bandStop": "bandstop"}
cases, designs = [], []
for task, order, edges, zero_phase, source in [
    ("lowPass", 1, [5], True, "noise"), ("lowPass", 2, [5], False, "noise"), ("lowPass", 3, [12.5], True, "noise"),
    ("lowPass", 4, [5], True, "noise"), ("lowPass", 4, [5], False, "whole"), ("lowPass", 9, [30], True, "noise"),
    ("highPass", 1, [1], False, "noise"), ("highPass", 2, [10], True, "noise"), ("highPass", 5, [2], True, "noise"),
    ("bandPass", 1, [10, 20], True, "noise"), ("bandPass", 3, [1, 45], True, "noise"),
    ("bandPass", 4, [14, 20], False, "noise"), ("bandPass", 4, [14, 20], True, "whole"),
    ("bandStop", 2, [16, 18], True, "noise"), ("bandStop", 5, [10, 40], False, "noise"),
]:
    sos = signal.butter(order, edges if len(edges) > 1 else edges[0], kinds[task], output="sos", fs=100)
    own = x if source == "noise" else np.round(x * 1000)
    y = signal.sosfiltfilt(sos, own) if zero_phase else signal.sosfilt(sos, own)
    band = {"cutoff": edges[0]} if len(edges) == 1 else {"low": edges[0], "high": edges[1]}
    params = {"operations": [{"a": "x", "column": "y"}], "rate": 100, "order": order, "zeroPhase": zero_phase, **band}
    name = f"{task} {edges} Hz, order {order}, {'both ways' if zero_phase else 'forwards'}"
    cases.append({"name": name, "task": task, "params": params, "input": source, "expect": table(y=y)})
write("filters", inputs, cases)
for kind, edges in [("lowPass", [20]), ("lowPass", [0.01]), ("highPass", [3]), ("bandPass", [5, 20]),
                    ("bandPass", [1, 45]), ("bandStop", [9, 11]), ("bandStop", [2, 40])]:
    for order in [1, 2, 3, 4, 7, 8]:
        sos = signal.butter(order, edges if len(edges) > 1 else edges[0], kinds[kind], output="sos", fs=100)
        designs.append({"name": f"{kind} {edges} Hz of 100 Hz, order {order}", "kind": kind, "edges": edges,
                        "order": order, "sections": sos[:, [0, 1, 2, 4, 5]].tolist()})
for factor in [2, 3, 13]:
    sos = signal.cheby1(8, 0.05, 0.8 / factor, output="sos")
    designs.append({"name": f"Chebyshev of decimate, factor {factor}", "kind": "chebyshev", "edges": [0.8 / factor],
                    "order": 8, "sections": sos[:, [0, 1, 2, 4, 5]].tolist()})
write("filter-designs", {}, designs)

# decimate
x = noisy(240)
inputs = {"noise": table(x=x)}
cases = []
for rows, factor, method, zero_phase, order in [
    (240, 2, "iir", True, None), (240, 3, "iir", False, None), (240, 7, "iir", True, 5), (239, 13, "iir", True, None),
    (240, 2, "fir", True, None), (240, 3, "fir", True, 12), (240, 4, "fir", False, None), (238, 5, "fir", True, 31),
    (100, 6, "fir", False, 20), (3, 2, "fir", True, None), (1, 2, "iir", False, None),
]:
    y = signal.decimate(x[:rows], factor, n=order, ftype=method, zero_phase=zero_phase)
    params = {"columns": ["x"], "factor": factor, "method": method, "zeroPhase": zero_phase}
    if order is not None:
        params["order"] = order
    cases.append({"name": f"{rows} rows by {factor}, {method}, order {order}, zeroPhase {zero_phase}",
                  "params": params, "input": "noise", "rows": rows, "expect": table(x=y)})
write("decimate", inputs, cases)

# detrend, median filter, envelope
x = noisy(150) + 1000
inputs = {"noise": table(x=np.round(x, 4)), "whole": table(x=column([3, 1, 4, 1, 5, 9, 2, 6], "<i2"))}
noise = np.array(inputs["noise"]["columns"]["x"]["values"])
cases = []
for rows, kind in [(150, "linear"), (150, "constant"), (1, "constant"), (1, "linear"), (2, "linear"), (3, "linear")]:
    cases.append({"name": f"{kind} trend of {rows} rows", "task": "detrend", "params": {
        "operations": [{"a": "x", "column": "y"}], "type": kind}, "input": "noise", "rows": rows,
        "expect": table(y=signal.detrend(noise[:rows], type=kind))})
cases.append({"name": "linear trend of whole numbers", "task": "detrend", "params": {
    "operations": [{"a": "x", "column": "y"}], "type": "linear"}, "input": "whole", "rows": 8,
    "expect": table(y=signal.detrend(np.array([3, 1, 4, 1, 5, 9, 2, 6])))})
for rows, size in [(150, 5), (60, 21), (4, 9), (1, 3), (40, 1)]:
    cases.append({"name": f"median of {size} of {rows} rows", "task": "medianFilter", "params": {
        "operations": [{"a": "x", "column": "y"}], "size": size}, "input": "noise", "rows": rows,
        "expect": table(y=ndimage.median_filter(noise[:rows], size=size, mode="nearest"))})
for rows in [1, 2, 3, 64, 65, 97]:
    cases.append({"name": f"envelope of {rows} rows", "task": "envelope", "params": {
        "operations": [{"a": "x", "column": "y"}]}, "input": "noise", "rows": rows,
        "expect": table(y=np.abs(signal.hilbert(noise[:rows])))})
write("columns", inputs, cases)

# peaks
x = noisy(300)
steps = np.array([0, 1, 1, 0, 2, 2, 2, 1, 3, 0, 0, 3, 3, 2, 3, 1, 1, 4, 4, 4, 4, 0, 5, 5, 1, 2, 1, 2, 1, 2, 0, 6, 6])
inputs = {"noise": table(x=x), "steps": table(x=column(steps, "<i4"))}
cases = []
for name, source, options in [
    ("all", "noise", {}), ("all of plateaus", "steps", {}), ("height", "noise", {"height": 2.5}),
    ("height between", "noise", {"height": [None, 1]}), ("threshold", "noise", {"threshold": 0.2}),
    ("threshold between", "noise", {"threshold": [0.05, 0.4]}), ("distance", "noise", {"distance": 7.5}),
    ("distance of plateaus", "steps", {"distance": 3}), ("prominence", "noise", {"prominence": 1}),
    ("prominence of plateaus", "steps", {"prominence": [1, 3]}), ("width", "noise", {"width": 4}),
    ("width high up", "noise", {"width": [1, 6], "relativeHeight": 0.25}),
    ("width at the base", "steps", {"relativeHeight": 1}),
    ("all conditions", "noise", {"height": 0.5, "threshold": 0.01, "distance": 5, "prominence": 0.5, "width": [2, 20]}),
    ("none left", "noise", {"height": 1e6}),
]:
    given = {"prominence": 0, "width": 0, "relativeHeight": 0.5, **options}
    given["rel_height"] = given.pop("relativeHeight")
    own = x if source == "noise" else steps
    rows, found = signal.find_peaks(own, **given)
    cases.append({"name": name, "params": {"a": "x", **options}, "input": source, "expect": table(
        row=column(rows, "<i8"), height=own[rows].astype(float), prominence=found["prominences"],
        width=found["widths"])})
write("peaks", inputs, cases)

# resample: times in ms with a gap, and with repeated times for the bins
ms = np.cumsum(random.integers(3, 40, 120))
ms[60:] += 700
x = np.round(np.sin(ms / 130) + 0.1 * random.standard_normal(120), 4)
twice = np.sort(np.concatenate([ms, ms[10:30], ms[70:75]]))
y = np.round(random.standard_normal(len(twice)), 4)
holes = [None if i % 7 == 3 else v for i, v in enumerate(y)]
EPOCH = 1_700_000_000_123_456_789
inputs = {
    "seconds": table(t=ms / 1000, x=x),
    "nanoseconds": table(t=column([EPOCH + int(m) * 1_000_000 for m in ms], "<i8"), x=x),
    "repeated": table(t=column(twice, "<i4"), y=column(holes)),
}
cases = []
first, last = int(ms[0]), int(ms[-1])
for every in [10, 25, 333]:
    grid = np.arange(first, last + 1, every)
    for method in ["linear", "nearest", "previous"]:
        values = np.interp(grid, ms, x) if method == "linear" else interp1d(ms, x, kind=method)(grid)
        for source in ["seconds", "nanoseconds"]:
            if every == 10 and (source == "nanoseconds" or method == "nearest"):
                continue
            t = grid / 1000 if source == "seconds" else column([EPOCH + int(g) * 1_000_000 for g in grid], "<i8")
            params = {"time": "t", "every": f"{every}ms" if every != 25 else 0.025, "method": method,
                      "timeUnit": "s" if source == "seconds" else "ns"}
            cases.append({"name": f"{method} every {every} ms of {source}", "params": params, "input": source,
                          "expect": table(t=t, x=values)})
grid = np.arange(first, last + 1, 50)
after = np.searchsorted(ms, grid, side="right")
exact = np.isin(grid, ms)
wide = np.array([not e and ms[min(a, len(ms) - 1)] - ms[a - 1] > 38 for a, e in zip(after, exact)])
cases.append({"name": "linear with gaps", "params": {"time": "t", "every": "50ms", "gapMax": 0.038}, "input": "seconds",
              "expect": table(t=grid / 1000, x=[None if w else v for w, v in zip(wide, np.interp(grid, ms, x))])})
frame = pd.Series([np.nan if v is None else v for v in holes], index=pd.to_datetime(twice, unit="ms"))
for every in ["20ms", "200ms"]:
    bins = frame.resample(every, origin="start")
    for method in ["mean", "min", "max", "count"]:
        if every == "20ms" and method in ("min", "count"):
            continue
        made = getattr(bins, method)()
        t = column((made.index.asi8 // 1_000_000).tolist(), "<i4")
        own = column(made.values, "<i8" if method == "count" else "<f8")
        cases.append({"name": f"{method} every {every}", "params": {
            "time": "t", "every": every, "method": method, "timeUnit": "ms"}, "input": "repeated",
            "expect": table(t=t, y=own)})
write("resample", inputs, cases)
