"""training_set: labels of all kinds, and what comes back of them."""

from __future__ import annotations

import contextlib
import io
import json
import math
import os
import subprocess
import sys
import tempfile
import unittest
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from given import EDGES, KNOWN, LATER, NOON, TYPES, edges, where

from lockstep_features import CommandError, InputError, training_set

NOTES: dict[str, Any] = {"project": where["project"], "events": where["events"]}


def asked(labels: Any, features: list[str] = ["edges"], **more: Any) -> Any:
    return training_set(labels, features, **{**NOTES, **more})


def labels(who: list[Any], as_of: Any) -> pd.DataFrame:
    return pd.DataFrame({"who": pd.Series(who, dtype="str"), "as_of": as_of})


class Values(unittest.TestCase):
    def test_each_type_comes_back_exact(self) -> None:
        keys = list(KNOWN)
        made = asked(pa.table({"who": [who for who, _ in keys], "as_of": [at for _, at in keys]}))
        self.assertEqual(made.column_names, ["who", "as_of", *(f"edges__{name}" for name in EDGES)])
        self.assertEqual([made.schema.field(f"edges__{name}").type for name in EDGES], TYPES)
        for key, row in zip(keys, made.to_pylist(), strict=True):
            self.assertEqual((row["who"], row["as_of"]), key)
            self.assertEqual(edges(row), KNOWN[key], key)

    def test_a_frame_has_arrow_types(self) -> None:
        made = asked(labels(["zoë", "nobody"], [LATER, LATER]))
        self.assertEqual([made[f"edges__{name}"].dtype for name in EDGES], [pd.ArrowDtype(type) for type in TYPES])
        self.assertEqual(edges(made.iloc[0].to_dict())[:3], KNOWN["zoë", LATER][:3])
        self.assertIs(made["edges__spent"].iloc[1], pd.NA)

    def test_nan_is_no_null(self) -> None:
        made = asked(pa.table({"who": ["none", "blank"], "as_of": [LATER, LATER]}))
        nan, null = made.column("edges__weight").to_pylist()
        self.assertTrue(math.isnan(nan))
        self.assertIsNone(null)
        frame = asked(labels(["none", "blank"], [LATER, LATER]))
        self.assertEqual(pa.array(frame["edges__weight"]).is_null().to_pylist(), [False, True])

    def test_numbers_that_no_double_holds_are_keys(self) -> None:
        for type in (pd.ArrowDtype(pa.int64()), "Int64", "int64"):
            given = pd.DataFrame({"units": pd.Series([2**53, 2**53 + 1, 2**53 + 2], dtype=type), "as_of": LATER})
            self.assertEqual(asked(given, ["by_units"])["by_units__n"].tolist(), [1, 1, 0])

    def test_an_instant_has_its_zone(self) -> None:
        made = asked(pa.table({"who": ["zoë", "blank"], "as_of": [LATER, LATER]}), ["heard"])
        self.assertEqual(made.schema.field("heard__heard_at").type, pa.timestamp("us", tz="UTC"))
        instant = datetime(2026, 3, 1, 12, 0, 0, 3, tzinfo=timezone.utc)
        self.assertEqual(made.column("heard__heard_at").to_pylist(), [instant, None])

    def test_arrived_leaves_out_what_came_later(self) -> None:
        made = asked(pa.table({"who": ["zoë"], "as_of": [LATER]}), knowledge="arrived")
        self.assertEqual(made.column("edges__n").to_pylist(), [1])

    def test_several_features_stand_in_their_order(self) -> None:
        made = asked(pa.table({"who": ["zoë"], "units": [2**53 + 1], "as_of": [LATER]}), ["by_units", "edges"])
        self.assertEqual(made.column_names[3:5], ["by_units__n", "edges__n"])


