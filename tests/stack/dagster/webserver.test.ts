/** REST and GraphQL against Dagster's own web server; what was reported is read back by Python. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  checkExecutions,
  checksOfRun,
  DagsterRequestError,
  DagsterResultError,
  type DagsterServer,
  DagsterWaitError,
  externalAssets,
  jobs,
  launchRun,
  metadata,
  runState,
  terminateRun,
  waitForRun,
} from '../../../runners/orchestrate/dagster-ts-client/index.ts';
import { missingParts } from '../in-stack.ts';
import { startWebserver, type Webserver } from './webserver.ts';

const location = 'location.py';
const orders = 'mart/orders';
const nobody = '0c0ffee0-0000-4000-8000-000000000000';

describe.skipIf(missingParts.includes('dagster'))("Dagster's web server", () => {
  let webserver: Webserver | undefined;
  let server: DagsterServer = { url: '' };
  beforeAll(async () => {
    webserver = await startWebserver();
    server = { url: `${webserver.url}/` };
  });
  afterAll(() => webserver?.stop());

  /** The error that it is. */
  const thrown = async <E>(asked: Promise<unknown>, type: abstract new (...parts: never) => E): Promise<E> => {
    const error = await asked.then(
      () => null,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(type);
    return error as E;
  };

  test('stores events of external assets as they were reported', async () => {
    const external = externalAssets(server);
    await external.reportAssetMaterialization({ assetKey: 'lake/clicks' });
    await external.reportAssetMaterialization({
      assetKey: ['lake', 'a/b\\c', 'é'],
      dataVersion: 'v1',
      description: 'é😀',
      partition: '2026-01-31',
      metadata: {
        float: metadata.float(1),
        int: metadata.int(2n ** 70n),
        text: metadata.text('x'),
        json: metadata.json({ a: [1.5, { b: null }] }),
        bool: metadata.bool(false),
        null: metadata.null(),
        plain: 'y',
        number: 3,
        list: [1, 'a'],
        nan: Number.NaN,
      },
    });
    await external.reportAssetObservation({ assetKey: 'lake/clicks', dataVersion: 'v2', metadata: { rows: 7 } });
    await external.reportAssetCheck({ assetKey: 'lake/clicks', checkName: 'parity', passed: false, severity: 'WARN', metadata: { n: 1 } });
    await external.reportAssetCheck({ assetKey: 'lake/clicks', checkName: 'parity', passed: true, partition: 'p' });
    expect(JSON.parse(webserver?.python('tests/stack/dagster/stored.py') ?? '')).toStrictEqual([
      ['ASSET_MATERIALIZATION', ['lake', 'clicks'], null, [null, null], {}],
      [
        'ASSET_MATERIALIZATION',
        ['lake', 'a/b\\c', 'é'],
        '2026-01-31',
        ['é😀', 'v1'],
        {
          float: ['FloatMetadataValue', '1.0'],
          int: ['IntMetadataValue', '1180591620717411303424'],
          text: ['TextMetadataValue', "'x'"],
          json: ['JsonMetadataValue', "{'a': [1.5, {'b': None}]}"],
          bool: ['BoolMetadataValue', 'False'],
          null: ['NullMetadataValue', 'None'],
          plain: ['TextMetadataValue', "'y'"],
          number: ['IntMetadataValue', '3'],
          list: ['JsonMetadataValue', "[1, 'a']"],
          nan: ['FloatMetadataValue', 'nan'],
        },
      ],
      ['ASSET_OBSERVATION', ['lake', 'clicks'], null, [null, 'v2'], { rows: ['IntMetadataValue', '7'] }],
      ['ASSET_CHECK_EVALUATION', ['lake', 'clicks'], null, ['parity', false, 'WARN'], { n: ['IntMetadataValue', '1'] }],
      ['ASSET_CHECK_EVALUATION', ['lake', 'clicks'], 'p', ['parity', true, 'ERROR'], {}],
    ]);
  });

  test('refuses a report with its reason', async () => {
    const severity = 'SEVERE' as 'WARN';
    const report = externalAssets(server).reportAssetCheck({ assetKey: orders, checkName: 'fresh', passed: false, severity });
    const { failure, status, message } = await thrown(report, DagsterRequestError);
    expect([failure, status]).toStrictEqual(['status', 400]);
    expect(message).toContain("'SEVERE' is not a valid AssetCheckSeverity");
  });

  test('knows its jobs', async () => {
    const known = (await jobs(server)).map(({ location: of, repository, job }) => [of, repository, job]);
    expect(known.toSorted()).toStrictEqual(['__ASSET_JOB', 'daily', 'slow'].map((job) => [location, '__repository__', job]));
  });

  test('runs a job, and says what its checks found, with every type of metadata', async () => {
    const config = { ops: { mart__orders: { config: { rows: 0 } } } };
    const runId = await launchRun(server, { location, job: 'daily', config, tags: { why: 'é' } });
    const run = await waitForRun(server, runId, { deadline: 120_000, pauses: [100, 500] });
    expect([run.runId, run.jobName, run.status]).toStrictEqual([runId, 'daily', 'SUCCESS']);
    expect(run.tags).toContainEqual({ key: 'why', value: 'é' });
    const checks = await checksOfRun(server, runId);
    expect(
      checks.map(({ runId: of, status, partition, evaluation }) => [of === runId, status, partition, evaluation?.checkName]).toSorted(),
    ).toStrictEqual([
      [true, 'FAILED', null, 'parity'],
      [true, 'SUCCEEDED', null, 'fresh'],
    ]);
    const parity = checks.find(({ evaluation }) => evaluation?.checkName === 'parity')?.evaluation;
    expect([parity?.assetKey.path, parity?.success, parity?.severity]).toStrictEqual([['mart', 'orders'], false, 'WARN']);
    const entry = (label: string, type: string, value: object): object => ({ __typename: `${type}MetadataEntry`, label, ...value });
    const of = { path: ['a', 'b'] };
    const columns = [{ name: 'n', type: 'int' }];
    expect(parity?.metadataEntries.toSorted((a, b) => (a.label < b.label ? -1 : 1))).toStrictEqual([
      entry('asset', 'Asset', { assetKey: of }),
      entry('bool', 'Bool', { boolValue: true }),
      entry('float', 'Float', { floatRepr: '1.0' }),
      entry('int', 'Int', { intRepr: '1180591620717411303424' }),
      entry('json', 'Json', { jsonString: '{"a": [1, 1.5]}' }),
      entry('lineage', 'TableColumnLineage', { lineage: [{ columnName: 'n', columnDeps: [{ assetKey: of, columnName: 'm' }] }] }),
      entry('md', 'Markdown', { mdStr: '**x**' }),
      entry('nan', 'Float', { floatRepr: 'nan' }),
      entry('notebook', 'Notebook', { path: '/n.ipynb' }),
      entry('null', 'Null', {}),
      entry('path', 'Path', { path: '/x' }),
      entry('run', 'PipelineRun', { runId: 'some-run' }),
      entry('schema', 'TableSchema', { schema: { columns } }),
      entry('table', 'Table', { table: { records: ['{"n": 1}'], schema: { columns } } }),
      entry('text', 'Text', { text: 'é😀' }),
      entry('timestamp', 'Timestamp', { timestamp: 1.5 }),
      entry('url', 'Url', { url: 'https://example.com' }),
    ]);
  });

  test('executes one check alone; its executions come newest first, in pages', async () => {
    const checks = [{ assetKey: orders, checkName: 'fresh' }];
    const runId = await launchRun(server, { location, assets: [], checks });
    expect((await waitForRun(server, runId, { deadline: 120_000, pauses: [100, 500] })).status).toBe('SUCCESS');
    expect((await checksOfRun(server, runId)).map(({ evaluation }) => [evaluation?.checkName, evaluation?.description])).toStrictEqual([
      ['fresh', 'seen'],
    ]);
    await externalAssets(server).reportAssetCheck({ assetKey: orders, checkName: 'fresh', passed: false });
    const question = { assetKey: orders, checkName: 'fresh' };
    const all = await checkExecutions(server, question);
    expect(all.slice(0, 2).map((execution) => [execution.runId, execution.status])).toStrictEqual([
      ['', 'FAILED'],
      [runId, 'SUCCEEDED'],
    ]);
    const [first] = await checkExecutions(server, { ...question, limit: 1 });
    expect(first).toStrictEqual(all[0]);
    expect(await checkExecutions(server, { ...question, before: first?.id })).toStrictEqual(all.slice(1));
    expect(await checkExecutions(server, { ...question, checkName: 'unknown' })).toStrictEqual([]);
  });

  test('a run that fails has ended, too', async () => {
    const runId = await launchRun(server, { location, assets: ['broken'] });
    expect((await waitForRun(server, runId, { deadline: 120_000, pauses: [100, 500] })).status).toBe('FAILURE');
  });

  test('a run is waited for until the deadline, left, and terminated', async () => {
    const runId = await launchRun(server, { location, job: 'slow', config: { ops: { wait: { config: { seconds: 600 } } } } });
    const { runId: of, status } = await thrown(waitForRun(server, runId, { deadline: 5_000, pauses: [100, 500] }), DagsterWaitError);
    expect([of, ['STARTING', 'STARTED'].includes(status ?? '')]).toStrictEqual([runId, true]);
    const stopping = new AbortController();
    const waiting = waitForRun(server, runId, { deadline: 60_000, signal: stopping.signal });
    setTimeout(() => stopping.abort(), 300);
    expect((await thrown(waiting, Error)).name).toBe('AbortError');
    await terminateRun(server, runId);
    expect((await waitForRun(server, runId, { deadline: 60_000, pauses: [100, 500] })).status).toBe('CANCELED');
    const again = await thrown(terminateRun(server, runId), DagsterResultError);
    expect([again.type, again.message]).toStrictEqual([
      'TerminateRunFailure',
      `TerminateRunFailure: Run ${runId} could not be terminated due to having status CANCELED.`,
    ]);
  });

  test("Dagster's own errors are errors with its names for them", async () => {
    const refused = (asked: Promise<unknown>): Promise<DagsterResultError> => thrown(asked, DagsterResultError);
    const invalid = await refused(launchRun(server, { location, job: 'slow', config: { ops: { wait: { config: { seconds: 'x' } } } } }));
    expect([invalid.type, invalid.problems.map(({ path, reason }) => [path, reason])]).toStrictEqual([
      'RunConfigValidationInvalid',
      [[['ops', 'wait', 'config', 'seconds'], 'RUNTIME_TYPE_MISMATCH']],
    ]);
    expect((await refused(launchRun(server, { location, job: 'nobody' }))).type).toBe('PipelineNotFoundError');
    expect((await refused(launchRun(server, { location, assets: ['nobody'] }))).type).toBe('InvalidSubsetError');
    expect((await refused(runState(server, nobody))).type).toBe('RunNotFoundError');
    expect((await refused(waitForRun(server, nobody, { deadline: 5_000 }))).type).toBe('RunNotFoundError');
    expect((await refused(terminateRun(server, nobody))).type).toBe('RunNotFoundError');
    expect((await refused(checksOfRun(server, nobody))).type).toBe('RunNotFoundError');
  });
});
