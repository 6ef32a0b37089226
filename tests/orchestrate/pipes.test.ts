/** The Pipes protocol without Dagster: what a session writes, against lines written by hand from the protocol's description. */
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  DagsterClientError,
  type Json,
  type JsonObject,
  type Metadata,
  metadata,
  openPipes,
  type Pipes,
  withPipes,
} from '../../runners/orchestrate/dagster-ts-client/index.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pipes-'));
});
afterEach(() => rm(folder, { recursive: true }));

const encoded = (value: unknown): string => deflateSync(JSON.stringify(value)).toString('base64');
const base = { run_id: 'r', job_name: null, retry_number: 0, extras: {} };
const messages = (): string => join(folder, 'messages');

/** A session of a step of these assets, whose messages are `written`. */
function started(assetKeys: readonly string[] | null): Pipes {
  return openPipes({
    argv: [],
    env: {
      DAGSTER_PIPES_CONTEXT: encoded({ data: { ...base, asset_keys: assetKeys } }),
      DAGSTER_PIPES_MESSAGES: encoded({ path: messages() }),
    },
  });
}

/** After the line of `opened`. */
const written = (): readonly string[] => readFileSync(messages(), 'utf8').split('\n').slice(1, -1);

const line = (method: string, params: string): string => `{"__dagster_pipes_version":"0.1","method":"${method}","params":${params}}`;

/** Encoded by `encode_param` of dagster_pipes 1.13.27. */
const fromPython =
  'eJyVUs1qwzAMfpXg69bVSf9I3mD33ZZinEYb2hKlyHbTEPLus13W0pQdBsZY0vdn41HU2mpRJKPQxoBV3zAYX74L1v1Sl+WyEs+JODYaSez96dDVoE7ABjtS1aCurKhxIxUJuaa5UotEnHZiCjV3JyBNB/gXfbxzjnrbkAzp6KwKl/idmYh2x4BxafREo5wBVsEba6j9yLKDKebRbNGG21xSiExm24VMF6tUzMeKNX1C1DfWDx7hQPWsee9hsQXVI9Vd/5fMm5RFXE9xf1DNPGyOCSbsSGHEcYzy1VWKdAu3t2SwPChybQXsu1lQPlvWlxeL3FzKXZrn2Wa9W8s8X3lIgy2GiK/0gYR28K1z+CHpy8YfSycl5N4veOynafoBeOizbA==';

