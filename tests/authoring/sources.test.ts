import { expect, test } from 'vitest';
import { typeName } from '../../compiler/sql-type.ts';
import { read } from './read.ts';

function stream(lines: string): string {
  return `streams:\n  s:\n    warehouse: raw.s\n${lines.replace(/^/gm, '    ')}\n`;
}
const whole = 'key: id\nevent_time: t\n';
const said = (text: string): readonly string[] => read({ 'transforms/sources.yml': text }).said;

test('a stream and a table as they are declared', () => {
  const { project, said: complaints } = read({
    'transforms/sources.yml': `streams:
  chats:
    description: A chat message.
    warehouse: ref('chats')
    topic: chats.v1
    envelope: segment
    key: [chat_id, "Part"]
    event_time: sent_at
    ingest_time: ingested_at
    lateness: 10 minutes
    columns:
      chat_id: VARCHAR
      "Part": INT
      user_id: { type: "NUMBER(38,0)", topic: sender.id, pii: true, max: 1000000 }
      sent_at: { type: TIMESTAMP_NTZ, topic: sentAt, unit: ms }
      ingested_at: TIMESTAMP_NTZ
tables:
  sellers:
    warehouse: raw.core.sellers_history
    key: seller_id
    updated_at: updated_at
    version_by: lsn
    deleted: is_deleted
    columns: { seller_id: NUMBER(38,0), country: VARCHAR, lsn: NUMBER(10, 2), updated_at: TIMESTAMP_NTZ, is_deleted: BOOLEAN }
`,
  });
  expect(complaints).toEqual([]);
  const [chats, sellers] = project.catalog.sources;
  expect(chats).toMatchObject({
    kind: 'stream',
    name: 'chats',
    warehouse: "ref('chats')",
    topic: 'chats.v1',
    envelope: 'segment',
    key: ['CHAT_ID', 'Part'],
    eventTime: 'SENT_AT',
    ingestTime: 'INGESTED_AT',
    lateness: 600_000_000n,
    maxSkew: 300_000_000n,
  });
  expect(chats?.columns[2]).toEqual({
    name: 'USER_ID',
    type: { kind: 'number', precision: 38, scale: 0 },
    pii: true,
    maskingPolicy: null,
    topicPath: 'sender.id',
    unit: null,
    max: 1_000_000n,
  });
  expect(sellers).toMatchObject({
    kind: 'table',
    envelope: 'plain',
    key: ['SELLER_ID'],
    updatedAt: 'UPDATED_AT',
    versionBy: 'LSN',
    deleted: 'IS_DELETED',
    lateness: 0n,
  });
  expect(sellers?.columns.map(({ name, type }) => `${name} ${typeName(type)}`)).toEqual([
    'SELLER_ID NUMBER(38,0)',
    'COUNTRY VARCHAR',
    'LSN NUMBER(10,2)',
    'UPDATED_AT TIMESTAMP_NTZ',
    'IS_DELETED BOOLEAN',
  ]);
});

test.for([
  ['NUMBER', 'NUMBER(38,0)'],
  ['NUMBER(10)', 'NUMBER(10,0)'],
  ['decimal(10, 2)', 'NUMBER(10,2)'],
  ['int', 'NUMBER(38,0)'],
  ['BIGINT', 'NUMBER(38,0)'],
  ['DOUBLE PRECISION', 'FLOAT'],
  ['REAL', 'FLOAT'],
  ['STRING', 'VARCHAR'],
  ['VARCHAR(20)', 'VARCHAR'],
  ['TEXT', 'VARCHAR'],
  ['BOOLEAN', 'BOOLEAN'],
  ['DATE', 'DATE'],
  ['TIMESTAMP', 'TIMESTAMP_NTZ'],
  ['DATETIME', 'TIMESTAMP_NTZ'],
  ['TIMESTAMP_NTZ(9)', 'TIMESTAMP_NTZ'],
  ['TIMESTAMP_LTZ', 'TIMESTAMP_LTZ'],
])('the type %s', ([written, type]) => {
  const { project, said: complaints } = read({
    'transforms/sources.yml': stream(`${whole}columns: { id: INT, t: TIMESTAMP_NTZ, x: "${written}" }`),
  });
  expect(complaints).toEqual([]);
  expect(project.catalog.sources[0]?.columns.map((column) => typeName(column.type))[2]).toBe(type);
});

