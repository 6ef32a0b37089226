"""Lines of {"schema", "value"} to lines of hex: Avro as fastavro writes it. Decimals come as texts, times as ISO texts or as numbers."""
import datetime
import decimal
import io
import json
import sys

import fastavro


def given(schema, value):
    if isinstance(schema, list):
        return None if value is None else given(next(s for s in schema if s != "null"), value)
    if not isinstance(schema, dict):
        return value
    if schema.get("type") == "record":
        names[schema["name"]] = schema
        return {f["name"]: given(names.get(str(f["type"]), f["type"]), value[f["name"]]) for f in schema["fields"]}
    if schema.get("logicalType") == "decimal":
        return decimal.Decimal(str(value))
    if str(schema.get("logicalType")).startswith("timestamp") and isinstance(value, str):
        return datetime.datetime.fromisoformat(value).replace(tzinfo=datetime.timezone.utc)
    return value


names = {}
for line in sys.stdin:
    asked = json.loads(line)
    out = io.BytesIO()
    fastavro.schemaless_writer(out, fastavro.parse_schema(asked["schema"]), given(asked["schema"], asked["value"]))
    print(out.getvalue().hex())
