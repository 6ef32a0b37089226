"""Runs Node under Dagster's Pipes, and prints what Dagster stored: pipes_run.py SCENARIO NODE CHILD."""

import io
import json
import subprocess
import sys
import tempfile
from contextlib import contextmanager, redirect_stdout

import dagster as dg
from dagster._core.pipes.utils import extract_message_or_forward_to_stdout

scenario, *node = sys.argv[1:]
command = [*node, scenario]
said = {"logs": [], "custom": [], "runs": [], "forwarded": ""}


class StdoutReader(dg.PipesMessageReader):
    """As the readers of pods' and clusters' logs work: lines that are no messages go on to stdout."""

    def __init__(self, key):
        self.key = key
        self.handler = None

    @contextmanager
    def read_messages(self, handler):
        self.handler = handler
        yield {self.key: "stdout"}

    def no_messages_debug_text(self):
        return ""


def through_client(context, **options):
    extras = {"big": 2**63, "text": "é€😀", "float": 1.0, "nothing": None, "nested": {"nan": float("nan")}}
    forwarded = io.StringIO()
    # What log_external_stream says is written there.
    with redirect_stdout(forwarded):
        completed = dg.PipesSubprocessClient(**options).run(context=context, command=command, extras=extras)
    said["forwarded"] = forwarded.getvalue()
    said["custom"] += [repr(message) for message in completed.get_custom_messages()]
    return completed.get_results()


def through_stdout(context, key):
    reader = StdoutReader(key)
    with dg.open_pipes_session(context, dg.PipesTempFileContextInjector(), reader) as session:
        arguments = [part for pair in session.get_bootstrap_cli_arguments().items() for part in pair]
        done = subprocess.run([*command, *arguments], stdout=subprocess.PIPE, check=True)
        forwarded = io.StringIO()
        with redirect_stdout(forwarded):
            for line in done.stdout.decode().splitlines():
                extract_message_or_forward_to_stdout(reader.handler, line)
        said["forwarded"] = forwarded.getvalue()
    said["custom"] += [repr(message) for message in session.get_custom_messages()]
    return session.get_results()


transports = {
    "file": lambda context: through_client(context),
    "env": lambda context: through_client(
        context,
        context_injector=dg.PipesEnvContextInjector(),
        message_reader=dg.PipesTempFileMessageReader(include_stdio_in_messages=True),
        forward_stdio=False,
    ),
    "stdio": lambda context: through_stdout(context, "stdio"),
    "buffered": lambda context: through_stdout(context, "buffered_stdio"),
}

odd = dg.AssetKey(["raw", "a/b\\c"])
checks = [dg.AssetCheckSpec("parity", asset="plain"), dg.AssetCheckSpec("fresh", asset="plain")]


def two_assets(transport):
    # The name of an output may have no slash, and the key's would.
    outs = {"odd": dg.AssetOut(key=odd, dagster_type=dg.Nothing), "plain": dg.AssetOut(code_version="v7", dagster_type=dg.Nothing)}

    @dg.multi_asset(outs=outs, check_specs=checks)
    def assets(context: dg.AssetExecutionContext):
        yield from transports[transport](context)

    return assets


def one_asset(partitions=None, retries=0, policy=None):
    @dg.asset(
        key=["mart", "orders"],
        partitions_def=partitions,
        code_version="v1",
        retry_policy=dg.RetryPolicy(max_retries=retries) if retries else None,
        backfill_policy=policy,
    )
    def orders(context: dg.AssetExecutionContext):
        return through_client(context)[0]

    return orders


days = dg.DailyPartitionsDefinition(start_date="2026-01-01")
scenarios = {
    "everything-file": [(two_assets("file"), {})],
    "everything-env": [(two_assets("env"), {})],
    "everything-stdio": [(two_assets("stdio"), {})],
    "everything-buffered": [(two_assets("buffered"), {})],
    "context-one": [(one_asset(), {}), (one_asset(), {})],
    "context-static": [(one_asset(dg.StaticPartitionsDefinition(["x/y", "z"])), {"partition_key": "x/y"})],
    "context-day": [(one_asset(days), {"partition_key": "2026-01-31"})],
    "context-range": [
        (
            one_asset(days, policy=dg.BackfillPolicy.single_run()),
            {"tags": {"dagster/asset_partition_range_start": "2026-01-30", "dagster/asset_partition_range_end": "2026-02-01"}},
        )
    ],
    "context-retry": [(one_asset(retries=1), {})],
    "thrown": [(one_asset(), {})],
}


def metadata_of(metadata):
    return {name: [type(value).__name__, repr(value.value)] for name, value in metadata.items()}


def error_of(error):
    return error and {
        "message": error.message,
        "stack": list(error.stack),
        "name": error.cls_name,
        "cause": error_of(error.cause),
        "context": error_of(error.context),
    }


def run_of(assets, options, instance):
    result = dg.materialize([assets], instance=instance, raise_on_error=False, **options)
    events = []
    for event in result.all_events:
        data = event.event_specific_data
        if event.is_step_materialization:
            of = data.materialization
            version = (of.tags or {}).get("dagster/data_version") if (of.tags or {}).get("dagster/data_version_is_user_provided") else None
            events.append(["materialization", of.asset_key.path, of.partition, version, metadata_of(of.metadata)])
        elif event.event_type_value == "ASSET_CHECK_EVALUATION":
            events.append(["check", data.asset_key.path, data.check_name, data.passed, data.severity.value, metadata_of(data.metadata)])
        elif event.event_type_value in ("STEP_FAILURE", "STEP_UP_FOR_RETRY"):
            error = data.error.cause or data.error
            events.append([event.event_type_value, error.message])
    for entry in instance.all_logs(result.run_id):
        if not entry.is_dagster_event:
            said["logs"].append([entry.level, entry.user_message])
        elif "[pipes]" in (entry.dagster_event.message or ""):
            events.append(["engine", entry.dagster_event.message, error_of(entry.dagster_event.event_specific_data.error)])
    said["runs"].append({"success": result.success, "id": result.run_id, "events": events})


with tempfile.TemporaryDirectory() as home, dg.DagsterInstance.local_temp(home) as instance:
    for assets, options in scenarios[scenario]:
        run_of(assets, options, instance)
print("\n" + json.dumps(said))
