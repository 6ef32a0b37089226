"""The assets of dbt's models."""

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Optional

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DbtProject


class Translator(DagsterDbtTranslator):
    """A feature's view is the asset; its owner is the header's; a day without a build is stale in the morning."""

    def __init__(self, features: Sequence[Mapping[str, Any]]):
        super().__init__()
        self.owners = {feature["name"]: feature["owner"] for feature in features}
        self.key_of: dict[str, dg.AssetKey] = {}

    def get_asset_spec(self, manifest: Mapping[str, Any], unique_id: str, project: Optional[DbtProject]) -> dg.AssetSpec:
        spec = super().get_asset_spec(manifest, unique_id, project)
        name = self.get_resource_props(manifest, unique_id)["name"]
        if name not in self.owners:
            return spec
        self.key_of[name] = spec.key
        owner = self.owners[name]
        return spec.replace_attributes(
            owners=[] if owner is None else [owner if "@" in owner else f"team:{re.sub(r'[^A-Za-z0-9_.-]+', '-', owner)}"],
            freshness_policy=dg.FreshnessPolicy.cron(deadline_cron="0 6 * * *", lower_bound_delta=timedelta(hours=24)),
        )
