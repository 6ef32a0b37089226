"""One component: the dbt models of a Lockstep project as assets, and for each feature a check that is the verdict of `lockstep parity`."""

import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Optional

import dagster as dg
from dagster_dbt import DbtCliInvocation, DbtCliResource, DbtProject, dbt_assets
from dagster_dbt.errors import DagsterDbtCliRuntimeError

from lockstep_dagster.translator import Translator


MEANINGS = {
    "parity": "Batch and real time give the same value",
    "served": "What was answered is what batch says once everything arrived",
}


class LockstepComponent(dg.Component, dg.Model, dg.Resolvable):
    """What `lockstep compile` wrote, run by dbt, and watched."""

    #: The folder with lockstep.yml.
    project: str
    #: A target of lockstep.yml: the tables that dbt fills are compared there.
    target: str
    #: The folder of profiles.yml.
    profiles: str
    #: The first day of the daily partitions: 2026-01-01.
    first_day: str
    #: Where `lockstep compile --out` wrote; the dbt project of the target's engine is in it.
    build: str = "build"
    engine: str = "snowflake"
    #: A target of profiles.yml; by default its own.
    profile_target: Optional[str] = None
    #: What is asked: a running server (its answers of the past), or nothing but the lambdas themselves.
    realtime: Optional[str] = None
    #: The version that the server is asked for.
    tag: str = "latest"
    #: Where that server keeps its answers; the check `served` then says whether what was answered was right.
    served_log: Optional[str] = None
    #: Every verdict is kept here.
    history: str = "parity.duckdb"
    #: A page about the verdicts, for the link in each check.
    report: Optional[str] = None
    #: A tag of the server: where a night finds its version VIOLATED, it goes back to the last one that was proven.
    roll_back: Optional[str] = None
    #: Of a night: seconds, queries, credits. What is not reached is UNDECIDED, and comes first the night after.
    budget: Mapping[str, float] = {}
    #: A night computes again what events changed that came later than the lateness; without it that is red until somebody repairs it.
    repair: bool = True
    hour: int = 3
    minute: int = 0
    #: `--no`: nothing that a registry has under the name.
    lockstep: Sequence[str] = ("npx", "--no", "lockstep")
    dbt: str = "dbt"

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        if self.roll_back is not None and self.realtime is None:
            raise ValueError(f"roll_back: {self.roll_back} is a tag of a server: say realtime, too")
        folder = (context.path / self.project).resolve()
        features = json.loads((folder / self.build / "manifest.json").read_text())["features"]
        days = dg.DailyPartitionsDefinition(start_date=self.first_day)
        project = DbtProject(
            project_dir=folder / self.build / "dbt" / self.engine,
            profiles_dir=folder / self.profiles,
            target=self.profile_target,
        )
        translator = Translator(features)
        models = self.models(folder, project, translator, days)
        keys = {f["name"]: key for f in features if (key := translator.key_of.get(f["name"])) is not None}
        watched = [f for f in features if f["name"] in keys]
        checks = [self.checks("parity", folder, watched, keys, days)]
        if self.served_log is not None:
            checks.append(self.checks("served", folder, watched, keys, days))
        night = dg.define_asset_job(
            "lockstep_night",
            selection=dg.AssetSelection.assets(models) | dg.AssetSelection.checks(*checks),
            partitions_def=days,
            description="dbt build, then parity: one check for each feature.",
        )
        schedule = dg.build_schedule_from_partitioned_job(night, hour_of_day=self.hour, minute_of_hour=self.minute)
        return dg.Definitions(assets=[models], asset_checks=checks, jobs=[night], schedules=[schedule])

    def models(self, folder: Path, project: DbtProject, translator: Translator, days: dg.DailyPartitionsDefinition) -> dg.AssetsDefinition:
        dbt = DbtCliResource(project_dir=project, dbt_executable=self.dbt)
        manifest = project.manifest_path
        if not manifest.exists():
            dbt.cli(["parse"], target_path=manifest.parent).wait()

        # Where Dagster was started. Reading what was built leaves the process elsewhere.
        here = str(Path.cwd())

        @dbt_assets(manifest=manifest, project=project, dagster_dbt_translator=translator, partitions_def=days, name="lockstep_models")
        def lockstep_models(context: dg.AssetExecutionContext) -> Iterator[Any]:
            invocation = dbt.cli(["build", *instants(context, days)], context=context)
            try:
                yield from invocation.stream().fetch_row_counts().fetch_column_metadata(with_column_lineage=False)
            except DagsterDbtCliRuntimeError as failed:
                let_go(invocation)
                raise dg.Failure(f"{failed}\n{self.broken_sources(here, folder)}") from failed
            if self.repair and context.partition_key == days.get_last_partition_key():
                # What came too late is known now.
                let_go(invocation)
                repaired = self.run(here, "materialize", "--project", str(folder), "--target", self.target, "--repair")
                context.log.info(repaired.stdout + repaired.stderr)
                if repaired.returncode != 0:
                    raise dg.Failure(f"lockstep materialize --repair ended with {repaired.returncode}: {repaired.stderr}")

        return lockstep_models

    def run(self, here: str, *command: str, timeout: Optional[float] = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run([*self.lockstep, *command], cwd=here, capture_output=True, text=True, timeout=timeout)

    def broken_sources(self, here: str, folder: Path) -> str:
        """Mostly a raw table is not as it was: which, and whose features read it."""
        check = f"lockstep sources check --target {self.target}"
        try:
            found = self.run(here, "sources", "check", "--project", str(folder), "--target", self.target, "--format", "json", timeout=600)
        except (OSError, subprocess.TimeoutExpired) as failed:
            return f"{check}: {failed}"
        if not found.stdout.startswith("{"):
            return f"{check}: {found.stderr}"
        findings = [f for f in json.loads(found.stdout)["findings"] if f["severity"] == "error"]
        said = [
            f"{f['source']}{'' if f['column'] is None else '.' + f['column']}: {f['message']}; read by "
            + ", ".join(f"{feature['name']} ({feature['owner'] or 'nobody'})" for feature in f["features"])
            for f in findings
        ]
        return "\n".join([f"{check} finds {len(said) or 'nothing'} wrong", *said])

    def checks(
        self,
        name: str,
        folder: Path,
        features: Sequence[Mapping[str, Any]],
        keys: Mapping[str, dg.AssetKey],
        days: dg.DailyPartitionsDefinition,
    ) -> dg.AssetChecksDefinition:
        specs = [
            dg.AssetCheckSpec(
                name,
                asset=keys[feature["name"]],
                blocking=feature["blocking"],
                partitions_def=days,
                description=f"{MEANINGS[name]} of {feature['name']}, as `lockstep parity` has it.",
                metadata={"owner": feature["owner"] or "nobody", "version": feature["version"]},
            )
            for feature in features
        ]
        names = {key: feature for feature, key in keys.items()}
        here = str(Path.cwd())

        @dg.multi_asset_check(name=f"lockstep_{name}", specs=specs, can_subset=True)
        def lockstep_checks(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
            asked = sorted(names[check.asset_key] for check in context.selected_asset_check_keys)
            window = context.partition_time_window
            day = f"{window.start:%Y-%m-%dT%H:%M:%S}/{window.end:%Y-%m-%dT%H:%M:%S}"
            where = ["--project", str(folder), "--history", str(folder / self.history)]
            limits = [part for of, limit in self.budget.items() for part in (f"--budget-{of}", f"{limit:.15g}")]
            server = [] if self.realtime is None else ["--realtime", self.realtime]
            mode = ["--mode", "served", "--served-log", str(folder / str(self.served_log))] if name == "served" else []
            tag = ["--tag", self.tag] if name == "parity" and self.realtime is not None else []
            completed = dg.PipesSubprocessClient().run(
                context=context.op_execution_context,
                cwd=here,
                command=[*self.lockstep, "parity", *where, "--batch", self.target, *server, *mode, *tag, *limits, "--interval", day, "--feature", *asked],
                extras={"lockstep": {"assets": {f: list(keys[f].path) for f in asked}, "check": name, "report": self.report}},
            )
            results = completed.get_results()
            yield from results
            if name == "parity":
                self.guard(context, folder, here)
            # Dagster takes a check that nobody reported for one that was not asked.
            heard = {result.asset_key for result in results if isinstance(result, dg.AssetCheckResult)}
            silent = [feature for feature in asked if keys[feature] not in heard]
            if silent:
                raise dg.Failure(f"parity said nothing of {', '.join(silent)}: is `{' '.join(self.lockstep)}` started with Dagster's environment?")

        return lockstep_checks

    def guard(self, context: dg.AssetCheckExecutionContext, folder: Path, here: str) -> None:
        """After the verdicts, which it cannot change: what it does, or why it could not, is in the log."""
        if self.roll_back is None or self.realtime is None:
            return
        where = ["--url", self.realtime, "--tag", self.roll_back, "--history", str(folder / self.history)]
        try:
            guarded = self.run(here, "lambda", "guard", *where, timeout=600)
        except (OSError, subprocess.TimeoutExpired) as failed:
            context.log.error(f"the tag {self.roll_back} is not guarded: {failed}")
            return
        (context.log.info if guarded.returncode == 0 else context.log.error)(guarded.stdout + guarded.stderr)


def let_go(invocation: DbtCliInvocation) -> None:
    """Of a DuckDB file: the adapter that read what was built keeps it open, and nobody else may write."""
    if invocation.adapter is not None and invocation.adapter.type() == "duckdb":
        invocation.adapter.cleanup_connections()
        invocation.adapter.ConnectionManager.close_all_connections()


def instants(context: dg.AssetExecutionContext, days: dg.DailyPartitionsDefinition) -> Sequence[str]:
    """The newest day goes on from what the tables hold, and looks for what came late; an older one is computed again as it is given."""
    if context.partition_key == days.get_last_partition_key():
        return ["--vars", json.dumps({"lockstep_start": f"{days.start:%Y-%m-%d}"})]
    window = context.partition_time_window
    return ["--vars", json.dumps({"lockstep_from": f"{window.start:%Y-%m-%d}", "lockstep_to": f"{window.end:%Y-%m-%d}"})]
