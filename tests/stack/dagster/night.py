"""A night of the example's code location: night.py definitions | run DAY [all|checks] FEATURE…; prints what Dagster has of it."""

import json
import logging
import sys
from pathlib import Path

import dagster as dg
import marketplace
from marketplace.definitions import defs

what, *rest = sys.argv[1:]
loaded = defs()
job = loaded.resolve_job_def("lockstep_night")

if what == "definitions":
    specs = {"/".join(spec.key.path): spec for spec in loaded.resolve_all_asset_specs()}
    checks = [spec for of in loaded.asset_checks for spec in of.check_specs]
    schedule = loaded.resolve_schedule_def("lockstep_night_schedule")
    print(
        json.dumps(
            {
                "owners": {name: list(spec.owners) for name, spec in specs.items()},
                "fresh": sorted(name for name, spec in specs.items() if spec.freshness_policy is not None),
                "deps": {name: sorted("/".join(dep.asset_key.path) for dep in spec.deps) for name, spec in specs.items()},
                "checks": {"/".join(c.asset_key.path): [c.name, c.blocking, c.metadata["owner"]] for c in checks},
                "cron": schedule.cron_schedule,
                "place": str(Path(marketplace.__file__).parent),
                "partitions": job.partitions_def.get_partition_keys()[:2],
            }
        )
    )
else:
    day, selection, *features = rest
    keys = [dg.AssetCheckKey(dg.AssetKey(feature), "parity") for feature in features]
    instance = dg.DagsterInstance.ephemeral()
    if selection == "checks":

        result = job.get_subset(asset_selection=set(), asset_check_selection=set(keys)).execute_in_process(
            partition_key=day, instance=instance, raise_on_error=False
        )
    else:
        result = job.execute_in_process(partition_key=day, instance=instance, raise_on_error=False)
    checks, failures, models = {}, [], {}
    for event in result.all_events:
        data = event.event_specific_data
        if event.event_type_value == "ASSET_CHECK_EVALUATION" and data.check_name == "parity":
            checks["/".join(data.asset_key.path)] = {
                "passed": data.passed,
                "severity": data.severity.value,
                "partition": data.partition,
                "metadata": {name: [type(value).__name__, str(value.value)] for name, value in data.metadata.items()},
                "incidents": [dict(record.data) for record in data.metadata["causes"].value.records] if "causes" in data.metadata else [],
            }
        elif event.event_type_value == "ASSET_MATERIALIZATION":
            built = data.materialization
            schema = built.metadata.get("dagster/column_schema")
            models[built.asset_key.path[-1]] = {
                "rows": built.metadata["dagster/row_count"].value if "dagster/row_count" in built.metadata else None,
                "columns": [] if schema is None else [column.name for column in schema.value.columns],
            }
        elif event.event_type_value == "STEP_FAILURE":
            failures.append(data.error.to_string())
    said = [entry for entry in instance.all_logs(result.run_id) if not entry.is_dagster_event]
    logs = [entry.user_message for entry in said]
    errors = [entry.user_message for entry in said if entry.level >= logging.ERROR]
    stored = [entry.dagster_event for entry in instance.all_logs(result.run_id) if entry.is_dagster_event]
    engine = [f"{e.message}\n{getattr(e.event_specific_data, 'error', None)}" for e in stored if e.event_type_value == "ENGINE_EVENT"]
    found = {"success": result.success, "checks": checks, "failures": failures, "models": models}
    print(json.dumps({**found, "logs": logs, "errors": errors, "engine": engine}))
