"""dbt with its adapter for Snowflake and nobody at the other end: every statement is written down, one JSON string a line, and answered with no rows.

offline.py FILE there|absent ARGUMENTS-OF-DBT: `there` says that each relation asked for exists.
"""
import json
import sys
from unittest.mock import MagicMock

from agate import Table
from dbt.adapters.contracts.connection import AdapterResponse, ConnectionState
from dbt.adapters.snowflake import SnowflakeAdapter
from dbt.adapters.snowflake.connections import SnowflakeConnectionManager
from dbt.cli.main import dbtRunner

statements = open(sys.argv[1], "w")
there = sys.argv[2] == "there"
ledger = {"lockstep_runs", "lockstep_seen", "lockstep_late_events", "lockstep_shown"}


def opened(cls, connection):
    connection.handle = MagicMock()
    connection.state = ConnectionState.OPEN
    return connection


def executed(self, sql, *args, **kwargs):
    statements.write(json.dumps(sql) + "\n")
    return AdapterResponse("SUCCESS"), Table([], [], [])


def relation(self, database, schema, identifier):
    kind = "table" if "__" in identifier or identifier in ledger else "view"
    return self.Relation.create(database=database, schema=schema, identifier=identifier, type=kind) if there else None


SnowflakeConnectionManager.open = classmethod(opened)
SnowflakeConnectionManager.execute = executed
SnowflakeConnectionManager.add_query = lambda self, sql, *args, **kwargs: (statements.write(json.dumps(sql) + "\n"), MagicMock())
SnowflakeAdapter.list_relations_without_caching = lambda self, schema: []
SnowflakeAdapter.list_schemas = lambda self, database: []
SnowflakeAdapter.get_relation = relation
SnowflakeAdapter.get_columns_in_relation = lambda self, relation: [self.Column("as_of", "TIMESTAMP_NTZ(6)")]
SnowflakeAdapter.get_column_schema_from_query = lambda self, sql: []

result = dbtRunner().invoke(sys.argv[3:])
statements.close()
sys.exit(0 if result.success else 1)
