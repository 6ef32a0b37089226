/** The keys of every YAML object an author writes: the readers know no others, and the JSON Schemas are made from them. */

export interface Key {
  readonly description: string;
  /** JSON Schema of the value. */
  readonly schema: JsonSchema;
  readonly required?: true;
}

export interface JsonSchema {
  readonly [keyword: string]: string | number | boolean | null | readonly string[] | JsonSchema | readonly JsonSchema[];
}

export type Keys = Readonly<Record<string, Key>>;

const text: JsonSchema = { type: 'string' };
const flag: JsonSchema = { type: 'boolean' };
const names: JsonSchema = { anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] };
const grants: JsonSchema = { type: 'object', additionalProperties: names, examples: [{ select: ['reporter'] }] };
const duration: JsonSchema = { type: 'string', pattern: '^\\s*\\d+\\s*[A-Za-z]+\\s*$', examples: ['10 minutes', '1 hour', '7 days'] };
const scalar: JsonSchema = { type: ['string', 'number', 'boolean', 'null'] };
const scalars: JsonSchema = { type: 'object', additionalProperties: scalar };
/** Arrays and objects are values of VARIANT and ARRAY columns. */
const values: JsonSchema = {
  type: 'object',
  additionalProperties: { type: ['string', 'number', 'boolean', 'null', 'array', 'object'] },
};

export function objectSchema(keys: Keys, others: JsonSchema | false = false): JsonSchema {
  return {
    type: 'object',
    properties: Object.fromEntries(Object.entries(keys).map(([name, key]) => [name, { description: key.description, ...key.schema }])),
    required: Object.keys(keys).filter((name) => keys[name]?.required),
    additionalProperties: others,
  };
}

export const columnKeys = {
  type: {
    description: "Snowflake's type: NUMBER(p,s), FLOAT, VARCHAR, BOOLEAN, DATE, TIMESTAMP_NTZ, TIMESTAMP_LTZ",
    schema: text,
    required: true,
  },
  topic: { description: 'The path on the wire, where it differs from the column', schema: text },
  unit: { description: 'How the wire writes a time', schema: { enum: ['s', 'ms', 'us', 'iso'] } },
  pii: { description: 'Personal data: never shown raw in a report', schema: flag },
  masking_policy: {
    description: 'Of a `pii` column: the masking policy of Snowflake for its values, named in the meta of dbt columns that may show them',
    schema: { ...text, examples: ['mask_text'] },
  },
  max: { description: 'A bound of the absolute value: allows cheaper exact arithmetic', schema: { type: ['integer', 'string'] } },
  description: { description: 'For people', schema: text },
} satisfies Keys;

const columns: Key = {
  description: 'Column name to type, or to a map of its properties',
  schema: { type: 'object', additionalProperties: { anyOf: [text, objectSchema(columnKeys)] } },
  required: true,
};

const sourceKeys = {
  description: { description: 'For people', schema: text },
  warehouse: { description: "Where dbt finds it: database.schema.table, or ref('a_dbt_model')", schema: text, required: true },
  topic: { description: 'Where Kafka has it', schema: text },
  envelope: { description: 'What messages are wrapped in', schema: { enum: ['plain', 'segment', 'debezium'] } },
  key: { description: 'The column or columns that identify a row', schema: names, required: true },
} satisfies Keys;

export const streamKeys = {
  ...sourceKeys,
  event_time: { description: 'The timestamp column that dates an event', schema: text, required: true },
  ingest_time: { description: 'The timestamp column that says when the platform first had it', schema: text },
  lateness: { description: 'Later than this is late, and is reported', schema: duration },
  max_skew: { description: 'How far ahead of its ingest an event may be dated (5 minutes)', schema: duration },
  columns,
} satisfies Keys;