describe('the context', () => {
  test('is read from what Python wrote: integers of any length, infinities, every field', () => {
    const { isActive, context } = openPipes({
      argv: [],
      env: { DAGSTER_PIPES_CONTEXT: fromPython, DAGSTER_PIPES_MESSAGES: encoded({ path: messages() }) },
    });
    expect(isActive).toBe(true);
    expect(context).toStrictEqual({
      assetKeys: ['raw/a\\/b', 'plain'],
      assetKey: null,
      codeVersionByAssetKey: { 'raw/a\\/b': null, plain: 'v7' },
      provenanceByAssetKey: { 'raw/a\\/b': null, plain: { codeVersion: 'v6', inputDataVersions: { up: 'u1' }, isUserProvided: true } },
      partitionKey: '2026-01-31',
      partitionKeyRange: { start: '2026-01-31', end: '2026-01-31' },
      partitionTimeWindow: { start: '2026-01-31T00:00:00+00:00', end: '2026-02-01T00:00:00+00:00' },
      runId: 'r1',
      jobName: null,
      retryNumber: 2,
      extras: { id: 9007199254740993n, limit: Number.POSITIVE_INFINITY, x: [1.5, 'é', null] },
    });
  });

  test('is read from a file, and from arguments before the environment', () => {
    const file = join(folder, 'context');
    writeFileSync(file, JSON.stringify({ ...base, run_id: 'of the file', asset_keys: ['one'] }));
    const inherited = { DAGSTER_PIPES_CONTEXT: fromPython, DAGSTER_PIPES_MESSAGES: encoded({ path: join(folder, 'inherited') }) };
    for (const argv of [
      ['run', '--dagster-pipes-context', encoded({ path: file }), '--dagster-pipes-messages', encoded({ path: messages() }), '--else'],
      [`--dagster-pipes-messages=${encoded({ path: messages() })}`, `--dagster-pipes-context=${encoded({ path: file })}`],
    ]) {
      const { context } = openPipes({ argv, env: inherited });
      expect([context?.runId, context?.assetKey]).toStrictEqual(['of the file', 'one']);
    }
    expect(readFileSync(messages(), 'utf8')).toBe(`${line('opened', '{"extras":{}}')}\n`.repeat(2));
  });

  const given: readonly (readonly [string, Readonly<Record<string, string>>, string])[] = [
    ['no place for messages', { DAGSTER_PIPES_CONTEXT: fromPython }, 'DAGSTER_PIPES_MESSAGES is missing'],
    ['no base64 of zlib', { DAGSTER_PIPES_CONTEXT: 'aGVsbG8=', DAGSTER_PIPES_MESSAGES: '' }, 'DAGSTER_PIPES_CONTEXT is not what Dagster'],
    ['an empty text', { DAGSTER_PIPES_CONTEXT: '', DAGSTER_PIPES_MESSAGES: '' }, 'DAGSTER_PIPES_CONTEXT is not what Dagster'],
    ['JSON with a rest', withContextText('{} 1'), 'DAGSTER_PIPES_CONTEXT is not what Dagster'],
    ['a list', withContextText('[]'), 'DAGSTER_PIPES_CONTEXT holds no object'],
    ['a bucket', withContextText('{"bucket":"b","key":"k"}'), 'the context is in bucket, key'],
    ['no run', withContextText('{"data":{}}'), "the context's run_id"],
    ['a range of numbers', withContextText('{"data":{"run_id":"r","partition_key_range":{"start":1,"end":2}}}'), 'partition_key_range'],
    ['keys that are no texts', withContextText('{"data":{"run_id":"r","asset_keys":[1]}}'), 'asset_keys'],
    [
      'a bucket for messages',
      { DAGSTER_PIPES_CONTEXT: fromPython, DAGSTER_PIPES_MESSAGES: encoded({ bucket: 'b' }) },
      'messages go to bucket',
    ],
    ['a third stream', { DAGSTER_PIPES_CONTEXT: fromPython, DAGSTER_PIPES_MESSAGES: encoded({ stdio: 'stdin' }) }, 'stdout or stderr'],
  ];
  test.each(given)('is refused if there is %s', (_, env, reason) => {
    expect(() => openPipes({ argv: [], env })).toThrow(reason);
    expect(() => openPipes({ argv: [], env })).toThrow(DagsterClientError);
  });
});

function withContextText(text: string): Readonly<Record<string, string>> {
  return { DAGSTER_PIPES_CONTEXT: deflateSync(text).toString('base64'), DAGSTER_PIPES_MESSAGES: encoded({ path: join(tmpdir(), 'none') }) };
}

