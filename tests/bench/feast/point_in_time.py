"""Feast's get_historical_features over files of a folder: labels.parquet and features.parquet to feast.parquet. Prints the seconds."""

import os
import sys
import time
from datetime import timedelta

import pandas as pd
from feast import Entity, FeatureStore, FeatureView, Field, FileSource, RepoConfig
from feast.types import Int64
from feast.value_type import ValueType

folder, offline_store = sys.argv[1:]
os.chdir(folder)
store = FeatureStore(
    config=RepoConfig(
        project="bench",
        provider="local",
        registry=os.path.join(folder, "registry.db"),
        online_store=None,
        offline_store={"type": offline_store},
        entity_key_serialization_version=3,
    )
)
origin = Entity(name="origin", join_keys=["origin"], value_type=ValueType.STRING)
totals = FeatureView(
    name="totals",
    entities=[origin],
    ttl=timedelta(days=0),
    schema=[Field(name=name, dtype=Int64) for name in ("n", "total", "worst")],
    source=FileSource(path=os.path.join(folder, "features.parquet"), timestamp_field="event_timestamp"),
)
store.apply([origin, totals])
labels = pd.read_parquet("labels.parquet").rename(columns={"as_of": "event_timestamp"})
labels["event_timestamp"] = labels["event_timestamp"].dt.tz_localize("UTC")
started = time.perf_counter()
found = store.get_historical_features(entity_df=labels, features=["totals:n", "totals:total", "totals:worst"]).to_df()
print(time.perf_counter() - started)
found["event_timestamp"] = found["event_timestamp"].dt.tz_localize(None)
found.to_parquet("feast.parquet")
