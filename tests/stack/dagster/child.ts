/** What Dagster starts in `pipes.test.ts`. */
import { type JsonObject, type Metadata, metadata, withPipes } from '../../../runners/orchestrate/dagster-ts-client/index.ts';

const [scenario = ''] = process.argv.slice(2);

const column = {
  name: 'n',
  type: 'int',
  description: 'how many',
  tags: { pii: 'no' },
  constraints: { nullable: false, unique: true, other: ['> 0'] },
};

/** One of each type; and of each plain value. */
const everyType: Metadata = {
  text: metadata.text('é€😀 "quoted" \u0000\u2028'),
  url: metadata.url('https://example.com/?a=1&b=2'),
  path: metadata.path('/data/x.parquet'),
  notebook: metadata.notebook('/n.ipynb'),
  json: metadata.json({ a: [1, 1.5, -0, null, 'x', { deep: true }], big: 2n ** 70n, large: 2 ** 60, __proto: 1 }),
  json_list: metadata.json([]),
  md: metadata.md('**bold**'),
  float: metadata.float(1),
  float_minus_zero: metadata.float(-0),
  float_large: metadata.float(1e21),
  float_small: metadata.float(5e-324),
  float_nan: metadata.float(Number.NaN),
  float_infinite: metadata.float(Number.NEGATIVE_INFINITY),
  int: metadata.int(-3),
  int_big: metadata.int(2n ** 70n),
  bool: metadata.bool(false),
  run: metadata.dagsterRun('0c0ffee0-0000-4000-8000-000000000000'),
  asset: metadata.asset(['raw', 'with\\backslash']),
  null: metadata.null(),
  table: metadata.table([{ n: 1, s: 'x', f: 1.5, b: true, z: null, big: 2n ** 64n }], [column, { name: 's', type: 'string' }]),
  table_schema: metadata.tableSchema([column]),
  lineage: metadata.tableColumnLineage({
    n: [
      { assetKey: ['raw', 'a/b'], column: 'm' },
      { assetKey: 'x/y', column: 'o' },
    ],
  }),
  timestamp: metadata.timestamp(new Date('2026-01-31T12:00:00.250Z')),
  timestamp_whole: metadata.timestamp(1_769_860_800),
  plain_text: 'plain',
  plain_int: 3,
  plain_float: 1.5,
  plain_large: 2 ** 60,
  plain_nan: Number.NaN,
  plain_big: 12345678901234567890n,
  plain_bool: true,
  plain_null: null,
  plain_list: [1, 'two'],
};

if (scenario.startsWith('everything')) {
  await withPipes(({ log, logExternalStream, reportAssetCheck, reportAssetMaterialization, reportCustomMessage }) => {
    process.stdout.write('half a line, ');
    log.debug('a debug message');
    log.info('an info message: é😀\ud800');
    log.warning('a warning\nof two lines');
    log.error('an error');
    log.critical('a critical one');
    console.log('to stdout é');
    console.error('to stderr');
    logExternalStream({ stream: 'stdout', text: 'from elsewhere\n', extras: { part: 1 } });
    reportCustomMessage({ n: 2n ** 63n, f: 1.5, list: [], text: '😀', none: null });
    reportCustomMessage('text');
    reportAssetMaterialization({ assetKey: 'raw/a\\/b\\\\c' });
    reportAssetMaterialization({ assetKey: 'plain', dataVersion: 'd1', metadata: everyType });
    reportAssetCheck({ assetKey: 'plain', checkName: 'parity', passed: false, severity: 'WARN', metadata: everyType });
    reportAssetCheck({ assetKey: ['plain'], checkName: 'fresh', passed: true });
  });
} else if (scenario.startsWith('context')) {
  await withPipes(({ context, reportAssetMaterialization, reportCustomMessage }) => {
    reportCustomMessage(context as unknown as JsonObject);
    if (scenario === 'context-retry' && context?.retryNumber === 0) throw new Error('the first try');
    reportAssetMaterialization({ metadata: { retry: context?.retryNumber ?? -1 } });
  });
} else if (scenario === 'thrown') {
  class OwnError extends Error {
    override readonly name = 'OwnError';
  }
  await withPipes(() => {
    const cause = new OwnError('of two\nlines', { cause: 'a text that was thrown' });
    throw new AggregateError([new TypeError('first'), new RangeError('second', { cause: new Error('under it') })], 'all of them', {
      cause,
    });
  });
}