class Labels(unittest.TestCase):
    def test_rows_index_and_columns_stay(self) -> None:
        given = labels(["nobody", "zoë", "zoë", "blank"], [LATER, LATER, LATER, LATER])
        given["note"] = pd.Categorical(["x", None, "y", "x"])
        given["half"] = [0.5, float("nan"), 1.5, 2.5]
        given.index = pd.Index([7, 3, 3, -1], name="nr")
        given.attrs["mine"] = 1
        before = given.copy()
        made = asked(given)
        pd.testing.assert_frame_equal(made[given.columns], before)
        pd.testing.assert_frame_equal(given, before)
        self.assertEqual(made["edges__n"].tolist(), [0, 2, 2, 1])
        self.assertEqual(made.attrs["mine"], 1)
        self.assertRegex(made.attrs["lockstep"]["edges"]["version"], "^[0-9a-f]{16}$")

    def test_a_table_keeps_its_metadata(self) -> None:
        given = pa.table({"who": ["zoë"], "as_of": [LATER]}).replace_schema_metadata({"mine": "1"})
        metadata = asked(given).schema.metadata
        self.assertEqual(metadata[b"mine"], b"1")
        self.assertEqual(list(json.loads(metadata[b"lockstep"])), ["edges"])

    def test_instants_without_a_zone_are_utc(self) -> None:
        # A quarter past twelve of UTC is a quarter past seven of New York, and no other hour has the notes.
        naive = pd.to_datetime(["2026-03-01 12:00:00.000002", "2026-03-01 12:15:00.000000"])
        for zone in (None, "UTC", "America/New_York", "Asia/Kathmandu"):
            for unit in ("us", "ns"):
                at = naive if zone is None else naive.tz_localize("UTC").tz_convert(zone)
                made = asked(labels(["zoë", "zoë"], at.as_unit(unit)))
                self.assertEqual(made["edges__n"].tolist(), [1, 2], (zone, unit))
                self.assertEqual(made["as_of"].dtype, at.as_unit(unit).dtype)

    def test_python_datetimes_and_seconds(self) -> None:
        given = labels(["zoë"], pd.Series([LATER], dtype=object))
        self.assertEqual(asked(given)["edges__n"].tolist(), [2])
        self.assertEqual(asked(labels(["zoë"], pd.Series([LATER], dtype="datetime64[s]")))["edges__n"].tolist(), [2])

    def test_nanoseconds_are_not_cut(self) -> None:
        with self.assertRaises(InputError) as raised:
            asked(labels(["zoë"], pd.to_datetime(["2026-03-01 12:00:00.000002001"])))
        self.assertIn("finer than a microsecond", raised.exception.message)

    def test_none_at_all(self) -> None:
        made = asked(labels(["zoë"], [LATER]).iloc[:0])
        self.assertEqual((len(made), [made[f"edges__{n}"].dtype for n in EDGES]), (0, [pd.ArrowDtype(t) for t in TYPES]))

    def test_no_texts_have_no_type(self) -> None:
        given = pd.DataFrame({"who": pd.Series([], dtype=object), "as_of": pd.Series([], dtype="datetime64[us]")})
        self.assertEqual(asked(given)["edges__n"].dtype, pd.ArrowDtype(pa.int64()))

    def test_without_an_entity_or_an_instant(self) -> None:
        said = io.StringIO()
        with contextlib.redirect_stderr(said):
            made = asked(labels(["zoë", None, "zoë"], [LATER, LATER, pd.NaT]))
        self.assertEqual(made["edges__n"].tolist(), [2, 0, 0])
        self.assertEqual(made["edges__spent"].isna().tolist(), [False, True, True])
        self.assertRegex(said.getvalue(), r"^warning: labels: 2 of 3 labels have no as_of or not all entities")


