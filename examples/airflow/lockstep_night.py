"""A night of a Lockstep project in Airflow: dbt builds the day, then each feature is compared, in a task that its owner owns."""

import json
import os
import shlex
from datetime import datetime, timedelta, timezone
from pathlib import Path

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG, CronTriggerTimetable, TaskGroup

#: The folder with lockstep.yml, profiles.yml, and build/ of `lockstep compile`.
PROJECT = Path(os.environ["LOCKSTEP_PROJECT"]).resolve()
#: A target of lockstep.yml: the tables that dbt fills are compared there.
TARGET = os.environ.get("LOCKSTEP_TARGET", "local")
#: Which of the compiled dbt projects.
ENGINE = os.environ.get("LOCKSTEP_ENGINE", "duckdb")
FIRST_DAY = datetime.fromisoformat(os.environ.get("LOCKSTEP_FIRST_DAY", "2026-03-01")).replace(tzinfo=timezone.utc)
#: As somebody types them in the project's folder. `--no`: nothing that a registry has under the name.
LOCKSTEP = shlex.split(os.environ.get("LOCKSTEP_COMMAND", "npx --no lockstep"))
DBT = shlex.split(os.environ.get("LOCKSTEP_DBT", "dbt"))

#: Of a run at three in the morning: the day before, in UTC.
DAY = "{{ data_interval_start | ds }}T00:00:00/{{ data_interval_end | ds }}T00:00:00"
UNDECIDED = 3


def instants(start: datetime, end: datetime) -> str:
    """The newest day goes on from what the tables hold, and looks for what came late; an older one is computed again as it is given."""
    if end + timedelta(days=1) > datetime.now(timezone.utc):
        return json.dumps({"lockstep_start": f"{FIRST_DAY:%Y-%m-%d}"})
    return json.dumps({"lockstep_from": f"{start:%Y-%m-%d}", "lockstep_to": f"{end:%Y-%m-%d}"})


features = json.loads((PROJECT / "build" / "manifest.json").read_text())["features"]

with DAG(
    "lockstep_night",
    description="dbt build, then parity: one task for each feature.",
    schedule=CronTriggerTimetable("0 3 * * *", timezone="UTC", interval=timedelta(days=1)),
    start_date=FIRST_DAY,
    catchup=False,
    # The next night goes on from what this one built.
    max_active_runs=1,
    user_defined_macros={"instants": instants},
    tags=["lockstep"],
) as dag:
    folders = ["--project-dir", str(PROJECT / "build" / "dbt" / ENGINE), "--profiles-dir", str(PROJECT)]
    build = BashOperator(
        task_id="dbt_build",
        bash_command=f"{shlex.join([*DBT, 'build', *folders])} --vars '{{{{ instants(data_interval_start, data_interval_end) }}}}'",
        cwd=str(PROJECT),
    )
    with TaskGroup("parity") as parity:
        for feature in features:
            where = ["--project", str(PROJECT), "--batch", TARGET, "--history", str(PROJECT / "parity.duckdb")]
            BashOperator(
                task_id=feature["name"],
                owner=feature["owner"] or "nobody",
                doc_md=feature["description"],
                bash_command=f"{shlex.join([*LOCKSTEP, 'parity', *where, '--feature', feature['name']])} --interval {DAY}",
                cwd=str(PROJECT),
                skip_on_exit_code=UNDECIDED,
                # A verdict is not asked for again until it pleases.
                retries=0,
            )
    build >> parity