export const tableKeys = {
  ...sourceKeys,
  updated_at: {
    description: 'The timestamp column that orders versions; a version is in force after this instant',
    schema: text,
    required: true,
  },
  version_by: { description: 'Breaks ties of updated_at', schema: text },
  deleted: { description: 'The BOOLEAN column that marks a deleted row', schema: text },
  lateness: {
    description: 'How late a version may reach the warehouse (not at all): incremental tables compute as much once more',
    schema: duration,
  },
  columns,
} satisfies Keys;

export const sourcesKeys = {
  streams: { description: 'Streams of events', schema: { type: 'object', additionalProperties: objectSchema(streamKeys) } },
  tables: { description: 'Tables whose rows change', schema: { type: 'object', additionalProperties: objectSchema(tableKeys) } },
} satisfies Keys;

/** Called as in dbt's profiles. What opens an account is never written in clear. */
export const accountKeys = {
  account: { description: "Of Snowflake: the account's name", schema: { ...text, examples: ['my_organization-my_account'] } },
  host: { description: "In place of the account's own address", schema: text },
  port: { description: 'Of that host (443)', schema: { type: ['string', 'integer'] } },
  protocol: { description: 'Of that host: https or http (https)', schema: { ...text, examples: ['https'] } },
  user: { description: 'Who signs in', schema: text },
  password: secret('A password to sign in with', 'SNOWFLAKE_PASSWORD'),
  private_key_path: {
    description: 'The file of a private key (PEM, PKCS #8) to sign in with, relative to the project',
    schema: { ...text, examples: ["{{ env_var('SNOWFLAKE_KEY_FILE') }}"] },
  },
  private_key_passphrase: secret('What opens the file of the private key', 'SNOWFLAKE_KEY_PASSPHRASE'),
  authenticator: { description: 'oauth: to sign in with a `token`', schema: { ...text, examples: ['oauth'] } },
  token: secret('An OAuth token to sign in with', 'SNOWFLAKE_TOKEN'),
  role: { description: "In place of the user's own", schema: text },
  warehouse: { description: "What computes, in place of the user's own", schema: text },
  database: { description: 'Where a session begins: there are its temporary tables', schema: text },
  warehouse_size: {
    description: 'Of that warehouse, for what `materialize` is estimated to cost (asked of Snowflake)',
    schema: { ...text, examples: ['X-Small', 'Medium', '2X-Large'] },
  },
  query_tag: { description: 'What the query tag of every statement begins with', schema: text },
  statement_timeout: {
    description: 'After which Snowflake itself ends a statement (1 hour)',
    schema: { ...text, examples: ['10 minutes', '1 hour'] },
  },
} satisfies Keys;

function secret(description: string, variable: string): Key {
  return { description, schema: { ...text, examples: [`{{ env_var('${variable}') }}`] } };
}

export const dbtCloudKeys = {
  host: {
    description: 'Of the account, with http:// before it if it is not https (cloud.getdbt.com)',
    schema: { ...text, examples: ['ab123.us1.dbt.com'] },
  },
  account_id: { description: 'The number of the account', schema: { type: ['string', 'integer'] }, required: true },
  job_id: {
    description: 'The number of the job, which `materialize` runs with steps of its own',
    schema: { type: ['string', 'integer'] },
    required: true,
  },
  token: { ...secret('A service token that may run the job', 'DBT_CLOUD_TOKEN'), required: true },
} satisfies Keys;

export const dbtKeys = {
  project: {
    description: 'The folder of a dbt project that has the compiled one, relative to this file',
    schema: { ...text, examples: ['build/dbt/snowflake'] },
  },
  profiles: { description: 'The folder of profiles.yml, relative to this file (where dbt looks itself)', schema: text },
  target: { description: 'A target of the profile (its own default)', schema: { ...text, examples: ['prod'] } },
  command: { description: 'What is dbt (dbt)', schema: { ...text, examples: ['.venv/bin/dbt'] } },
  cloud: { description: 'A job of dbt Cloud, in the place of a dbt that runs here', schema: objectSchema(dbtCloudKeys) },
} satisfies Keys;

