"""The example's DAG in Airflow: night.py parsed | run DAY [built]; prints what Airflow has of it. `built`: dbt has nothing to do."""

import json
import re
import sys
from datetime import datetime, timedelta, timezone

from airflow.dag_processing.dagbag import DagBag

what, *rest = sys.argv[1:]
bag = DagBag()
dag = bag.dags.get("lockstep_night")

if what == "parsed":
    tasks = [] if dag is None else dag.tasks
    print(
        json.dumps(
            {
                "errors": list(bag.import_errors.values()),
                "dags": sorted(bag.dags),
                "schedule": None if dag is None else dag.timetable.expression,
                "tasks": {t.task_id: [t.owner, sorted(t.upstream_task_ids), t.retries] for t in tasks},
            }
        )
    )
else:
    day, *built = rest
    at_three = datetime.fromisoformat(day).replace(tzinfo=timezone.utc) + timedelta(days=1, hours=3)
    run = dag.test(run_after=at_three, logical_date=at_three, mark_success_pattern=re.compile("dbt_build") if built else None)
    print(
        json.dumps(
            {
                "state": str(run.state),
                "interval": [f"{run.data_interval_start:%Y-%m-%dT%H:%M}", f"{run.data_interval_end:%Y-%m-%dT%H:%M}"],
                "tasks": {of.task_id: str(of.state) for of in run.get_task_instances()},
            }
        )
    )
