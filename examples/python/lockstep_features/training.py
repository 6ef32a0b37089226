"""Training sets: labels with features as of the instant of each."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal, TypeVar

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from lockstep_features.command import default_command, run
from lockstep_features.errors import InputError, LockstepError
from lockstep_features.frames import arrow_table, with_columns
from lockstep_features.instants import instant_column
from lockstep_features.sql_types import arrow_type

Labels = TypeVar("Labels", bound="pd.DataFrame | Any")

_row = "lockstep.row"


def training_set(
    labels: Labels,
    features: Sequence[str],
    *,
    project: str | os.PathLike[str] | None = None,
    events: str | os.PathLike[str] | None = None,
    target: str | None = None,
    knowledge: Literal["event", "arrived"] = "event",
    command: Sequence[str] | None = None,
    progress: bool | None = None,
) -> Labels:
    """The labels, a DataFrame or a pyarrow.Table, with a column `<feature>__<output>` for each output of the features.

    Labels have `as_of` (without a zone it is UTC) and the entities of all features. Rows, their order and index, and all
    columns stay as they are. Feature columns have Arrow types, in a DataFrame as `pandas.ArrowDtype`; `.attrs["lockstep"]`
    (of a Table the metadata of the schema) has the version of each feature.

    Raw rows come from `events`, a folder of files, or from `target`, one of lockstep.yml. `knowledge="arrived"` leaves out
    what had not arrived by the instant. `project` is the folder of lockstep.yml; None: the nearest. `progress` is shown in
    terminals and notebooks unless this says otherwise. Raises CommandError and InputError.
    """
    if isinstance(features, str):
        raise InputError("features is a text", "a list of names")
    given = arrow_table(labels, "labels")
    with TemporaryDirectory(prefix="lockstep-") as folder:
        file, out = Path(folder, "labels.parquet"), Path(folder, "training-set.parquet")
        pq.write_table(_handed_over(given), file)
        arguments = ["training-set", "--labels", str(file), "--features", ",".join(features), "--out", str(out)]
        arguments += ["--knowledge", knowledge, "--format", "json"]
        if project is not None:
            arguments += ["--project", str(Path(project).resolve())]
        if events is not None:
            arguments += ["--events", str(Path(events).resolve())]
        if target is not None:
            arguments += ["--target", target]
        # There the command of a project's own node_modules is found.
        where = Path(project) if project is not None and Path(project).is_dir() else None
        said = json.loads(run(command or default_command(), arguments, where, progress, {str(file): "labels"}))
        columns = _columns(pq.read_table(out), said, given.num_rows)
    about = {feature["name"]: {"version": feature["version"], "knowledge": knowledge} for feature in said["features"]}
    made: Labels = with_columns(labels, columns, about)
    return made


def _handed_over(labels: Any) -> Any:
    """With instants as the command wants them, and the number of each row."""
    for i, name in enumerate(labels.column_names):
        column = labels.column(i)
        if name.lower() == "as_of":
            labels = labels.set_column(i, name, instant_column(column))
        elif pa.types.is_null(column.type):
            # Texts of pandas 2 are objects, and where there are none they have no type.
            labels = labels.set_column(i, name, column.cast(pa.string()))
    return labels.append_column(_row, _numbers(labels.num_rows)).replace_schema_metadata(None)


def _numbers(rows: int) -> Any:
    return pa.chunked_array([pa.array(pd.RangeIndex(rows).to_numpy())])


def _columns(made: Any, said: Mapping[str, Any], rows: int) -> list[tuple[str, Any]]:
    if not made.column(_row).equals(_numbers(rows)):
        raise LockstepError("the training set has not the rows of the labels in their order", "this is a bug in Lockstep")
    columns = [column for feature in said["features"] for column in feature["columns"]]
    return [(column["name"], made.column(column["name"]).cast(arrow_type(column["type"]))) for column in columns]
