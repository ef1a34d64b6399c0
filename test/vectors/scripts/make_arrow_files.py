#!/usr/bin/env python3
"""Makes the files of test/vectors/files/pyarrow, and says what is in each.

Run it in the project's folder, where pyarrow 25 and pandas 3 are installed (pip install pyarrow pandas):

    python3 test/vectors/scripts/make_arrow_files.py

expected.json has the tables that must be read, and which of them each file holds.
"""
import datetime
import decimal
import json
import os

import pandas as pd
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as parquet

FOLDER = os.path.join(os.path.dirname(__file__), "..", "files", "pyarrow")
DTYPES = {"int8": "|i1", "int16": "<i2", "int32": "<i4", "int64": "<i8", "bool": "|b1"}
DTYPES.update({"uint8": "|u1", "uint16": "<u2", "uint32": "<u4", "uint64": "<u8"})
DTYPES.update({"halffloat": "<f4", "float": "<f4", "double": "<f8"})


def value(x):
    """A value as tables in JSON have it."""
    if x is None or isinstance(x, (bool, str)):
        return x
    if isinstance(x, bytes):
        return x.decode("latin1")
    if isinstance(x, int):
        return x if abs(x) <= 2**53 - 1 else str(x)
    if x != x:
        return "NaN"
    if x in (float("inf"), float("-inf")):
        return "Infinity" if x > 0 else "-Infinity"
    return float(x)


