#!/usr/bin/python3
"""Makes the files of test/vectors/files/interop with numpy and pandas, and says what is in each.

Run it with Debian's python3-numpy (1.24) and python3-pandas (1.5), in the project's folder:

    /usr/bin/python3 test/vectors/scripts/make_binary_files.py

expected.json has, by file, the table that must be read from it; written.json has, by file of
numpy.save(), the table that must be written as exactly that file.
"""
import json
import os
import warnings

import numpy as np
import pandas as pd

FOLDER = os.path.join(os.path.dirname(__file__), "..", "files", "interop")

NAMED = {"?": "|b1", "b": "|i1", "B": "|u1", "h": "<i2", "H": "<u2", "i": "<i4", "I": "<u4"}
NAMED.update({"l": "<i8", "q": "<i8", "L": "<u8", "Q": "<u8", "e": "<f4", "f": "<f4", "d": "<f8"})


def value(x):
    """A value as tables in JSON have it."""
    if isinstance(x, (bytes, np.bytes_)):
        return bytes(x).decode("latin1")
    if isinstance(x, (str, np.str_)):
        return str(x)
    if isinstance(x, (bool, np.bool_)):
        return bool(x)
    if isinstance(x, (np.datetime64, np.timedelta64)):
        return None if np.isnat(x) else value(x.astype("i8"))
    if isinstance(x, (int, np.integer)):
        return int(x) if abs(int(x)) <= 2**53 - 1 else str(int(x))
    number = float(x)
    if number != number:
        return "NaN"
    if number in (float("inf"), float("-inf")):
        return "Infinity" if number > 0 else "-Infinity"
    return number


