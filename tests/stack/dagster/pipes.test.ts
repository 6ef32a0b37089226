/** Pipes under Dagster's own clients: what Dagster stored of what a Node process said, against values written by hand. */
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { stackFolder } from '../../../runners/engines/clickhouse.ts';
import { missingParts } from '../in-stack.ts';

/** Class and `repr` of the value. */
type Stored = Readonly<Record<string, readonly [string, string]>>;

interface Thrown {
  readonly message: string;
  readonly stack: readonly string[];
  readonly name: string | null;
  readonly cause: Thrown | null;
  readonly context: Thrown | null;
}

interface Said {
  readonly logs: readonly (readonly [level: number, message: string])[];
  readonly custom: readonly string[];
  readonly forwarded: string;
  readonly runs: readonly { readonly success: boolean; readonly id: string; readonly events: readonly (readonly unknown[])[] }[];
}

async function pipesRun(scenario: string): Promise<Said> {
  const script = resolve('tests/stack/dagster/pipes_run.py');
  const child = [process.execPath, '--import', 'tsx', resolve('tests/stack/dagster/child.ts')];
  const ran = spawn(resolve(stackFolder, 'dagster/bin/python'), ['-W', 'ignore', script, scenario, ...child], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, DAGSTER_DISABLE_TELEMETRY: 'yes' },
  });
  let stdout = '';
  let stderr = '';
  ran.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  ran.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const code = await new Promise<number | null>((done) => ran.on('close', done));
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as Said;
}

const column =
  "TableColumn(name='n', type='int', description='how many', constraints=TableColumnConstraints(nullable=False, unique=True, other=['> 0']), tags={'pii': 'no'})";
const plainColumn =
  "TableColumn(name='s', type='string', description=None, constraints=TableColumnConstraints(nullable=True, unique=False, other=[]), tags={})";

const everyType: Stored = {
  text: ['TextMetadataValue', '\'é€😀 "quoted" \\x00\\u2028\''],
  url: ['UrlMetadataValue', "'https://example.com/?a=1&b=2'"],
  path: ['PathMetadataValue', "'/data/x.parquet'"],
  notebook: ['NotebookMetadataValue', "'/n.ipynb'"],
  json: [
    'JsonMetadataValue',
    "{'a': [1, 1.5, 0, None, 'x', {'deep': True}], 'big': 1180591620717411303424, 'large': 1.152921504606847e+18, '__proto': 1}",
  ],
  json_list: ['JsonMetadataValue', '[]'],
  md: ['MarkdownMetadataValue', "'**bold**'"],
  float: ['FloatMetadataValue', '1.0'],
  float_minus_zero: ['FloatMetadataValue', '-0.0'],
  float_large: ['FloatMetadataValue', '1e+21'],
  float_small: ['FloatMetadataValue', '5e-324'],
  float_nan: ['FloatMetadataValue', 'nan'],
  float_infinite: ['FloatMetadataValue', '-inf'],
  int: ['IntMetadataValue', '-3'],
  int_big: ['IntMetadataValue', '1180591620717411303424'],
  bool: ['BoolMetadataValue', 'False'],
  run: ['DagsterRunMetadataValue', "'0c0ffee0-0000-4000-8000-000000000000'"],
  asset: ['DagsterAssetMetadataValue', "AssetKey(['raw', 'with\\\\backslash'])"],
  null: ['NullMetadataValue', 'None'],
  table: [
    'TableMetadataValue',
    `TableMetadataValue(records=[TableRecord(data={'n': 1, 's': 'x', 'f': 1.5, 'b': True, 'z': None, 'big': 18446744073709551616})], schema=TableSchema(columns=[${column}, ${plainColumn}], constraints=TableConstraints(other=[])))`,
  ],
  table_schema: ['TableSchemaMetadataValue', `TableSchema(columns=[${column}], constraints=TableConstraints(other=[]))`],
  lineage: [
    'TableColumnLineageMetadataValue',
    "TableColumnLineage(deps_by_column={'n': [TableColumnDep(asset_key=AssetKey(['raw', 'a/b']), column_name='m'), TableColumnDep(asset_key=AssetKey(['x', 'y']), column_name='o')]})",
  ],
  timestamp: ['TimestampMetadataValue', '1769860800.25'],
  timestamp_whole: ['TimestampMetadataValue', '1769860800.0'],
  plain_text: ['TextMetadataValue', "'plain'"],
  plain_int: ['IntMetadataValue', '3'],
  plain_float: ['FloatMetadataValue', '1.5'],
  plain_large: ['FloatMetadataValue', '1.152921504606847e+18'],
  plain_nan: ['FloatMetadataValue', 'nan'],
  plain_big: ['IntMetadataValue', '12345678901234567890'],
  plain_bool: ['BoolMetadataValue', 'True'],
  plain_null: ['NullMetadataValue', 'None'],
  plain_list: ['JsonMetadataValue', "[1, 'two']"],
};

