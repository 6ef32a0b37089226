"""What the tests are given: where things are, and what is known of the notes by looking at them."""

from __future__ import annotations

import json
import os
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa

where: dict[str, str] = json.loads(os.environ["LOCKSTEP_TEST"])

NOON = datetime(2026, 3, 1, 12)
LATER = datetime(2026, 3, 1, 12, 30)

EDGES = ["n", "most_units", "spent", "weight", "ok", "last_day", "body", "last_at", "prices"]

TYPES = [
    pa.int64(),
    pa.decimal128(38, 0),
    pa.decimal128(38, 2),
    pa.float64(),
    pa.bool_(),
    pa.date32(),
    pa.string(),
    pa.timestamp("us"),
    pa.list_(pa.decimal128(12, 2)),
]

# By who and instant: read off events/notes.ndjson by eye.
KNOWN: dict[tuple[str, datetime], list[Any]] = {
    ("zoë", LATER): [
        2,
        Decimal("12345678901234567890123456789012345678"),
        Decimal("10.30"),
        0.1,
        True,
        date(2026, 2, 28),
        "naïve ☕",
        datetime(2026, 3, 1, 12, 0, 0, 2),
        [Decimal("0.20"), Decimal("10.10")],
    ],
    # The second note is dated at the instant itself.
    ("zoë", datetime(2026, 3, 1, 12, 0, 0, 2)): [
        1,
        Decimal("9007199254740993"),
        Decimal("10.10"),
        0.1,
        True,
        date(2026, 2, 28),
        "naïve ☕",
        datetime(2026, 3, 1, 12, 0, 0, 1),
        [Decimal("10.10")],
    ],
    ("blank", LATER): [1, None, None, None, None, None, None, NOON, []],
    ("nobody", LATER): [0, None, None, None, None, None, None, None, []],
    ("much", LATER): [
        2,
        Decimal(9 * 10**37),
        Decimal("2.00"),
        1e300,
        True,
        date(2026, 3, 1),
        "x",
        datetime(2026, 3, 1, 12, 0, 1),
        [Decimal("1.00"), Decimal("1.00")],
    ],
}


def edges(row: dict[str, Any]) -> list[Any]:
    return [row[f"edges__{name}"] for name in EDGES]
