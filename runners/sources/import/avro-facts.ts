/** What an Avro schema says of the events of a topic: columns and types, as messages are read. Nothing of where the warehouse has them. */
import { isObject, type Json } from '../../../compiler/functions/json-values.ts';
import { UsageError } from '../../usage-error.ts';
import { nameOf } from './dbt-facts.ts';
import type { JsonMap } from './dbt-files.ts';
import type { FactColumn, Facts } from './draft.ts';
import type { DraftedType } from './drafted-type.ts';

export function avroFacts(schema: Json, subject: string): Facts {
  if (!isObject(schema) || schema['type'] !== 'record' || !Array.isArray(schema['fields']))
    throw new UsageError(`the schema of ${subject} is no record`, 'a message is one event, with its columns');
  const fields = schema['fields'].filter(isObject);
  const topic = /^(.+)-value$/.exec(subject)?.[1] ?? null;
  const names = fields.map((field) => field['name']);
  return {
    label: subject,
    warehouse: { value: null, check: 'where does the warehouse have it? The registry does not know' },
    topic: topic === null ? { value: null, check: 'which topic has it?' } : { value: topic, check: `the subject is called ${subject}` },
    table: topic ?? subject,
    schema: null,
    description: typeof schema['doc'] === 'string' ? schema['doc'] : null,
    columns: fields.map(columnOf),
    keys: [],
    doubts:
      names.includes('op') && names.includes('after')
        ? ["this looks like Debezium's envelope: say `envelope: debezium`, and the columns of `after`"]
        : [],
    loadedAt: null,
    lateness: null,
  };
}

function columnOf(field: JsonMap): FactColumn {
  const name = typeof field['name'] === 'string' ? field['name'] : '';
  const doc = typeof field['doc'] === 'string' ? field['doc'] : null;
  return { name: nameOf(name, false), type: typeOf(field['type'] ?? null), description: doc, pii: false };
}

const exact = (text: string): DraftedType => ({ kind: 'type', text, check: null });
const none = (reason: string): DraftedType => ({ kind: 'none', reason });
const unknown = (reason: string): DraftedType => ({ kind: 'unknown', reason });

const plain: Readonly<Record<string, DraftedType>> = {
  string: exact('VARCHAR'),
  enum: exact('VARCHAR'),
  boolean: exact('BOOLEAN'),
  int: exact('NUMBER(10,0)'),
  long: exact('NUMBER(19,0)'),
  float: exact('FLOAT'),
  double: exact('FLOAT'),
  bytes: none('bytes are no column'),
  fixed: none('bytes are no column'),
  null: none('it has no values'),
};

const times: Readonly<Record<string, DraftedType>> = {
  date: exact('DATE'),
  uuid: exact('VARCHAR'),
  'io.debezium.time.Date': exact('DATE'),
  ...Object.fromEntries(
    [
      'timestamp-millis',
      'timestamp-micros',
      'local-timestamp-millis',
      'local-timestamp-micros',
      'io.debezium.time.Timestamp',
      'io.debezium.time.MicroTimestamp',
    ].map((name) => [name, exact('TIMESTAMP_NTZ')]),
  ),
  ...Object.fromEntries(
    ['timestamp-nanos', 'local-timestamp-nanos', 'io.debezium.time.NanoTimestamp'].map((name) => [
      name,
      { kind: 'type', text: 'TIMESTAMP_NTZ', check: 'nanoseconds are cut' } as const,
    ]),
  ),
};

function typeOf(schema: Json): DraftedType {
  if (Array.isArray(schema)) {
    const [only, ...others] = schema.filter((branch) => branch !== 'null');
    if (only !== undefined && others.length === 0) return typeOf(only);
    return unknown('it is a union of several types: which one counts?');
  }
  if (typeof schema === 'string')
    return (Object.hasOwn(plain, schema) ? plain[schema] : undefined) ?? unknown(`its type ${schema} is declared elsewhere`);
  if (!isObject(schema)) return unknown('its type is said nowhere');
  const logical = schema['logicalType'] ?? schema['connect.name'];
  if (logical === 'decimal') return decimal(schema);
  if (typeof logical === 'string' && Object.hasOwn(times, logical)) return times[logical] ?? unknown('');
  if (typeof logical === 'string' && /^time-|Time$/.test(logical)) return none('engines keep times of day at different precisions');
  const { type } = schema as { readonly type?: Json };
  if (type === 'record' || type === 'map' || type === 'array')
    return { kind: 'type', text: 'VARIANT', check: `the ${type} is read as JSON; a column may name a path in it: topic: a.b` };
  return typeOf(type ?? null);
}

function decimal(schema: JsonMap): DraftedType {
  const [precision, scale] = [schema['precision'], schema['scale'] ?? 0];
  const fits =
    typeof precision === 'number' &&
    typeof scale === 'number' &&
    precision >= 1 &&
    precision <= 38 &&
    scale >= 0 &&
    scale <= Math.min(37, precision);
  return fits ? exact(`NUMBER(${precision},${scale})`) : unknown('it is a decimal of digits that NUMBER does not have');
}
