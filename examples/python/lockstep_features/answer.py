"""What a server says about entities, as columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Generic

import pyarrow as pa

from lockstep_features.errors import EntityError, EntityErrors, LockstepError, StaleError
from lockstep_features.frames import Rows
from lockstep_features.sql_types import arrow_type, from_json


@dataclass(frozen=True)
class About:
    """Of one feature. Times are UTC, as texts.

    `watermark`: up to when all that it reads had come; None where that is not known. `stale`: which source could not be
    read, why and since when, or None.
    """

    version: str
    as_of: str | None
    watermark: str | None
    stale: Mapping[str, Any] | None


@dataclass(frozen=True)
class Answer(Generic[Rows]):
    """`rows`: the entities with the columns of their features. `about` and `errors` by feature and by entity."""

    rows: Rows
    about: Mapping[str, About]
    errors: Sequence[EntityError]


# By name and version the outputs and their types.
Outputs = Mapping[tuple[str, str], Sequence[tuple[str, str]]]


def about_of(answers: Sequence[Mapping[str, Any]]) -> dict[str, About]:
    """One for all batches, which were asked for one version and one instant: what is known of all of them."""
    merged: dict[str, About] = {}
    for answer in answers:
        for name, said in answer["features"].items():
            now, before = About(**{key: said[key] for key in ("version", "as_of", "watermark", "stale")}), merged.get(name)
            merged[name] = now if before is None else _both(before, now)
    return merged


def _both(a: About, b: About) -> About:
    if (a.version, a.as_of) != (b.version, b.as_of):
        raise LockstepError("two parts of one answer have not the same version and instant", "this is a bug in Lockstep")
    known = [a.watermark, b.watermark]
    watermark = None if None in known else min(w for w in known if w is not None)
    return About(a.version, a.as_of, watermark, a.stale or b.stale)


def plain(about: Mapping[str, About]) -> dict[str, Any]:
    return {name: asdict(said) for name, said in about.items()}


def require_fresh(about: Mapping[str, About]) -> None:
    stale = {name: said.stale for name, said in about.items() if said.stale is not None}
    if stale:
        texts = [f"{name}: {why['source']} since {why['since']}: {why['because']}" for name, why in stale.items()]
        raise StaleError("; ".join(texts), 'stale="return" gives what could be read', list(stale))


def errors_of(results: Sequence[Mapping[str, Any]]) -> list[EntityError]:
    return [
        EntityError(row, name, values["error"]["type"], values["error"]["message"])
        for row, result in enumerate(results)
        for name, values in result["values"].items()
        if _erred(values)
    ]


def require_values(errors: Sequence[EntityError]) -> None:
    if errors:
        raise EntityErrors(errors)


def columns_of(
    results: Sequence[Mapping[str, Any]], about: Mapping[str, About], outputs: Outputs, with_errors: bool
) -> list[tuple[str, Any]]:
    """A column for each output, `<feature>__<output>`, and with errors one more of each feature."""
    columns: list[tuple[str, Any]] = []
    for name, said in about.items():
        given = [result["values"][name] for result in results]
        for output, type_name in outputs[name, said.version]:
            type = arrow_type(type_name)
            values = [None if _erred(values) else from_json(values[output], type) for values in given]
            columns.append((f"{name}__{output}", pa.chunked_array([pa.array(values, type)])))
        if with_errors:
            texts = [f"{v['error']['type']}: {v['error']['message']}" if _erred(v) else None for v in given]
            columns.append((f"{name}__error", pa.chunked_array([pa.array(texts, pa.string())])))
    return columns


def _erred(values: Mapping[str, Any]) -> bool:
    """An output may be called `error` itself; its value is no object."""
    return isinstance(values.get("error"), dict)