export const targetKeys = {
  engine: { description: 'What runs the SQL there', schema: { enum: ['duckdb', 'snowflake'] }, required: true },
  path: {
    description: "The file of a target of engine duckdb, relative to the project; every text of a target may hold {{ env_var('NAME') }}",
    schema: { ...text, examples: ['warehouse.duckdb', "{{ env_var('WAREHOUSE_FILE') }}"] },
  },
  schema: {
    description: "The `schema` of dbt's profile: where the tables of features are (main, in a file of DuckDB)",
    schema: { ...text, examples: ['features'] },
  },
  databases: { description: 'Database as written in sources to database there', schema: { type: 'object', additionalProperties: text } },
  schemas: { description: 'Schema as written in sources to schema there', schema: { type: 'object', additionalProperties: text } },
  models: {
    description: "dbt model that a source names, ref('a_dbt_model'), to its relation there",
    schema: { type: 'object', additionalProperties: text },
  },
  dbt: { description: 'Of Snowflake: the dbt that `materialize` has fill the tables', schema: objectSchema(dbtKeys) },
  ...accountKeys,
} satisfies Keys;

export const promotionKeys = {
  tags: { description: 'Tags of features that move on a verdict of parity alone (production)', schema: names },
  within: { description: 'How old that verdict may be (26 hours)', schema: duration },
  batch_engine: {
    description: 'The engine whose batch form must have been compared (any)',
    schema: { enum: ['duckdb', 'snowflake', 'postgres', 'clickhouse'] },
  },
} satisfies Keys;

export const webhookKeys = {
  url: { ...secret('Where a POST with JSON goes', 'ALERT_WEBHOOK_URL'), required: true },
  headers: {
    description: 'Headers of HTTP to values, each a variable of the environment',
    schema: { type: 'object', additionalProperties: { ...text, examples: ["{{ env_var('ALERT_WEBHOOK_AUTHORIZATION') }}"] } },
  },
} satisfies Keys;

export const emailKeys = {
  smtp: { ...secret('The server: smtp:// or smtps://, with user and password where it asks for them', 'SMTP_URL'), required: true },
  from: { description: 'The address that sends', schema: { ...text, examples: ['lockstep@example.com'] }, required: true },
  to: { description: 'The address or addresses that are told', schema: names, required: true },
} satisfies Keys;

export const alertKeys = {
  slack: secret('The URL of an incoming webhook of Slack', 'SLACK_WEBHOOK_URL'),
  webhook: { description: 'Any server that takes JSON', schema: objectSchema(webhookKeys) },
  email: { description: 'E-mail by SMTP', schema: objectSchema(emailKeys) },
} satisfies Keys;

export const lineageKeys = {
  url: secret('A server of OpenLineage, which takes events by POST (the variable OPENLINEAGE_URL)', 'OPENLINEAGE_URL'),
  endpoint: { description: 'The path of its API (OPENLINEAGE_ENDPOINT, or api/v1/lineage)', schema: text },
  api_key: secret('What is sent as Bearer (the variable OPENLINEAGE_API_KEY)', 'OPENLINEAGE_API_KEY'),
  file: {
    description: 'In the place of a server: a file that gets an event a line, relative to the project',
    schema: { ...text, examples: ['lineage.ndjson'] },
  },
  namespace: {
    description: 'Of jobs (OPENLINEAGE_NAMESPACE, or default), and of data whose place no target says',
    schema: { ...text, examples: ['market'] },
  },
  target: {
    description: 'The target whose tables the events of `compile` are about',
    schema: { ...text, examples: ['prod'] },
  },
} satisfies Keys;

export const dbtProjectKeys = {
  grants: { description: 'Who may read what features show: a privilege to the role or roles that get it, as in dbt', schema: grants },
} satisfies Keys;