def column(array):
    kind = array.dtype.kind
    if kind in "mM":
        dtype = "<i8"
    elif kind == "U":
        dtype = "<U%d" % (array.dtype.itemsize // 4)
    elif kind == "S":
        dtype = "|S%d" % array.dtype.itemsize
    else:
        dtype = NAMED[array.dtype.char]
    return {"dtype": dtype, "values": [value(x) for x in array]}


def columns(name, array):
    """The columns that an array is, by name; arrays inside of records are columns as well."""
    if array.dtype.names is not None:
        inner = {}
        for field in array.dtype.names:
            path = field if name == "" else name + "." + field
            inner.update(columns(path, array[field]))
        return inner
    if array.ndim > 1:
        inner = {}
        for place in np.ndindex(array.shape[1:]):
            path = ".".join([name] * (name != "") + [str(i) for i in place])
            inner.update(columns(path, array[(slice(None),) + place]))
        return inner
    if array.dtype.kind == "c":
        return {**columns(name + ".real", array.real), **columns(name + ".imag", array.imag)}
    return {name: column(array)}


def table(array):
    array = np.atleast_1d(array)
    plain = array.dtype.names is None and array.ndim == 1
    return described(columns("0" if plain else "", array), len(array))


def described(found, rows):
    result = {"rows": rows, "columns": found}
    numbers = sorted((n for n in found if n.isdigit()), key=int)
    if list(found) != numbers + [n for n in found if not n.isdigit()]:
        result["order"] = list(found)
    return result


def main():
    os.makedirs(FOLDER, exist_ok=True)
    expected, written = {}, {}

    def save(name, array, version=None, exact=False):
        path = os.path.join(FOLDER, name + ".npy")
        if version is None:
            np.save(path, array)
        else:
            with open(path, "wb") as file:
                np.lib.format.write_array(file, array, version=version)
        assert np.load(path).tobytes("A") == array.tobytes("A")
        expected[name + ".npy"] = table(array)
        if exact:
            written[name + ".npy"] = table(array)

    np.seterr(over="ignore")
    warnings.simplefilter("ignore", UserWarning)
    floats = np.array([0.0, -0.0, 1.5, -2.25e300, 5e-324, np.nan, np.inf, -np.inf])
    longs = np.array([0, 1, -1, 2**53 + 1, -(2**53) - 1, 2**63 - 1, -(2**63)], dtype="<i8")
    texts = np.array(["", "a", "Zürich", "日本", "𝄞 clef", "a b"])
    for size in (2, 4, 8):
        save("float%d" % (8 * size), floats.astype("<f%d" % size), exact=size > 2)
        save("float%d-big" % (8 * size), floats.astype(">f%d" % size))
    for kind in ("int", "uint"):
        for size in (1, 2, 4, 8):
            code = "%s%d" % (kind[0], size)
            info = np.iinfo(code)
            ends = np.array([info.min, info.max, 0, 1, 7], dtype="<" + code)
            save("%s%d" % (kind, 8 * size), ends, exact=True)
            if size > 1:
                save("%s%d-big" % (kind, 8 * size), ends.astype(">" + code))
    halves = np.array([6e-8, -6.1e-5, 1 / 3, 65504, -1e-3], dtype="<f2")
    save("halves", halves)
    save("longs", longs, exact=True)
    save("bool", np.array([True, False, True]), exact=True)
    save("text", texts, exact=True)
    save("text-big", texts.astype(">U7"))
    save("bytes", np.array([b"", b"ab", b"\xff\x00\x01"]), exact=True)
    save("complex", np.array([1 + 2j, np.nan - 1j], dtype="<c16"))
    save("complex-matrix", np.asfortranarray(np.arange(12).reshape(4, 3) * (1 - 1j)))
    save("single", np.array(2.5))
    save("empty", np.zeros(0), exact=True)
    save("times", np.array(["2021-03-04T05:06:07.089", "NaT", "1969-12-31"], dtype="<M8[ms]"))
    save("spans", np.array([5, -(2**40)], dtype=">m8[25us]"))

    matrix = np.arange(60, dtype="<f8").reshape(20, 3) / 7
    save("matrix", matrix)
    save("matrix-fortran", np.asfortranarray(matrix))
    save("matrix-fortran-big", np.asfortranarray(matrix.astype(">f4")))
    save("matrix-one", np.asfortranarray(matrix[:, :1]))
    save("matrix-text", np.asfortranarray(np.array([["a", "bb"], ["ccc", ""]])))

    records = np.zeros(5, dtype=[("n", "<i8"), ("x", "<f8"), ("flag", "?"), ("name", "<U5")])
    records["n"] = [1, -2, 2**60, 0, 9]
    records["x"] = [0.5, np.nan, -1, 2, 3]
    records["flag"] = [1, 0, 1, 1, 0]
    records["name"] = ["one", "", "drei", "四", "fünf"]
    save("records", records, exact=True)
    save("records-v2", records, version=(2, 0))
    save("records-v3", records, version=(3, 0))
    save("records-none", records[:0], exact=True)
    quoted = np.zeros(2, dtype=[("it's", "<i4"), ('a "b" \\', "|S3"), ("größe", "<u2")])
    quoted["größe"] = [3, 4]
    save("records-quoted", quoted, exact=True)
    aligned = np.dtype(
        [
            ("a", "u1"),
            ("b", ">f8"),
            (("a title", "c"), "<i2"),
            ("grid", "<f4", (2, 2)),
            ("point", [("x", ">i4"), ("y", "<f2")]),
            ("last", "|S2"),
        ],
        align=True,
    )
    padded = np.zeros(4, dtype=aligned)
    padded["a"] = [1, 2, 3, 4]
    padded["b"] = [1.5, -2, 1e300, 0]
    padded["c"] = [-1, 0, 1, 300]
    padded["grid"] = np.arange(16).reshape(4, 2, 2)
    padded["point"]["x"] = [1, -1, 2**30, 5]
    padded["point"]["y"] = [0.5, 2, -1, 65504]
    padded["last"] = [b"a", b"", b"xy", b"z"]
    save("records-padded", padded)

    frame = pd.DataFrame(
        {
            "when": pd.date_range("2020-02-28", periods=3, freq="D"),
            "price": [1.25, np.nan, 3.0],
            "count": [1, 2, 3],
        }
    )
    save("frame", np.asarray(frame.to_records(index=False)))
    np.save(os.path.join(FOLDER, "cube.npy"), np.zeros((2, 2, 2)))
    np.save(os.path.join(FOLDER, "objects.npy"), np.array([{}, 1], dtype="O"), allow_pickle=True)

    lists = {"n": longs[:3], "x": floats[:3], "name": texts[:3]}
    for name, write in (("lists", np.savez), ("lists-packed", np.savez_compressed)):
        write(os.path.join(FOLDER, name + ".npz"), **lists)
        found = {key: column(array) for key, array in lists.items()}
        expected[name + ".npz"] = described(found, 3)
    np.savez_compressed(os.path.join(FOLDER, "matrix.npz"), np.asfortranarray(matrix))
    expected["matrix.npz"] = table(matrix)
    np.savez(os.path.join(FOLDER, "records.npz"), table=records)
    expected["records.npz"] = table(records)
    np.savez(os.path.join(FOLDER, "one.npz"), speed=floats)
    expected["one.npz"] = described({"speed": column(floats)}, len(floats))
    np.savez(os.path.join(FOLDER, "uneven.npz"), a=floats, b=longs)

    for name, found in (("expected", expected), ("written", written)):
        with open(os.path.join(FOLDER, name + ".json"), "w", encoding="utf-8") as file:
            json.dump(found, file, ensure_ascii=False, separators=(",", ":"))
            file.write("\n")


main()
