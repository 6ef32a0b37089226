"""Instants that people give: UTC where they have no zone, to the microsecond."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pandas as pd
import pyarrow as pa

from lockstep_features.errors import InputError

_cut = "further digits are not cut silently: use .dt.floor('us')"


def instant_text(given: datetime | pd.Timestamp | str) -> str:
    """For the `as_of` of a request. The server reads texts itself."""
    if isinstance(given, str):
        return given
    if pd.isna(given):
        raise InputError("as_of is NaT", "leave it out for the values of now")
    if getattr(given, "nanosecond", 0) != 0:
        raise InputError("as_of is finer than a microsecond", _cut)
    plain = given.to_pydatetime() if isinstance(given, pd.Timestamp) else given
    utc = plain if plain.tzinfo is None else plain.astimezone(timezone.utc).replace(tzinfo=None)
    return utc.isoformat(timespec="microseconds")


def instant_column(column: Any) -> Any:
    """A column of timestamps as wall-clock time in UTC; what is none is left for the command to refuse."""
    if pa.types.is_null(column.type):
        return column.cast(pa.timestamp("us"))
    if not pa.types.is_timestamp(column.type):
        return column
    try:
        precise = column.cast(pa.timestamp("us", tz=column.type.tz))
    except pa.ArrowInvalid as error:
        raise InputError("as_of is finer than a microsecond, or out of range", _cut) from error
    return precise.cast(pa.timestamp("us"))
