/** What goes over the wire and has a name. */
import { statuses } from '../../request-error.ts';
import { parameterTypes } from '../../sql/parameter-values.ts';
import { anything, list, map, named, object, type Schema, text, textOrNull, timestamp, whole } from './describe.ts';

export const schemas: { readonly [name: string]: Schema } = {
  Error: object({
    type: { type: 'string', enum: Object.keys(statuses) },
    message: text,
    'hint?': text,
    line: { type: ['integer', 'null'] },
    column: { type: ['integer', 'null'] },
    trace_id: text,
    error_id: text,
    query_id: textOrNull,
  }),
  Printed: {
    description: 'As `lockstep query` prints it: a NUMBER as its digits, a FLOAT as a number, times as ISO 8601.',
    anyOf: [{ type: ['string', 'number', 'boolean', 'null'] }, list(named('Printed'))],
  },
  FeatureQuery: object({
    features: { ...list({ anyOf: [text, object({ feature: text, 'tag?': text, 'version?': text })] }), minItems: 1 },
    entities: { ...list({ type: 'object' }), minItems: 1 },
    'as_of?': { ...timestamp, description: 'UTC, with or without Z, to the microsecond; without it, now.' },
  }),
  FeatureAnswer: object({
    features: map(object({ version: text, as_of: timestamp, watermark: timestamp, stale: named('Stale') })),
    results: list(
      object({
        entity: { type: 'object' },
        values: map({ anyOf: [object({ error: object({ type: text, message: text }) }), map(named('Printed')), { type: 'null' }] }),
      }),
    ),
  }),
  Stale: {
    description: 'Too much of a source that the feature reads could not be read, and since when; null: it can be trusted.',
    anyOf: [object({ source: text, because: text, since: text, schema: { type: ['integer', 'null'] } }), { type: 'null' }],
  },
  DeadLetters: object({ source: text, letters: whole, oldest: timestamp, newest: timestamp, dropped: whole, because: map(whole) }),
  Column: {
    ...object({ name: text, type: text }),
    description: "Its type is one of Snowflake's: NUMBER(38,2), TIMESTAMP_NTZ, ARRAY(VARCHAR).",
  },
  Feature: object({
    feature: text,
    versions: list(
      object({ version: text, created_at: text, created_by: text, entity: list(named('Column')), outputs: list(named('Column')) }),
    ),
    tags: map(text),
    moves: map(list(object({ at: text, by: text, version: textOrNull }))),
  }),
  Source: {
    type: 'object',
    properties: {
      source: text,
      topic: textOrNull,
      complete_since: timestamp,
      to_be_read: { type: ['integer', 'null'] },
      partitions: list({ type: 'object' }),
    },
    required: ['source', 'topic', 'complete_since', 'partitions'],
  },
  Parameter: object({
    name: text,
    'type?': { type: 'string', enum: parameterTypes },
    value: { type: ['string', 'number', 'boolean', 'null'] },
  }),
  LambdaSql: object({ query: text, 'default_parameters?': list(named('Parameter')) }),
  NewLambda: { ...object({ name: text, 'description?': textOrNull, 'is_public?': { const: false }, sql: named('LambdaSql') }) },
  NewVersion: object({ 'description?': textOrNull, 'is_public?': { const: false }, sql: named('LambdaSql') }),
  LambdaVersion: object({
    workspace: text,
    name: text,
    version: text,
    created_at: text,
    created_by: text,
    created_by_apikey_name: text,
    description: textOrNull,
    sql: named('LambdaSql'),
    collections: list(text),
    state: { type: 'string', enum: ['ACTIVE', 'INVALID_SQL'] },
    stats: object({
      last_executed: textOrNull,
      last_executed_by: textOrNull,
      last_execution_error: textOrNull,
      last_execution_error_message: textOrNull,
    }),
  }),
  Lambda: object({
    workspace: text,
    name: text,
    last_updated: textOrNull,
    last_updated_by: textOrNull,
    version_count: whole,
    collections: list(text),
    latest_version: { anyOf: [named('LambdaVersion'), { type: 'null' }] },
  }),
  Tag: object({ tag_name: text, version: { anyOf: [named('LambdaVersion'), { type: 'null' }] } }),
  Execution: {
    type: 'object',
    properties: {
      parameters: list(named('Parameter')),
      default_row_limit: { type: 'integer', minimum: 1, description: 'Of a query that has no LIMIT itself.' },
      timeout_ms: { type: 'integer', minimum: 1, description: '10000 if it is not given, 120000 at most.' },
      async: { const: false },
      paginate: { const: false },
    },
  },
  Executed: object({
    query_id: text,
    query_lambda_path: text,
    collections: list(text),
    column_fields: list(object({ name: text, type: text })),
    results: list({ type: 'object', additionalProperties: anything }),
    results_total_doc_count: whole,
    stats: object({ elapsed_time_ms: whole, throttled_time_micros: whole, version: text, 'as_of?': timestamp, 'watermark?': timestamp }),
    warnings: list(text),
    status: { const: 'COMPLETED' },
  }),
};
