"""Tables between Python and rtl's JSON: columns as lists, each with a dtype in numpy's text.

Python 3.9 or later, standard library only.
"""
import math
from typing import Any, Dict, List, Mapping, Optional

from rtl_error import RtlError

# Integers that every reader of JSON keeps exactly.
SAFE = 2**53 - 1


class Table(Dict[str, List[Any]]):
    """Columns by name, all of one length. A row without a value is None.

    dtypes are numpy's: "<f8", "<i8", "|b1", "O" (text), "<U10" (text of at most 10 characters).
    A column without one gets what fits its values: "<f8", "<i8", "|b1" or "O".
    """

    def __init__(
        self,
        columns: Optional[Mapping[str, List[Any]]] = None,
        dtypes: Optional[Mapping[str, str]] = None,
    ):
        super().__init__(columns or {})
        self._given = {name: (self[name], dtype) for name, dtype in (dtypes or {}).items()}

    @property
    def rows(self) -> int:
        return len(next(iter(self.values()), []))

    def dtype(self, name: str) -> Optional[str]:
        """The column's dtype, as long as it is the list that the dtype was given for."""
        values, dtype = self._given.get(name, (None, None))
        return dtype if values is self.get(name) else None

    @property
    def dtypes(self) -> Dict[str, str]:
        return {name: dtype for name in self if (dtype := self.dtype(name)) is not None}


def table_from_json(json: Mapping[str, Any]) -> Table:
    columns = json["columns"]
    names = json.get("order", list(columns))
    dtypes = {name: columns[name]["dtype"] for name in names}
    values = {name: [_read(v, dtypes[name]) for v in columns[name]["values"]] for name in names}
    return Table(values, dtypes)


def table_to_json(columns: Mapping[str, List[Any]], like: Optional[Table] = None) -> Dict[str, Any]:
    """The JSON form. A column that is a list of `like`, or has no values, gets its dtype there."""
    if not isinstance(columns, Mapping):
        raise invalid(f"a table is a dict of columns, not {type(columns).__name__}")
    lengths = {name: len(values) for name, values in columns.items()}
    if len(set(lengths.values())) > 1:
        raise invalid(f"the columns differ in length: {lengths}")
    given = columns if isinstance(columns, Table) else Table()
    out = {}
    for name, values in columns.items():
        dtype = given.dtype(name) or _kept(name, values, like) or dtype_for(name, values)
        out[name] = {"dtype": dtype, "values": [_write(value) for value in values]}
    # The other side may move names such as "1" to the front of an object.
    return {"rows": next(iter(lengths.values()), 0), "columns": out, "order": list(out)}


def _kept(name: str, values: List[Any], like: Optional[Table]) -> Optional[str]:
    if like is None or name not in like:
        return None
    nothing = all(value is None for value in values)
    return like.dtype(name) if nothing or values is like[name] else None


def dtype_for(name: str, values: List[Any]) -> str:
    """The dtype that fits the values of a column."""
    kinds = {type(value) for value in values} - {type(None)}
    if kinds == {bool}:
        return "|b1"
    if kinds == {str}:
        return "O"
    if kinds == {int}:
        return "<i8"
    if kinds <= {int, float}:
        return "<f8"
    names = ", ".join(sorted(kind.__name__ for kind in kinds))
    raise invalid(f'column "{name}" holds {names}: give it numbers, booleans or text')


def invalid(message: str) -> RtlError:
    return RtlError("RTL_TABLE_INVALID", message)


def _read(value: Any, dtype: str) -> Any:
    kind = dtype[1:2]
    if value is None or kind not in ("f", "i", "u"):
        return value
    # Text stands for what JSON has no number for: "NaN", "Infinity", integers beyond 2^53.
    return float(value) if kind == "f" else int(value)


def _write(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > SAFE:
        return str(value)
    return value