describe('messages', () => {
  test('have every parameter of their method, in lines of ASCII', () => {
    const pipes = started(['one']);
    pipes.log.debug('d');
    pipes.log.info('é\u2028😀 "q" \u007f');
    pipes.log.warning('half \ud83d');
    pipes.log.error('');
    pipes.log.critical('two\nlines');
    pipes.logExternalStream({ stream: 'stderr', text: 'x\n' });
    pipes.logExternalStream({ stream: 'stdout', text: 'x', extras: { n: 1 } });
    pipes.reportCustomMessage({ big: 2n ** 64n, f: -0, g: 1e300, h: [Number.NaN, Number.NEGATIVE_INFINITY], __proto__x: null });
    pipes.reportAssetMaterialization();
    pipes.reportAssetCheck({ checkName: 'parity', passed: false });
    pipes.reportAssetCheck({ assetKey: ['one'], checkName: 'p', passed: true, severity: 'WARN', metadata: { n: 1 } });
    pipes.close();
    pipes.close(new Error('too late to be heard'));
    expect(written()).toStrictEqual([
      line('log', '{"message":"d","level":"DEBUG"}'),
      line('log', '{"message":"\\u00e9\\u2028\\ud83d\\ude00 \\"q\\" \\u007f","level":"INFO"}'),
      line('log', '{"message":"half \\ufffd","level":"WARNING"}'),
      line('log', '{"message":"","level":"ERROR"}'),
      line('log', '{"message":"two\\nlines","level":"CRITICAL"}'),
      line('log_external_stream', '{"stream":"stderr","text":"x\\n","extras":{}}'),
      line('log_external_stream', '{"stream":"stdout","text":"x","extras":{"n":1}}'),
      line('report_custom_message', '{"payload":{"big":18446744073709551616,"f":0,"g":1e+300,"h":[NaN,-Infinity],"__proto__x":null}}'),
      line('report_asset_materialization', '{"asset_key":"one","data_version":null,"metadata":null}'),
      line('report_asset_check', '{"asset_key":"one","check_name":"parity","passed":false,"severity":"ERROR","metadata":null}'),
      line(
        'report_asset_check',
        '{"asset_key":"one","check_name":"p","passed":true,"severity":"WARN","metadata":{"n":{"raw_value":1,"type":"__infer__"}}}',
      ),
      line('closed', '{}'),
    ]);
  });

  test('metadata has the type that was said, and Python reads its numbers as they are meant', () => {
    const given: Readonly<Record<string, readonly [Metadata[string], string]>> = {
      text: [metadata.text('x'), '"x","type":"text"'],
      url: [metadata.url('https://example.com'), '"https://example.com","type":"url"'],
      path: [metadata.path('/x'), '"/x","type":"path"'],
      notebook: [metadata.notebook('/n.ipynb'), '"/n.ipynb","type":"notebook"'],
      md: [metadata.md('*x*'), '"*x*","type":"md"'],
      run: [metadata.dagsterRun('id'), '"id","type":"dagster_run"'],
      asset: [metadata.asset(['a', 'b\\c']), '"a/b\\\\c","type":"asset"'],
      json: [metadata.json({ a: [1.5, 2 ** 60, { b: null }] }), '{"a":[1.5,1152921504606847000.0,{"b":null}]},"type":"json"'],
      float: [metadata.float(1), '1.0,"type":"float"'],
      minus: [metadata.float(-0), '-0.0,"type":"float"'],
      large: [metadata.float(1e21), '1e+21,"type":"float"'],
      digits: [metadata.float(1e20), '100000000000000000000.0,"type":"float"'],
      nan: [metadata.float(Number.NaN), 'NaN,"type":"float"'],
      infinite: [metadata.float(Number.POSITIVE_INFINITY), 'Infinity,"type":"float"'],
      int: [metadata.int(7), '7,"type":"int"'],
      big: [metadata.int(-(2n ** 65n)), '-36893488147419103232,"type":"int"'],
      bool: [metadata.bool(true), 'true,"type":"bool"'],
      none: [metadata.null(), 'null,"type":"null"'],
      timestamp: [metadata.timestamp(new Date(1500)), '1.5,"type":"timestamp"'],
      second: [metadata.timestamp(2), '2.0,"type":"timestamp"'],
      table: [
        metadata.table([{ n: 1, s: null }], [{ name: 'n', type: 'int', description: 'd' }]),
        '{"records":[{"n":1,"s":null}],"schema":[{"name":"n","type":"int","description":"d"}]},"type":"table"',
      ],
      schema: [
        metadata.tableSchema([{ name: 'n', type: 'int', tags: { t: 'v' }, constraints: { nullable: false } }]),
        '{"columns":[{"name":"n","type":"int","tags":{"t":"v"},"constraints":{"nullable":false}}]},"type":"table_schema"',
      ],
      lineage: [
        metadata.tableColumnLineage({ n: [{ assetKey: 'a/b\\/c', column: 'm' }] }),
        '{"deps_by_column":{"n":[{"asset_key":["a","b/c"],"column_name":"m"}]}},"type":"table_column_lineage"',
      ],
      plainText: ['x', '"x","type":"__infer__"'],
      plainNumber: [3, '3,"type":"__infer__"'],
      plainUnsafe: [2 ** 60, '1152921504606847000.0,"type":"__infer__"'],
      plainNan: [Number.NaN, 'NaN,"type":"__infer__"'],
      plainBig: [3n, '3,"type":"__infer__"'],
      plainBool: [false, 'false,"type":"__infer__"'],
      plainNull: [null, 'null,"type":"__infer__"'],
      plainList: [[1, 'a'], '[1,"a"],"type":"__infer__"'],
    };
    started(['one']).reportAssetMaterialization({
      dataVersion: 'd',
      metadata: Object.fromEntries(Object.entries(given).map(([name, [value]]) => [name, value])),
    });
    const expected = Object.entries(given).map(([name, [, text]]) => `"${name}":{"raw_value":${text}}`);
    expect(written()).toStrictEqual([
      line('report_asset_materialization', `{"asset_key":"one","data_version":"d","metadata":{${expected.join(',')}}}`),
    ]);
  });

  test('metadata that Dagster or a browser would not read is refused by its name, and nothing is written', () => {
    const itself: Json[] = [];
    itself.push(itself);
    const refused: readonly (readonly [Metadata[string], string])[] = [
      [metadata.int(1.5), 'metadata.m: 1.5 is no whole number'],
      [metadata.int(2 ** 53), 'metadata.m: 9007199254740992 is no whole number that JavaScript holds exactly'],
      [metadata.json({ deep: [Number.NaN] }), 'metadata.m.deep[0]: JSON has no NaN'],
      [[Number.POSITIVE_INFINITY], 'metadata.m[0]: JSON has no Infinity'],
      [metadata.table([{ n: Number.NaN }], []), 'metadata.m.records[0].n: JSON has no NaN'],
      [metadata.timestamp(new Date(Number.NaN)), 'metadata.m: it is no instant'],
      [metadata.text('half \ud83d'), 'metadata.m: half a surrogate pair'],
      [metadata.json({ '\ude00': 1 }), 'metadata.m: half a surrogate pair'],
      [itself, 'nested deeper than 100 levels, or holds itself'],
      [{ plain: 'object' } as unknown as Metadata[string], 'metadata.m: an object is said with metadata.json'],
      [{ type: 'toString', raw_value: 1 } as unknown as Metadata[string], 'metadata.m: an object is said with metadata.json'],
      [{ type: 'text', raw_value: 'x', unit: 's' } as unknown as Metadata[string], 'metadata.m: an object is said with metadata.json'],
      [{ type: 'text', raw_value: 1 } as unknown as Metadata[string], 'metadata.m: it is no text'],
      [{ type: 'float', raw_value: '1' } as unknown as Metadata[string], 'metadata.m: it is no number'],
      [new Date(0) as unknown as Metadata[string], 'metadata.m: an object is said with'],
      [undefined as unknown as Metadata[string], 'metadata.m: undefined is no JSON'],
      [[undefined as unknown as Json], 'metadata.m[0]: undefined is no JSON'],
      [[new Map() as unknown as Json], 'metadata.m[0]: Map is no JSON'],
    ];
    const pipes = started(['one']);
    for (const [value, reason] of refused) {
      const report = (): void => pipes.reportAssetCheck({ checkName: 'c', passed: true, metadata: { m: value } });
      expect(report, reason).toThrow(DagsterClientError);
      expect(report).toThrow(reason);
    }
    expect(() => metadata.asset(['a/b'])).toThrow('has a slash in a part');
    expect(written()).toStrictEqual([]);
  });

  test('one that Dagster might read in part is refused', () => {
    const pipes = started(['one']);
    const around = line('report_custom_message', '{"payload":""}\n').length;
    expect(() => pipes.reportCustomMessage('e'.repeat(65_537 - around))).toThrow('a message of 65537 bytes');
    expect(() => pipes.reportCustomMessage('é'.repeat(11_000))).toThrow('report where the rest is to be found');
    pipes.reportCustomMessage('e'.repeat(65_536 - around));
    expect(written()).toHaveLength(1);
  });

  test('what is no text, no truth and no severity is refused', () => {
    const pipes = started(['one']);
    const check = { checkName: 'c', passed: true };
    expect(() => pipes.log.info(1 as unknown as string)).toThrow('a log message is a text, not number');
    expect(() => pipes.reportAssetCheck({ ...check, passed: 1 as unknown as boolean })).toThrow('passed is neither');
    expect(() => pipes.reportAssetCheck({ ...check, severity: 'error' as 'ERROR' })).toThrow('WARN or ERROR');
    expect(() => pipes.reportAssetCheck({ ...check, checkName: '\udc00' })).toThrow('checkName: half a surrogate pair');
    expect(() => pipes.reportCustomMessage((() => 1) as unknown as Json)).toThrow('payload: function is no JSON');
    expect(written()).toStrictEqual([]);
  });
});

