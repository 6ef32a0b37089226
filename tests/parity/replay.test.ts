/** Replay: what batch knows later against what the stream could know; causes by changing what batch had. */
import { describe, expect, test } from 'vitest';
import { lambdaArtifact } from '../../compiler/artifacts/lambda.ts';
import type { Cause } from '../../runners/parity/causes/cause.ts';
import { replayed as executed, openReplay } from '../../runners/parity/replay.ts';
import { replayLimits, sampleForms } from '../../runners/parity/sample.ts';
import { openSides } from '../../runners/parity/sides.ts';
import { decideReplay } from '../../runners/parity/verdict.ts';
import { evaluateFeature } from '../../runners/reference/index.ts';
import { compiledLambda } from '../../runners/stored-lambda.ts';
import { at, chat, feature, sources } from '../lift/market.ts';
import { featureNamed, catalog as marketplace, worldOf } from '../marketplace/world.ts';
import { prepare } from '../support/forms.ts';
import { type JsonRow, valuesOf } from '../support/json-rows.ts';

const { compiled, catalog } = prepare({
  sources,
  feature: feature(
    'entity: stream_id',
    "SELECT stream_id, COUNT(*) AS n FROM chats WHERE sent_at >= as_of() - INTERVAL '10 minutes' GROUP BY stream_id",
  ),
});
const columns = catalog.sources.find((s) => s.name === 'chats')?.columns ?? [];
const events = (rows: readonly JsonRow[]) =>
  new Map([['chats', { columns: columns.map((c) => c.name), rows: rows.map((row) => valuesOf(row, columns)) }]]);
const micro = BigInt(Date.parse(`${at(0).slice(0, 23)}Z`)) * 1000n;

const inTime = (id: string, stream: string): JsonRow => chat(id, stream, 'u', at(-60), { ingested_at: at(-59) });
const late = (id: string, stream: string): JsonRow => chat(id, stream, 'u', at(-60), { ingested_at: at(5) });

interface Answered {
  readonly stream: string;
  readonly batch: unknown;
  readonly lambda: unknown;
  readonly cause: Cause | undefined;
}

async function replayed(
  batch: readonly JsonRow[],
  stream: readonly JsonRow[],
  asked: readonly string[],
  sql = compiled.lambdaSql,
): Promise<readonly Answered[]> {
  const artifact = lambdaArtifact(compiled.feature, compiled.lambdaPlan, compiled.version, sql, catalog);
  const sides = await openSides(catalog, events(batch), events(stream));
  try {
    const forms = await openReplay(compiled, { artifact, sql }, sides);
    const spine = asked.map((entity) => ({ entity: [entity], asOf: micro }));
    const result = await forms.explain(spine, await forms.answer(spine));
    return asked.map((entity, i) => ({
      stream: entity,
      batch: result.batch[i]?.[0],
      lambda: result.lambda[i]?.[0],
      cause: result.batchAgainstLambda.differences.find((d) => d.row === i)?.cause,
    }));
  } finally {
    sides.close();
  }
}

test('one instant, asked about at several: each knows what had arrived when it was asked, the lambda and the reference', async () => {
  const had = events([inTime('c1', 'a'), late('c2', 'a'), chat('c3', 'a', 'u', at(-60), { ingested_at: at(10) })]);
  const seconds = [20n, 5n, 0n, 9n, 10n];
  const spine = seconds.map((s) => ({ entity: ['a'], asOf: micro, arrivedBy: micro + s * 1_000_000n }));
  const wanted = [[3n], [2n], [1n], [2n], [3n]];
  expect(await executed(compiledLambda(compiled, catalog), catalog.sources, had, spine)).toEqual(wanted);
  expect(evaluateFeature(compiled.feature, catalog, had, spine, { knowledge: 'arrived' })).toEqual(wanted);
  expect(evaluateFeature(compiled.feature, catalog, had, spine, { knowledge: 'event' })).toEqual(seconds.map(() => [3n]));
});