export const configKeys = {
  name: { description: 'The name of the project', schema: text },
  transforms: { description: 'The folder with sources.yml, features/ and shared/ (transforms)', schema: text },
  targets: { description: 'Warehouses by name', schema: { type: 'object', additionalProperties: objectSchema(targetKeys) } },
  dbt: { description: 'What is written into the dbt project', schema: objectSchema(dbtProjectKeys) },
  promotion: { description: '`lockstep lambda promote`', schema: objectSchema(promotionKeys) },
  alerts: { description: 'Whom `lockstep alert` tells', schema: objectSchema(alertKeys) },
  lineage: { description: 'Who gets events of OpenLineage', schema: objectSchema(lineageKeys) },
  rules: {
    description: 'Diagnostic code to severity',
    schema: { type: 'object', additionalProperties: { enum: ['error', 'warning', 'note', 'off'] } },
  },
} satisfies Keys;

export const waiverKeys = {
  code: { description: 'The diagnostic that is waived', schema: text, required: true },
  reason: { description: 'Why that is right here', schema: text, required: true },
  expires: { description: 'The last day on which it counts: 2027-01-31', schema: text },
} satisfies Keys;

export const exampleKeys = {
  name: { description: 'What it shows', schema: text },
  events: {
    description: 'Rows of each source',
    schema: { type: 'object', additionalProperties: { type: 'array', items: values } },
    required: true,
  },
  as_of: { description: 'The instant of evaluation, UTC', schema: text, required: true },
  expect: { description: 'Entity columns and expected outputs', schema: values, required: true },
} satisfies Keys;

const share: JsonSchema = { type: ['string', 'number'], examples: ['0.1%', '0.001'] };

export const parityKeys = {
  target: { description: 'PROVEN means that fewer points than this mismatch (0.1%)', schema: share },
  confidence: { description: 'How sure that must be (95%)', schema: share },
  lateness_budget: { description: 'How many points may differ because events were late (100%)', schema: share },
  blocking: {
    description: 'In Dagster, what is built on the feature waits until the nightly verdict is not VIOLATED (false)',
    schema: flag,
  },
} satisfies Keys;

export const headerKeys = {
  entity: { description: 'The entity column or columns; [] for one row for the platform', schema: names, required: true },
  description: { description: 'What the feature says', schema: text },
  owner: { description: 'The team that answers for it', schema: text },
  every: { description: 'The grid of batch snapshots', schema: duration },
  latency_budget: {
    description: 'How long the lambda may take for one entity, at p99: `lockstep check --profile` holds it against what was measured',
    schema: { ...duration, examples: ['20 ms', '1 second'] },
  },
  include_as_of: { description: 'Events dated exactly at as_of() are seen', schema: flag },
  defaults: { description: 'Output column to its value where there is no row', schema: scalars },
  universe: {
    description: 'The stream or table whose entities batch snapshots hold; without it, those with a row in the query',
    schema: text,
  },
  status: { description: 'Where the feature is in its life (active)', schema: { enum: ['draft', 'active', 'deprecated'] } },
  deprecation_date: {
    description: 'From this day on, UTC, nobody may rely on it: 2027-03-01. It becomes a deprecation_date of dbt',
    schema: { ...text, pattern: '^\\d{4}-\\d{2}-\\d{2}$', examples: ['2027-03-01'] },
  },
  parity: { description: 'What `lockstep parity` must show of this feature', schema: objectSchema(parityKeys) },
  consumers: { description: 'Who reads it; these become dbt exposures', schema: names },
  grants: {
    description: "Who may read what it shows: of a privilege, in the place of the project's `dbt.grants`; `+select` adds to them",
    schema: grants,
  },
  waive: { description: 'Diagnostics that are right to ignore here', schema: { type: 'array', items: objectSchema(waiverKeys) } },
  examples: {
    description: 'Unit tests: a few events, an instant, the expected row',
    schema: { type: 'array', items: objectSchema(exampleKeys) },
  },
} satisfies Keys;
