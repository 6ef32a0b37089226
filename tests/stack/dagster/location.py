"""A small code location for the tests of the web server."""

import time

import dagster as dg

metadata = {
    "text": dg.MetadataValue.text("é😀"),
    "url": dg.MetadataValue.url("https://example.com"),
    "path": dg.MetadataValue.path("/x"),
    "notebook": dg.MetadataValue.notebook("/n.ipynb"),
    "json": dg.MetadataValue.json({"a": [1, 1.5]}),
    "md": dg.MetadataValue.md("**x**"),
    "float": dg.MetadataValue.float(1.0),
    "nan": dg.MetadataValue.float(float("nan")),
    "int": dg.MetadataValue.int(2**70),
    "bool": dg.MetadataValue.bool(True),
    "run": dg.MetadataValue.dagster_run("some-run"),
    "asset": dg.MetadataValue.asset(dg.AssetKey(["a", "b"])),
    "null": dg.MetadataValue.null(),
    "timestamp": dg.MetadataValue.timestamp(1.5),
    "table": dg.MetadataValue.table([dg.TableRecord({"n": 1})], dg.TableSchema([dg.TableColumn("n", "int")])),
    "schema": dg.MetadataValue.table_schema(dg.TableSchema([dg.TableColumn("n", "int")])),
    "lineage": dg.MetadataValue.column_lineage(
        dg.TableColumnLineage({"n": [dg.TableColumnDep(asset_key=dg.AssetKey(["a", "b"]), column_name="m")]})
    ),
}


class Rows(dg.Config):
    rows: int = 3


@dg.asset(key=["mart", "orders"], check_specs=[dg.AssetCheckSpec("parity", asset=["mart", "orders"])])
def orders(config: Rows):
    return dg.MaterializeResult(
        metadata={"rows": config.rows},
        check_results=[dg.AssetCheckResult(check_name="parity", passed=config.rows > 0, severity=dg.AssetCheckSeverity.WARN, metadata=metadata)],
    )


@dg.asset_check(asset=["mart", "orders"])
def fresh():
    return dg.AssetCheckResult(passed=True, description="seen")


@dg.asset
def broken():
    raise ValueError("no orders today")


@dg.op(config_schema={"seconds": int})
def wait(context):
    time.sleep(context.op_config["seconds"])


@dg.job
def slow():
    wait()


# A process for each step would be most of the time.
defs = dg.Definitions(
    executor=dg.in_process_executor,
    assets=[orders, broken, dg.AssetSpec(["lake", "clicks"])],
    asset_checks=[fresh],
    jobs=[slow, dg.define_asset_job("daily", selection=[dg.AssetKey(["mart", "orders"])])],
)