describe('asset keys', () => {
  test('are those of the step, however they are written', () => {
    const pipes = started(['raw/a\\/b\\\\c', 'plain']);
    pipes.reportAssetCheck({ assetKey: ['raw', 'a/b\\c'], checkName: 'c', passed: true });
    pipes.reportAssetCheck({ assetKey: 'raw/a\\/b\\\\c', checkName: 'c', passed: true });
    const key = '{"asset_key":"raw/a\\\\/b\\\\\\\\c",';
    expect(written().map((text) => text.includes(key))).toStrictEqual([true, true]);
    expect(() => pipes.reportAssetMaterialization()).toThrow('the step is of raw/a\\/b\\\\c, plain');
    expect(() => pipes.reportAssetMaterialization({ assetKey: 'raw/a/b' })).toThrow('the step is not of the asset raw/a/b');
    for (const none of ['', 'a//b', 'a/', [], ['a', ''], ['\ud800']])
      expect(() => pipes.reportAssetMaterialization({ assetKey: none })).toThrow('asset key');
  });

  test('must be said in a step of no assets, which takes any', () => {
    for (const keys of [null, []]) {
      const pipes = started(keys);
      expect(() => pipes.reportAssetMaterialization()).toThrow('the step is of no asset');
      pipes.reportAssetMaterialization({ assetKey: 'any/one' });
    }
  });

  test('an asset is materialised once in a session', () => {
    const pipes = started(['one', 'two']);
    pipes.reportAssetMaterialization({ assetKey: 'one' });
    expect(() => pipes.reportAssetMaterialization({ assetKey: ['one'] })).toThrow('the asset one is materialised already');
    // One that was refused was not.
    expect(() => pipes.reportAssetMaterialization({ assetKey: 'two', metadata: { m: metadata.int(0.5) } })).toThrow('0.5');
    pipes.reportAssetMaterialization({ assetKey: 'two' });
    expect(written()).toHaveLength(2);
  });
});