describe('causes', () => {
  test('late: explained', async () => {
    const rows = [inTime('c1', 'a'), late('c2', 'a'), inTime('c3', 'b')];
    expect(await replayed(rows, rows, ['a', 'b'])).toEqual([
      { stream: 'a', batch: 2n, lambda: 1n, cause: expect.objectContaining({ id: 'late', explained: true }) },
      { stream: 'b', batch: 1n, lambda: 1n, cause: undefined },
    ]);
  });

  test('lost: not explained', async () => {
    const rows = [inTime('c1', 'a'), inTime('c2', 'a')];
    const [a] = await replayed(rows, rows.slice(1), ['a']);
    expect(a).toEqual({
      stream: 'a',
      batch: 2n,
      lambda: 1n,
      cause: expect.objectContaining({ id: 'lost', explained: false, among: ['lost'] }),
    });
  });

  test('late or lost, nobody can tell: ambiguous, both named, not explained', async () => {
    const rows = [inTime('c1', 'a'), late('c2', 'a')];
    const [a] = await replayed(rows, rows.slice(0, 1), ['a']);
    expect(a?.cause).toMatchObject({ id: 'ambiguous', explained: false, among: ['late', 'lost'] });
  });

  test('one late and another lost: both are needed', async () => {
    const rows = [inTime('c1', 'a'), late('c2', 'a')];
    const [a] = await replayed(rows, rows.slice(1), ['a']);
    expect(a).toMatchObject({ batch: 2n, lambda: 0n, cause: { id: 'lost', explained: false, among: ['late', 'lost'] } });
  });

  const cameAt = (instant: string | null): JsonRow => chat('c2', 'a', 'u', at(-60), { ingested_at: instant });

  test('an event of which nobody noted when it came is no late one', async () => {
    const [a] = await replayed([inTime('c1', 'a'), cameAt(at(-59))], [inTime('c1', 'a'), cameAt(null)], ['a']);
    expect(a).toMatchObject({ batch: 2n, lambda: 1n, cause: { id: 'evidence_incomplete', explained: false } });
  });

  test('an event that one side refused, for it came there before its own time, is no late one', async () => {
    const early = cameAt(at(-60 - 301));
    const [a] = await replayed([inTime('c1', 'a'), cameAt(at(-59))], [inTime('c1', 'a'), early], ['a']);
    expect(a).toMatchObject({ batch: 2n, lambda: 1n, cause: { id: 'lost', explained: false } });
    expect(a?.cause?.proof).toContain('that the stream refused');
    const [b] = await replayed([inTime('c1', 'a'), early], [inTime('c1', 'a'), cameAt(at(-59))], ['a']);
    expect(b).toMatchObject({ batch: 1n, lambda: 2n, cause: { id: 'lost', explained: false } });
    expect(b?.cause?.proof).toContain('that the warehouse refused');
  });

  test('a lambda that counts wrongly is at fault itself, and late events do not excuse it', async () => {
    const rows = [inTime('c1', 'a'), late('c2', 'a')];
    const [a] = await replayed(rows, rows, ['a'], compiled.lambdaSql.replace('COUNT(*)', 'COUNT(*) + 7'));
    expect(a).toMatchObject({ batch: 2n, lambda: 8n, cause: { id: 'tampered_artifact', explained: false } });
  });

  test('a change that explains too much explains nothing', async () => {
    // Both events are late, and yet the lambda has one for b: that a lacks its own is no matter of when it came.
    const rows = [late('c1', 'a'), late('c2', 'b')];
    const sql = compiled.lambdaSql.replace(
      'COALESCE(answer.n, 0)',
      "COALESCE(answer.n, CASE WHEN spine.stream_id = 'b' THEN 1 ELSE 0 END)",
    );
    const [a, b] = await replayed(rows, rows, ['a', 'b'], sql);
    expect([a?.lambda, b?.lambda]).toEqual([0n, 1n]);
    expect(a?.cause).toMatchObject({ id: 'unknown', explained: false });
  });
});

describe('copies of an event', () => {
  const last = prepare({
    sources,
    feature: feature('entity: stream_id', 'SELECT stream_id, MAX(user_id) AS who FROM chats GROUP BY stream_id'),
  });
  const copy = (user: string, came: number): JsonRow => chat('c1', 'a', user, at(-60), { ingested_at: at(came) });
  const causeOf = async (batch: readonly JsonRow[], stream: readonly JsonRow[]) => {
    const sides = await openSides(last.catalog, events(batch), events(stream));
    try {
      const forms = await openReplay(last.compiled, compiledLambda(last.compiled, last.catalog), sides);
      const spine = [{ entity: ['a'], asOf: micro }];
      const { batchAgainstLambda } = await forms.explain(spine, await forms.answer(spine));
      return batchAgainstLambda.differences[0]?.cause;
    } finally {
      sides.close();
    }
  };

  test('which of two came first is told otherwise: that stays, so it is not lateness', async () => {
    const cause = await causeOf([copy('u', -50), copy('v', -40)], [copy('u', -40), copy('v', -50)]);
    expect(cause).toMatchObject({ id: 'out_of_order', explained: false });
  });

  test('the first of two is late: the other counts until it comes', async () => {
    expect(await causeOf([copy('u', -50), copy('v', -40)], [copy('u', 5), copy('v', 10)])).toMatchObject({ id: 'late', explained: true });
  });
});

describe('verdicts on the marketplace', () => {
  const world = worldOf(11, 400);
  const aim = { target: 0.001, confidence: 0.95, latenessBudget: 1 };
  const { name } = compiledLambda(featureNamed('stream_chat_activity'), marketplace).artifact;
  const decided = async (stream: typeof world.events) => {
    const feature = featureNamed(name);
    const sides = await openSides(marketplace, world.events, stream);
    try {
      const forms = await openReplay(feature, compiledLambda(feature, marketplace), sides);
      const request = {
        compiled: feature,
        catalog: marketplace,
        events: world.events,
        interval: undefined,
        aim,
        seed: '1',
        limits: replayLimits,
      };
      const sampled = await sampleForms(forms, request);
      if (sampled === undefined) throw new Error('nothing was sampled');
      const causes = sampled.result.batchAgainstLambda.differences.map((d) => d.cause?.id);
      return { causes: new Set(causes), ...decideReplay(sampled.compared, aim, 1, 1) };
    } finally {
      sides.close();
    }
  };

  test('events that are late are no alarm', async () => {
    expect(await decided(world.events)).toMatchObject({ verdict: 'PROVEN', causes: new Set(['late']) });
  });

  test('one chat in ten lost is', async () => {
    const chats = world.events.get('chats');
    if (chats === undefined) throw new Error('unreachable');
    const kept = { ...chats, rows: chats.rows.filter((_, i) => i % 10 !== 0) };
    const found = await decided(new Map([...world.events, ['chats', kept]]));
    expect(found.verdict).toBe('VIOLATED');
    expect([...found.causes]).toContain('lost');
  });
});
