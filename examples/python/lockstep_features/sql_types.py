"""The types of features, which are Snowflake's, as Arrow has them, and their values from JSON: only a FLOAT becomes a float."""

from __future__ import annotations

import re
from datetime import date, datetime, timezone
from decimal import Decimal
from typing import Any

import pyarrow as pa

from lockstep_features.errors import LockstepError

_plain: dict[str, Any] = {
    "FLOAT": pa.float64(),
    "BOOLEAN": pa.bool_(),
    "VARCHAR": pa.string(),
    "BINARY": pa.binary(),
    "DATE": pa.date32(),
    # Wall-clock time. It is UTC unless the feature converted it, so no zone is claimed.
    "TIMESTAMP_NTZ": pa.timestamp("us"),
    "TIMESTAMP_LTZ": pa.timestamp("us", tz="UTC"),
}


def arrow_type(name: str) -> Any:
    """Whole numbers of up to 18 digits are int64; whatever may be longer is a decimal, also if its values happen to be short."""
    number = re.fullmatch(r"NUMBER\((\d+),(\d+)\)", name)
    if number is not None:
        precision, scale = int(number[1]), int(number[2])
        return pa.int64() if scale == 0 and precision <= 18 else pa.decimal128(precision, scale)
    if name in _plain:
        return _plain[name]
    array = re.fullmatch(r"(?:ARRAY|VARIANT)\((.*)\)", name)
    if array is None:
        raise LockstepError(f"the type {name} is not known", "this package is older than what answers")
    return pa.list_(arrow_type(array[1])) if name.startswith("ARRAY") else arrow_type(array[1])


def from_json(value: Any, type: Any) -> Any:
    """A value as the server prints it, for a column of this Arrow type."""
    if value is None:
        return None
    if pa.types.is_list(type):
        return [from_json(element, type.value_type) for element in _as(list, value)]
    if pa.types.is_boolean(type):
        return _as(bool, value)
    if pa.types.is_float64(type):
        return float(value)
    text: str = _as(str, value)
    if pa.types.is_int64(type):
        return int(text)
    if pa.types.is_decimal(type):
        return Decimal(text)
    if pa.types.is_timestamp(type):
        return _instant(text, zoned=type.tz is not None)
    if pa.types.is_date(type):
        return date.fromisoformat(text)
    if pa.types.is_binary(type):
        return bytes.fromhex(text)
    return text


def _as(wanted: type, value: Any) -> Any:
    if not isinstance(value, wanted):
        raise LockstepError(f"the server gave a {type(value).__name__} where a {wanted.__name__} is expected")
    return value


def _instant(text: str, zoned: bool) -> datetime:
    if text.endswith("Z") != zoned:
        raise LockstepError("the server gave a timestamp of another kind than the feature has")
    instant = datetime.fromisoformat(text.removesuffix("Z"))
    return instant.replace(tzinfo=timezone.utc) if zoned else instant
