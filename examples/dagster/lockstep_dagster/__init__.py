"""Features of a Lockstep project in Dagster: built by dbt, checked by parity every night."""

from lockstep_dagster.component import LockstepComponent

__all__ = ["LockstepComponent"]
