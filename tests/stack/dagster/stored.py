"""What the instance at DAGSTER_HOME holds of assets' events, oldest first, as JSON."""

import json

import dagster as dg

with dg.DagsterInstance.get() as instance:
    events = []
    for kind in (
        dg.DagsterEventType.ASSET_MATERIALIZATION,
        dg.DagsterEventType.ASSET_OBSERVATION,
        dg.DagsterEventType.ASSET_CHECK_EVALUATION,
    ):
        for record in instance.get_event_records(dg.EventRecordsFilter(kind), ascending=True):
            if record.event_log_entry.run_id:
                continue
            data = record.event_log_entry.dagster_event.event_specific_data
            if kind == dg.DagsterEventType.ASSET_CHECK_EVALUATION:
                of, extra = data, [data.check_name, data.passed, data.severity.value]
            else:
                of = getattr(data, "materialization", None) or data.asset_observation
                version = of.tags.get("dagster/data_version") if of.tags.get("dagster/data_version_is_user_provided") == "true" else None
                extra = [of.description, version]
            metadata = {name: [type(value).__name__, repr(value.value)] for name, value in of.metadata.items()}
            events.append([kind.value, list(of.asset_key.path), of.partition, extra, metadata])
print(json.dumps(events))
