"""Values of the marketplace and of flights, beside those that others worked out: the reference evaluator, and SQL written by hand."""

from __future__ import annotations

import json
import math
import unittest
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
from given import where

from lockstep_features import Client, training_set


def printed(value: Any) -> Any:
    """As `lockstep query` prints it."""
    if isinstance(value, (bool, float)) or value is None:
        return value
    if isinstance(value, datetime):
        return value.isoformat(timespec="microseconds")
    if isinstance(value, Decimal):
        return format(value, "f")
    return [printed(element) for element in value] if isinstance(value, list) else str(value)


class Values(unittest.TestCase):
    def same(self, got: list[dict[str, Any]], wanted: list[dict[str, Any]]) -> None:
        self.assertEqual(len(got), len(wanted))
        for i, (one, other) in enumerate(zip(got, wanted, strict=True)):
            for name, value in other.items():
                found = printed(one[name])
                # Sums of floats in another order.
                close = isinstance(value, float) and isinstance(found, float) and math.isclose(found, value, rel_tol=1e-12)
                self.assertTrue(close or found == value, f"{i} {name}: {found!r}, and {value!r} is known")

    def test_training_sets_are_what_the_reference_says(self) -> None:
        for feature, rows in self.known("training"):
            table = pa.Table.from_pylist(rows["asked"])
            at = table.schema.get_field_index("as_of")
            instants = pa.array([datetime.fromisoformat(row["as_of"]) for row in rows["asked"]], pa.timestamp("us"))
            made = training_set(
                table.set_column(at, "as_of", instants), [feature], project=where["market"], events=where["market_events"]
            )
            self.same(made.to_pylist(), rows["wanted"])

    def test_online_features_are_what_the_reference_says(self) -> None:
        for feature, rows in self.known("online"):
            client = Client(where["market_url"])
            self.same(client.get_features(rows["asked"], [feature], as_of=rows["as_of"]), rows["wanted"])

    def test_training_sets_of_flights_are_what_sql_by_hand_says(self) -> None:
        known = json.loads(Path(where["flights_known"]).read_text())
        labels = pa.table({
            "origin": [row["origin"] for row in known],
            "as_of": [datetime.fromisoformat(row["as_of"]) for row in known],
        })
        features = ["origin_departures", "origin_last_flight"]
        made = training_set(labels, features, project=where["flights"], events=where["flights_events"])
        self.same(made.to_pylist(), [{name: value for name, value in row.items() if "__" in name} for row in known])

    def known(self, kind: str) -> list[tuple[str, Any]]:
        found = list(json.loads(Path(where["market_known"]).read_text())[kind].items())
        self.assertGreaterEqual(len(found), 5)
        return found


if __name__ == "__main__":
    unittest.main()