test.for(['TIME', 'TIMESTAMP_TZ', 'NUMBER(39,0)', 'NUMBER(5,6)', 'NUMBR', 'BINARY', 'VARCHAR(1,2)', 'INT(3)'])(
  'the type %s is refused',
  (written) => {
    const complaints = said(stream(`${whole}columns:\n  id: INT\n  t: TIMESTAMP_NTZ\n  x: ${written}`));
    expect(complaints).toHaveLength(1);
    expect(complaints[0]).toMatch(/^sources\.yml:9:10 config-invalid /);
  },
);

const columns = 'columns: { id: INT, t: TIMESTAMP_NTZ, d: DATE, v: VARCHAR, f: FLOAT }';
const mistakes: readonly (readonly [text: string, first: string])[] = [
  [stream(`key: idd\nevent_time: t\n${columns}`), '4:10 config-invalid `key` names `idd`, which is not among the columns'],
  [
    stream(`key: id\nevent_time: d\n${columns}`),
    '5:17 config-invalid `event_time` names `d`, which is a DATE: a whole day would count as one instant',
  ],
  [stream(`key: id\nevent_time: v\n${columns}`), '5:17 config-invalid `event_time` names `v`, which is no timestamp'],
  [stream(`key: id\nevent_tme: t\n${columns}`), '5:5 config-invalid the stream `s` has no key `event_tme`'],
  [stream(`key: id\n${columns}`), '2:3 config-invalid the stream `s` needs `event_time`: the timestamp column that dates an event'],
  [stream(`${whole}ingest_time: nope\n${columns}`), '6:18 config-invalid `ingest_time` names `nope`, which is not among the columns'],
  [stream(`${whole}lateness: ten minutes\n${columns}`), '6:15 config-invalid `lateness` must be a duration of fixed length'],
  [stream(`${whole}max_skew: 1 month\n${columns}`), '6:15 config-invalid `max_skew` must be a duration of fixed length'],
  [stream(`${whole}envelope: avro\n${columns}`), '6:15 config-invalid `envelope` must be plain, segment or debezium'],
  [stream(`${whole}columns: { id: INT, t: TIMESTAMP_NTZ, ID: INT }`), '6:43 config-invalid the columns `id` and `ID` differ only in case'],
  [
    stream(`${whole}columns: { id: INT, t: TIMESTAMP_NTZ, a b: INT }`),
    '6:43 config-invalid `a b` cannot name a column unless it is quoted',
  ],
  [stream(`${whole}columns: { id: { tpe: INT }, t: TIMESTAMP_NTZ }`), '6:22 config-invalid the column `id` has no key `tpe`'],
  [stream(`${whole}columns: { id: { type: INT, pii: yes please }, t: TIMESTAMP_NTZ }`), '6:38 config-invalid `pii` must be true or false'],
  [
    stream(`${whole}columns: { id: { type: INT, unit: ms }, t: TIMESTAMP_NTZ }`),
    '6:33 config-invalid `unit` is for timestamps, and `id` is a NUMBER(38,0)',
  ],
  [
    stream(`${whole}columns: { id: { type: INT, max: -3 }, t: TIMESTAMP_NTZ }`),
    '6:38 config-invalid `max` must be a whole number that is not negative',
  ],
  [
    `${stream(`${whole}${columns}`)}  S:\n    warehouse: x\n    key: id\n    event_time: t\n    columns: { id: INT, t: TIMESTAMP_NTZ }\n`,
    '7:3 name-taken another source has the name `S`, which SQL reads without regard to case',
  ],
  ['stream:\n  s: 1\n', '1:1 config-invalid sources.yml has no key `stream`'],
  ['streams: 3\n', '1:10 config-invalid `streams` must be a map of keys and values'],
  ['streams:\n  s: [\n', '3:1 yaml-invalid'],
  ['streams:\n  a: *x\n', '2:6 yaml-invalid'],
  ['streams: {}\nstreams: {}\n', '2:1 yaml-invalid Map keys must be unique'],
];

test.for(mistakes)('%j', ([text, first]) => {
  expect(said(text)[0]).toMatch(new RegExp(`^${`sources.yml:${first}`.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}`));
});

test('all mistakes of a file are said', () => {
  expect(said(stream('key: [a, b]\nevent_time: c\nfoo: 1\ncolumns: { id: GEOGRAPHY }'))).toHaveLength(5);
});

test('a table called like the history of another', () => {
  const table = (name: string): string =>
    `  ${name}:\n    warehouse: x\n    key: id\n    updated_at: t\n    columns: { id: INT, t: TIMESTAMP_NTZ }\n`;
  expect(said(`tables:\n${table('a')}${table('a_history')}`)[0]).toMatch(/^sources\.yml:7:3 name-taken /);
});