class Errors(unittest.TestCase):
    def refused(self, exit_code: int, given: Any, features: list[str] = ["edges"], **more: Any) -> CommandError:
        with self.assertRaises(CommandError) as raised:
            asked(given, features, **more)
        self.assertEqual(raised.exception.exit_code, exit_code)
        return raised.exception

    def test_a_label_called_like_a_feature(self) -> None:
        error = self.refused(2, labels(["zoë"], [LATER]).assign(Edges__N=1))
        self.assertEqual(
            error.message, "the labels have a column Edges__N, and edges has an output that would be called edges__n"
        )
        self.assertEqual(error.hint, "give one of them another name")

    def test_floats_are_no_whole_numbers(self) -> None:
        error = self.refused(2, pd.DataFrame({"units": [1.0, None], "as_of": LATER}), ["by_units"])
        self.assertEqual(error.message, "labels: units: the labels have DOUBLE where NUMBER(38,0) is declared")
        self.assertIn('units.astype("Int64")', error.hint or "")
        made = asked(pd.DataFrame({"units": pd.Series([1, None], dtype="Int64"), "as_of": LATER}), ["by_units"])
        self.assertEqual(len(made), 2)

    def test_a_frame_without_rows_or_types(self) -> None:
        given = pd.DataFrame({"who": pd.Series([], dtype="float64"), "as_of": pd.Series([], dtype="float64")})
        hint = self.refused(2, given).hint or ""
        self.assertIn("columns without a value are float64", hint)
        self.assertRegex(hint, r'(who\.astype\("string"\)|as_of\.astype\("datetime64\[us\]"\))')
        typed = given.astype({"who": "string", "as_of": "datetime64[us]"})
        self.assertEqual(len(asked(typed)), 0)

    def test_no_such_feature(self) -> None:
        error = self.refused(2, labels(["zoë"], [LATER]), ["edge"])
        self.assertEqual((error.message, error.hint), ("there is no feature edge", "did you mean `edges`?"))

    def test_a_column_that_is_missing(self) -> None:
        error = self.refused(2, pd.DataFrame({"as_of": [LATER]}))
        self.assertIn("labels: who: the labels do not have this column", error.message)

    def test_a_feature_that_does_not_compile(self) -> None:
        error = self.refused(1, labels(["zoë"], [LATER]), ["broken"], project=where["broken"])
        self.assertEqual((error.codes, error.message), (("unknown-column",), "the feature broken does not compile"))
        self.assertIn("transforms/features/broken.sql:7:17: error[unknown-column]", str(error))

    def test_a_sum_beyond_its_type(self) -> None:
        error = self.refused(2, labels(["much"], [LATER]), ["total"])
        self.assertIn("duckdb failed", error.message)

    def test_no_such_command_and_no_such_project(self) -> None:
        self.assertEqual(self.refused(127, labels(["zoë"], [LATER]), command=["/nothing/lockstep"]).exit_code, 127)
        error = self.refused(2, labels(["zoë"], [LATER]), project=Path(where["project"], "nothing"))
        self.assertIn("has no lockstep.yml", error.message)

    def test_what_cannot_be_handed_over(self) -> None:
        for given, said in (
            (labels(["zoë"], [LATER]).assign(mixed=pd.Series([object()])), "the column mixed cannot be handed over"),
            (pd.DataFrame([["zoë", LATER]], columns=["who", 1]), "the column 1 has a name that is no text"),
            (pd.DataFrame([["zoë", LATER, 1]], columns=["who", "as_of", "who"]), "two columns are called who"),
            ([{"who": "zoë"}], "a DataFrame or a pyarrow.Table is wanted"),
        ):
            with self.assertRaises(InputError) as raised:
                asked(given)
            self.assertIn(said, raised.exception.message)

    def test_nothing_is_left_behind(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            program = "import sys; sys.path[:0] = sys.argv[1:2]; import test_training as t; t.asked(t.labels(['zoë'], [t.LATER]))"
            here = str(Path(__file__).parent)
            subprocess.run([sys.executable, "-c", program, here], env={**os.environ, "TMPDIR": folder}, check=True)
            self.assertEqual(os.listdir(folder), [])


class Progress(unittest.TestCase):
    def test_is_shown_where_it_is_asked_for(self) -> None:
        # Longer than a second: below that no bar is drawn.
        at = pa.array(np.arange(np.datetime64(NOON, "us"), np.datetime64(NOON + timedelta(seconds=2), "us")))
        slow = pa.table({"who": pa.array(["nobody"]).take(pa.array(np.zeros(len(at), np.int8))), "as_of": at})
        said = io.StringIO()
        with contextlib.redirect_stderr(said):
            asked(slow, ["edges", "total"], progress=True)
        self.assertRegex(said.getvalue(), r"\rtraining set █*░*\s\d+%")
        said = io.StringIO()
        with contextlib.redirect_stderr(said):
            asked(slow.slice(0, 3))
        self.assertEqual(said.getvalue(), "")


if __name__ == "__main__":
    unittest.main()
