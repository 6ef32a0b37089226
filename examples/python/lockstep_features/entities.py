"""Entities as a request has them, in batches that a server takes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timezone
from decimal import Decimal
from typing import Any

import pandas as pd

from lockstep_features.errors import InputError

# As the server limits them: answers of one request, and bytes of a body, with room for what stands around the entities.
MOST_ANSWERS = 10_000
MOST_BYTES = 900_000


def entity_texts(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Each as JSON, without loss. An entity without a value is none."""
    return [
        json.dumps({name: _json_value(value, name, i) for name, value in row.items()}, ensure_ascii=False)
        for i, row in enumerate(rows)
    ]


def batches(texts: Sequence[str], features: int) -> Iterator[list[str]]:
    """In their order."""
    batch: list[str] = []
    size = 0
    for text in texts:
        length = len(text.encode("utf-8")) + 1
        if batch and ((len(batch) + 1) * features > MOST_ANSWERS or size + length > MOST_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(text)
        size += length
    if batch:
        yield batch


def _json_value(value: Any, name: str, row: int) -> Any:
    if pd.api.types.is_scalar(value) and pd.isna(value):
        raise InputError(f"row {row}: {name} is missing", "an entity has a value in each of its columns")
    if isinstance(value, float):
        raise InputError(
            f"row {row}: {name} is a float, which does not hold every whole number",
            'whole numbers that may be missing are of dtype "Int64"',
        )
    if isinstance(value, datetime):
        if getattr(value, "nanosecond", 0) != 0:
            raise InputError(f"row {row}: {name} is finer than a microsecond")
        text = value.astimezone(timezone.utc).replace(tzinfo=None) if value.tzinfo is not None else value
        return text.isoformat(timespec="microseconds") + ("" if value.tzinfo is None else "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, (str, bool, int)):
        return value
    return _json_value(value.item(), name, row) if hasattr(value, "item") else _refused(value, name, row)


def _refused(value: Any, name: str, row: int) -> Any:
    raise InputError(f"row {row}: {name} is a {type(value).__name__}, and no value of an entity")
