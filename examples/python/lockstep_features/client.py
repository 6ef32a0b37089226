"""Features of entities, from a running server."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, TypeAlias

import pandas as pd

from lockstep_features.answer import (
    About,
    Answer,
    Outputs,
    about_of,
    columns_of,
    errors_of,
    plain,
    require_fresh,
    require_values,
)
from lockstep_features.entities import batches, entity_texts
from lockstep_features.errors import InputError, LockstepError, NotFound
from lockstep_features.frames import Rows, row_dicts, with_columns
from lockstep_features.http import Connection
from lockstep_features.instants import instant_text

# A name, for its newest version, or {"feature": name, "tag": tag}, or {"feature": name, "version": version}.
Feature: TypeAlias = "str | Mapping[str, str]"
AsOf: TypeAlias = "datetime | pd.Timestamp | str | None"


class Client:
    """A server: its URL, and an API key with the role `read` where it has keys (else LOCKSTEP_API_KEY)."""

    def __init__(self, url: str, api_key: str | None = None, *, timeout: float = 30.0) -> None:
        self._connection = Connection(url, api_key or os.environ.get("LOCKSTEP_API_KEY") or None, timeout)
        self._outputs: dict[tuple[str, str], Sequence[tuple[str, str]]] = {}

    def __repr__(self) -> str:
        return f"Client({self._connection.url!r})"

    def get_features(
        self,
        entities: Rows,
        features: Sequence[Feature],
        *,
        as_of: AsOf = None,
        errors: Literal["raise", "return"] = "raise",
        stale: Literal["raise", "return"] = "raise",
    ) -> Rows:
        """`ask(...).rows`."""
        return self.ask(entities, features, as_of=as_of, errors=errors, stale=stale).rows

    def ask(
        self,
        entities: Rows,
        features: Sequence[Feature],
        *,
        as_of: AsOf = None,
        errors: Literal["raise", "return"] = "raise",
        stale: Literal["raise", "return"] = "raise",
    ) -> Answer[Rows]:
        """The entities with a column `<feature>__<output>` for each output, of the kind and in the order given.

        `entities` is a DataFrame, a pyarrow.Table or a list of dicts, with the entity columns of the features and no others.
        `as_of` is one instant for all, UTC where it has no zone; None: now. What is too much for one request is asked in
        several, of one version and one instant. `.attrs["lockstep"]` of a DataFrame, and the metadata of a Table's schema,
        have what `Answer.about` has.

        An entity that errs raises EntityErrors; `errors="return"` gives the others, and a column `<feature>__error`.
        A stale source raises StaleError; `stale="return"` gives what could be read. Else ServerError, by its code.
        """
        if isinstance(features, str) or len(features) == 0:
            raise InputError("features is a list with something in it")
        names = [feature if isinstance(feature, str) else feature.get("feature", "") for feature in features]
        if len(set(names)) < len(names):
            raise InputError("a feature is named twice", "two versions of one are asked one after the other")
        instant = None if as_of is None else instant_text(as_of)
        texts = entity_texts(row_dicts(entities, "entities"))
        answers = self._asked(list(batches(texts, len(features))), features, instant)
        about = about_of(answers) if answers else {name: self._newest(feature) for name, feature in zip(names, features)}
        results = [result for answer in answers for result in answer["results"]]
        if len(results) != len(texts):
            raise LockstepError(f"the server gave {len(results)} rows for {len(texts)} entities")
        if stale == "raise":
            require_fresh(about)
        erred = errors_of(results)
        if errors == "raise":
            require_values(erred)
        columns = columns_of(results, about, self._outputs_of(about), with_errors=errors == "return")
        return Answer(with_columns(entities, columns, plain(about)), about, erred)

    def _asked(self, parts: Sequence[Sequence[str]], features: Sequence[Feature], as_of: str | None) -> list[Any]:
        if len(parts) > 1:
            # One entity is asked before all others: it says of which version and, without an instant, when all are asked.
            said = self._query(parts[0][:1], features, as_of)["features"]
            features = [{"feature": name, "version": of["version"]} for name, of in said.items()]
            as_of = max(of["as_of"] for of in said.values())
        return [self._query(part, features, as_of) for part in parts]

    def _query(self, texts: Sequence[str], features: Sequence[Feature], as_of: str | None) -> Any:
        named = json.dumps([feature if isinstance(feature, str) else dict(feature) for feature in features])
        instant = "" if as_of is None else f', "as_of": {json.dumps(as_of)}'
        body = f'{{"features": {named}, "entities": [{",".join(texts)}]{instant}}}'
        return self._connection.send("POST", "/features/query", body)

    def _outputs_of(self, about: Mapping[str, About]) -> Outputs:
        """A version never changes, so what it has is asked once."""
        if any((name, said.version) not in self._outputs for name, said in about.items()):
            for feature in self._deployed():
                for version in feature["versions"]:
                    outputs = [(output["name"], output["type"]) for output in version["outputs"]]
                    self._outputs[feature["feature"], version["version"]] = outputs
        return self._outputs

    def _deployed(self) -> list[Any]:
        deployed: list[Any] = self._connection.send("GET", "/features")["features"]
        return deployed

    def _newest(self, feature: Feature) -> About:
        """Without entities nothing is asked, and the answer still has its columns."""
        given = {"feature": feature} if isinstance(feature, str) else feature
        for found in self._deployed():
            if found["feature"] == given.get("feature"):
                version = given.get("version") or found["tags"].get(given.get("tag", "latest"))
                if version in [v["version"] for v in found["versions"]]:
                    return About(version, None, None, None)
        raise NotFound("NOTFOUND", f"the server has not {json.dumps(given)}", None, 404)


def get_features(
    entities: Rows,
    features: Sequence[Feature],
    *,
    url: str,
    as_of: AsOf = None,
    api_key: str | None = None,
    timeout: float = 30.0,
    errors: Literal["raise", "return"] = "raise",
    stale: Literal["raise", "return"] = "raise",
) -> Rows:
    """`Client(url, api_key).get_features(...)`."""
    return Client(url, api_key, timeout=timeout).get_features(entities, features, as_of=as_of, errors=errors, stale=stale)
