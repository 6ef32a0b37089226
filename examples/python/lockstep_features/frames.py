"""What is given as pandas, Arrow or dicts, as Arrow; and the same back with columns behind its own."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias, TypeVar, cast

import pandas as pd
import pyarrow as pa

from lockstep_features.errors import InputError

Row: TypeAlias = Mapping[str, Any]
# A Table is Any to a type checker, since pyarrow has no type hints.
Rows = TypeVar("Rows", pd.DataFrame, Sequence[Mapping[str, Any]])


def arrow_table(given: pd.DataFrame | Any, what: str) -> Any:
    """The columns of a DataFrame or Table, without the index."""
    if isinstance(given, pd.DataFrame):
        _require_names(list(given.columns), what)
        columns = [_arrow_column(given.iloc[:, i], str(name), what) for i, name in enumerate(given.columns)]
        return pa.table(columns, names=list(given.columns))
    if isinstance(given, pa.Table):
        _require_names(given.column_names, what)
        return given
    raise InputError(f"{what}: a DataFrame or a pyarrow.Table is wanted, and this is a {type(given).__name__}")


def row_dicts(given: pd.DataFrame | Sequence[Row] | Any, what: str) -> list[dict[str, Any]]:
    """As they go into JSON: each row has the same columns."""
    if isinstance(given, (pd.DataFrame, pa.Table)):
        return cast("list[dict[str, Any]]", arrow_table(given, what).to_pylist())
    rows = [dict(row) for row in given]
    for i, row in enumerate(rows):
        if row.keys() != rows[0].keys():
            raise InputError(f"{what}: row {i} has other columns than row 0")
    return rows


def with_columns(given: Any, columns: Sequence[tuple[str, Any]], about: Mapping[str, Any]) -> Any:
    """`given` with Arrow columns behind its own, in its order and of its kind. `about` is plain JSON."""
    taken = {name.lower() for name in _names(given)}
    for name, _ in columns:
        if name.lower() in taken:
            raise InputError(f"two columns would be called {name}", "ask for fewer at once")
        taken.add(name.lower())
    if isinstance(given, pd.DataFrame):
        arrays = {name: pd.arrays.ArrowExtensionArray(column) for name, column in columns}
        frame = pd.concat([given, pd.DataFrame(arrays, index=given.index)], axis=1)
        frame.attrs = {**given.attrs, "lockstep": about}
        return frame
    if isinstance(given, pa.Table):
        table = given
        for name, column in columns:
            table = table.append_column(name, column)
        return table.replace_schema_metadata({**(given.schema.metadata or {}), "lockstep": json.dumps(about)})
    values = {name: column.to_pylist() for name, column in columns}
    return [{**row, **{name: column[i] for name, column in values.items()}} for i, row in enumerate(given)]


def _names(given: Any) -> list[str]:
    if isinstance(given, pd.DataFrame):
        return list(given.columns)
    if isinstance(given, pa.Table):
        return cast("list[str]", given.column_names)
    return list(given[0]) if len(given) > 0 else []


def _require_names(names: Sequence[Any], what: str) -> None:
    for name in names:
        if not isinstance(name, str):
            raise InputError(f"{what}: the column {name!r} has a name that is no text")
        if names.count(name) > 1:
            raise InputError(f"{what}: two columns are called {name}")


def _arrow_column(series: pd.Series[Any], name: str, what: str) -> Any:
    try:
        return pa.chunked_array(pa.array(series, from_pandas=True))
    except (pa.ArrowException, OverflowError, TypeError, ValueError) as error:
        raise InputError(f"{what}: the column {name} cannot be handed over exactly: {error}") from error