def column(array, kind):
    """The column that an array is; `kind` is the format, as Parquet's times have other units."""
    t = array.type
    if pa.types.is_dictionary(t):
        return column(array.cast(t.value_type), kind)
    if pa.types.is_string(t) or pa.types.is_large_string(t) or pa.types.is_string_view(t):
        return {"dtype": "O", "values": [value(x) for x in array.to_pylist()]}
    if pa.types.is_binary(t) or pa.types.is_large_binary(t) or pa.types.is_fixed_size_binary(t):
        values = array.to_pylist()
        width = max(len(x) for x in values if x is not None)
        return {"dtype": "|S%d" % width, "values": [value(x) for x in values]}
    if pa.types.is_decimal(t):
        return {"dtype": "<f8", "values": [None if x is None else float(x) for x in array.to_pylist()]}
    if pa.types.is_temporal(t):
        if kind == "parquet" and pa.types.is_timestamp(t) and t.tz is not None:
            # DuckDB's timestamps with a time zone are microseconds.
            whole = array.cast(pa.int64()).to_pylist()
            return {"dtype": "<i8", "values": [value(x // 1000) for x in whole]}
        if kind == "parquet" and (pa.types.is_timestamp(t) or pa.types.is_time(t)) and t.unit != "ns":
            scale = {"s": 10**6, "ms": 10**3, "us": 1}[t.unit]
            whole = array.cast(pa.int32() if t.bit_width == 32 else pa.int64()).to_pylist()
            return {"dtype": "<i8", "values": [value(x if x is None else x * scale) for x in whole]}
        whole = array.cast(pa.int32() if t.bit_width == 32 else pa.int64()).to_pylist()
        return {"dtype": "<i4" if t.bit_width == 32 else "<i8", "values": [value(x) for x in whole]}
    return {"dtype": DTYPES[str(t)], "values": [value(x) for x in array.to_pylist()]}


def described(table, kind="arrow"):
    found = {name: column(table.column(name), kind) for name in table.column_names}
    return {"rows": table.num_rows, "columns": found}


def numbers(rows):
    """A table of every type that both formats have."""

    def nulls(values, every):
        return [None if i % every == 0 else x for i, x in enumerate(values)]

    n = range(rows)
    day = datetime.date(2020, 2, 28)
    start = datetime.datetime(2021, 3, 4, 5, 6, 7, 89000)
    columns = {}
    for size in (8, 16, 32, 64):
        low = [-(2 ** (size - 1)) + i for i in n]
        high = [2**size - 1 - i for i in n]
        columns["i%d" % size] = pa.array(nulls(low, 5), type=getattr(pa, "int%d" % size)())
        columns["u%d" % size] = pa.array(high, type=getattr(pa, "uint%d" % size)())
    columns["f32"] = pa.array([i / 8 for i in n], type=pa.float32())
    columns["f64"] = pa.array(nulls([i / 7 for i in n], 4), type=pa.float64())
    columns["b"] = pa.array(nulls([i % 3 == 0 for i in n], 7), type=pa.bool_())
    columns["text"] = pa.array(nulls(["größe %d" % (i % 4) * (i % 3) for i in n], 6))
    columns["wide"] = pa.array(["a rather long text, number %d" % i for i in n], type=pa.large_string())
    columns["raw"] = pa.array(nulls([bytes([i % 256]) * 3 for i in n], 3), type=pa.binary(3))
    columns["day"] = pa.array([day + datetime.timedelta(i) for i in n], type=pa.date32())
    columns["clock"] = pa.array([1000 * i for i in n], type=pa.time32("ms"))
    columns["stamp"] = pa.array([start + datetime.timedelta(seconds=i) for i in n], type=pa.timestamp("ms"))
    columns["nanos"] = pa.array(nulls([10**18 + i for i in n], 2), type=pa.timestamp("ns"))
    columns["utc"] = pa.array([10**18 + 10**3 * i + 7 for i in n], type=pa.timestamp("ns", tz="UTC"))
    columns["code"] = pa.array(["one", "two", None, "three"][i % 4] for i in n).dictionary_encode()
    return columns


def main():
    os.makedirs(FOLDER, exist_ok=True)
    tables, files = {}, {}
    both = numbers(60)
    plain = pa.table({name: array for name, array in both.items() if name != "code"})
    coded = pa.table({"code": both["code"], "n": both["i32"]})
    rare = pa.table(
        {
            "half": pa.array([0.5, None, 65504.0], type=pa.float16()),
            "span": pa.array([5, -(2**40), None], type=pa.duration("us")),
            "view": pa.array(["short", "a text that is long enough to lie elsewhere", None], type=pa.string_view()),
            "none": pa.array(["x", None, "z"]),
        }
    )

    def ipc(kind, name, table, compression, stream=False, size=25):
        path = os.path.join(FOLDER, name)
        options = pa.ipc.IpcWriteOptions(compression=compression)
        new = pa.ipc.new_stream if stream else pa.ipc.new_file
        with new(path, table.schema, options=options) as writer:
            writer.write_table(table, max_chunksize=size)
        tables[kind] = described(table)
        files[name] = kind

    for compression, what in ((None, ""), ("lz4", "-lz4"), ("zstd", "-zstd")):
        ipc("plain", "plain%s.arrow" % what, plain, compression)
        ipc("plain", "plain%s.arrows" % what, plain, compression, stream=True)
        ipc("coded", "coded%s.arrow" % what, coded, compression)
        ipc("coded", "coded%s.arrows" % what, coded, compression, stream=True)
        ipc("rare", "rare%s.arrow" % what, rare, compression, size=2)

    rows = 1200
    frame = pd.DataFrame(
        {
            "when": pd.date_range("2020-02-28", periods=rows, freq="h"),
            "price": [None if i % 10 == 0 else i / 4 for i in range(rows)],
            "city": ["Rome", "Oslo", "Zürich"] * (rows // 3),
            "kind": pd.Categorical(["a", "b", "c"] * (rows // 3)),
        }
    )
    # Two frames of pandas, which packs by LZ4 unless it is told not to.
    frame.to_feather(os.path.join(FOLDER, "frame.feather"))
    read = feather.read_table(os.path.join(FOLDER, "frame.feather"))
    # Only its ends: what lies between follows from the row's number.
    for name, part in (("first", read.slice(0, 3)), ("last", read.slice(rows - 3))):
        tables["frame-" + name] = described(part)

    shared = pa.table({**{n: a for n, a in both.items()}, "dec": pa.array([decimal.Decimal(i) / 4 for i in range(60)])})
    for name, options in {
        "snappy.parquet": {"row_group_size": 30},
        "zstd-v2.parquet": {"compression": "zstd", "data_page_version": "2.0", "use_dictionary": False},
        "plain.parquet": {"compression": "none", "data_page_size": 200},
    }.items():
        parquet.write_table(shared, os.path.join(FOLDER, name), **options)
        tables["parquet"] = described(shared, "parquet")
        files[name] = "parquet"

    with open(os.path.join(FOLDER, "expected.json"), "w", encoding="utf-8") as file:
        json.dump({"files": files, "tables": tables}, file, ensure_ascii=False, separators=(",", ":"))
        file.write("\n")


main()