const opened = [20, '[pipes] external process successfully opened dagster pipes.'];

describe.skipIf(missingParts.includes('dagster'))('a Node process with Pipes', () => {
  // Python takes longer to begin than all the rest: beside each other they do not wait.
  const names = ['file', 'env', 'stdio', 'buffered'].map((transport) => `everything-${transport}`);
  const contexts = ['one', 'static', 'day', 'range', 'retry'].map((context) => `context-${context}`);
  const runs = new Map<string, Said>();
  beforeAll(async () => {
    const waiting = [...names, ...contexts, 'thrown'];
    const next = async (): Promise<void> => {
      for (let scenario = waiting.shift(); scenario !== undefined; scenario = waiting.shift()) runs.set(scenario, await pipesRun(scenario));
    };
    await Promise.all([next(), next()]);
  });
  const said = (scenario: string): Said => runs.get(scenario) as Said;

  test.each(names)('%s: every message and every type of metadata is stored as it was meant', (scenario) => {
    const { logs, custom, runs } = said(scenario);
    expect(logs).toStrictEqual([
      opened,
      [10, 'a debug message'],
      [20, 'an info message: é😀\ufffd'],
      [30, 'a warning\nof two lines'],
      [40, 'an error'],
      [50, 'a critical one'],
    ]);
    expect(custom).toStrictEqual(["{'n': 9223372036854775808, 'f': 1.5, 'list': [], 'text': '😀', 'none': None}", "'text'"]);
    expect(runs).toHaveLength(1);
    expect(runs[0]).toStrictEqual({
      success: true,
      id: expect.any(String) as string,
      events: [
        ['materialization', ['raw', 'a/b\\c'], null, null, {}],
        ['materialization', ['plain'], null, 'd1', everyType],
        ['check', ['plain'], 'parity', false, 'WARN', everyType],
        ['check', ['plain'], 'fresh', true, 'ERROR', {}],
      ],
    });
  });

  test('what it wrote to its streams comes, too, if Dagster asks for it', () => {
    expect(said('everything-file').forwarded).toBe('from elsewhere\n');
    expect(said('everything-env').forwarded).toBe('half a line, to stdout é\nfrom elsewhere\n');
    expect(said('everything-stdio').forwarded).toBe('half a line, \nto stdout é\nfrom elsewhere\n');
    expect(said('everything-buffered').forwarded).toBe('half a line, to stdout é\nfrom elsewhere\n');
  });

  const day = "{'start': '2026-01-31', 'end': '2026-01-31'}";
  const window = "{'start': '2026-01-31T00:00:00+00:00', 'end': '2026-02-01T00:00:00+00:00'}";
  const first = "{'mart/orders': None}";
  const again = "{'mart/orders': {'codeVersion': 'v1', 'inputDataVersions': {}, 'isUserProvided': False}}";
  test.each([
    { scenario: 'context-one', key: 'None', range: 'None', time: 'None', provenances: [first, again], retry: 0, partitions: [null, null] },
    {
      scenario: 'context-static',
      key: "'x/y'",
      range: "{'start': 'x/y', 'end': 'x/y'}",
      time: 'None',
      provenances: [first],
      retry: 0,
      partitions: ['x/y'],
    },
    { scenario: 'context-day', key: "'2026-01-31'", range: day, time: window, provenances: [first], retry: 0, partitions: ['2026-01-31'] },
    // Of a run of several partitions Dagster says nothing.
    {
      scenario: 'context-range',
      key: 'None',
      range: 'None',
      time: 'None',
      provenances: [first],
      retry: 0,
      partitions: ['2026-01-30', '2026-01-31', '2026-02-01'],
    },
    { scenario: 'context-retry', key: 'None', range: 'None', time: 'None', provenances: [first], retry: 1, partitions: [null] },
  ])('$scenario: the context is what Dagster knows of the step', ({ scenario, key, range, time, provenances, retry, partitions }) => {
    const { custom, runs } = said(scenario);
    expect(runs.map(({ success }) => success)).toStrictEqual(runs.map(() => true));
    expect(custom).toStrictEqual(
      provenances.map(
        (provenance, index) =>
          `{'assetKeys': ['mart/orders'], 'assetKey': 'mart/orders', 'codeVersionByAssetKey': {'mart/orders': 'v1'}, ` +
          `'provenanceByAssetKey': ${provenance}, 'partitionKey': ${key}, 'partitionKeyRange': ${range}, 'partitionTimeWindow': ${time}, ` +
          `'runId': '${runs[index]?.id}', 'jobName': '__ephemeral_asset_job__', 'retryNumber': ${retry}, ` +
          `'extras': {'big': 9223372036854775808, 'text': 'é€😀', 'float': 1, 'nothing': None, 'nested': {'nan': nan}}}`,
      ),
    );
    const materialized = runs.flatMap(({ events }) => events.filter(([kind]) => kind === 'materialization'));
    expect(materialized).toStrictEqual(
      partitions.map((partition) => [
        'materialization',
        ['mart', 'orders'],
        partition,
        null,
        { retry: ['IntMetadataValue', String(retry)] },
      ]),
    );
  });

  test('a step that fails is tried again, with the exception of the first time beside it', () => {
    const { runs } = said('context-retry');
    expect(runs[0]?.events.map(([kind, text]) => [kind, kind === 'materialization' ? '' : text])).toStrictEqual([
      ['STEP_UP_FOR_RETRY', 'dagster._core.errors.DagsterPipesExecutionError: External execution process failed with code 1\n'],
      ['materialization', ''],
      ['engine', '[pipes] external process pipes closed with exception'],
    ]);
  });

  test('an exception is an event with its chain, and its exit code fails the step', () => {
    const { runs } = said('thrown');
    expect(runs[0]?.success).toBe(false);
    const [failure, engine, ...others] = runs[0]?.events ?? [];
    expect(others).toStrictEqual([]);
    expect(failure).toStrictEqual([
      'STEP_FAILURE',
      'dagster._core.errors.DagsterPipesExecutionError: External execution process failed with code 1\n',
    ]);
    expect(engine?.[1]).toBe('[pipes] external process pipes closed with exception');
    const chain = (thrown: Thrown | null): unknown =>
      thrown && [
        thrown.name,
        thrown.message,
        thrown.stack.filter((frame) => frame.includes('child.ts')).length > 0,
        chain(thrown.cause),
        chain(thrown.context),
      ];
    expect(chain(engine?.[2] as Thrown)).toStrictEqual([
      'AggregateError',
      'AggregateError: all of them\n',
      true,
      ['OwnError', 'OwnError: of two\nlines\n', true, [null, 'a text that was thrown\n', false, null, null], null],
      [
        'TypeError',
        'TypeError: first\n',
        true,
        null,
        ['RangeError', 'RangeError: second\n', true, ['Error', 'Error: under it\n', true, null, null], null],
      ],
    ]);
  });
});