describe('the end', () => {
  test('with an exception: its message, frames, causes, and the errors of an AggregateError as contexts', () => {
    class OwnError extends Error {
      override readonly name = 'OwnError';
    }
    const cause = new OwnError('two\nlines', { cause: 'a text' });
    const thrown = new AggregateError([new TypeError('first'), { n: 1 }, new RangeError('\ud800')], 'all', { cause });
    started(null).close(thrown);
    const { exception } = (JSON.parse(written()[0] ?? '') as { params: { exception: JsonObject } }).params;
    const frame = expect.stringMatching(/^ {4}at .*\n$/) as unknown as string;
    const stack = expect.arrayContaining([frame]) as unknown as readonly string[];
    expect(exception).toStrictEqual({
      message: 'AggregateError: all\n',
      name: 'AggregateError',
      stack,
      cause: {
        message: 'OwnError: two\nlines\n',
        name: 'OwnError',
        stack,
        cause: { message: 'a text\n', name: null, stack: [], cause: null, context: null },
        context: null,
      },
      context: {
        message: 'TypeError: first\n',
        name: 'TypeError',
        stack,
        cause: null,
        context: {
          message: '{ n: 1 }\n',
          name: null,
          stack: [],
          cause: null,
          context: { message: 'RangeError: \ufffd\n', name: 'RangeError', stack, cause: null, context: null },
        },
      },
    });
    for (const text of [exception, exception?.['cause']].flatMap((of) => (of as { stack: readonly string[] }).stack))
      expect(text).toMatch(/^ {4}at [^\n]*\n$/);
  });

  test('a chain without an end is cut, and so is a message', () => {
    const first = new Error('x'.repeat(300_000));
    first.cause = new Error('second', { cause: first });
    started(null).close(first);
    const { exception } = (JSON.parse(written()[0] ?? '') as { params: { exception: { cause: JsonObject; message: string } } }).params;
    expect(exception.message).toBe(`Error: ${'x'.repeat(1_993)} …\n`);
    expect([exception.cause['message'], exception.cause['cause']]).toStrictEqual(['Error: second\n', null]);
  });

  test('undefined can be thrown, too', () => {
    started(null).close(undefined);
    expect(written()).toStrictEqual([
      line('closed', '{"exception":{"message":"undefined\\n","stack":[],"name":null,"cause":null,"context":null}}'),
    ]);
  });

  test('after it nothing is taken', () => {
    const pipes = started(['one']);
    pipes.close();
    expect(() => pipes.log.info('x')).toThrow('the Pipes session is closed');
    expect(() => pipes.reportAssetMaterialization()).toThrow('the Pipes session is closed');
    expect(written()).toStrictEqual([line('closed', '{}')]);
  });

  test('withPipes gives what the work gave, and throws what it threw', async () => {
    const options = {
      argv: [],
      env: { DAGSTER_PIPES_CONTEXT: encoded({ data: base }), DAGSTER_PIPES_MESSAGES: encoded({ path: messages() }) },
    };
    expect(await withPipes(({ context }) => context?.runId, options)).toBe('r');
    const thrown = { not: 'an error' };
    await expect(withPipes(() => Promise.reject(thrown), options)).rejects.toBe(thrown);
    expect(written().map((text) => /"method":"(\w+)","params":(?:\{\}|\{"(\w+)")/.exec(text)?.slice(1))).toStrictEqual([
      ['closed', undefined],
      ['opened', 'extras'],
      ['closed', 'exception'],
    ]);
  });
});

describe('outside Dagster', () => {
  test('a session says that it is none, takes what Dagster would, and refuses the same', async () => {
    const pipes = openPipes({ argv: ['run'], env: {} });
    expect([pipes.isActive, pipes.context]).toStrictEqual([false, null]);
    pipes.log.info('x');
    pipes.reportAssetMaterialization();
    pipes.reportAssetMaterialization({ assetKey: 'one' });
    expect(() => pipes.reportAssetMaterialization({ assetKey: 'one' })).toThrow('materialised already');
    expect(() => pipes.reportAssetCheck({ checkName: 'c', passed: true, metadata: { m: metadata.int(0.5) } })).toThrow('metadata.m');
    pipes.close();
    expect(() => pipes.log.info('x')).toThrow('closed');
    expect(await withPipes(({ isActive }) => isActive, { argv: [], env: {} })).toBe(false);
  });
});
