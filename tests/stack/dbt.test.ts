/** The dbt projects in dbt itself: both are parsed, and the one for DuckDB is run and compared with the reference. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Compiled, compileProject } from '../../compiler/artifacts/compile.ts';
import type { TextFile } from '../../compiler/artifacts/dbt.ts';
import { readAuthored } from '../../compiler/authoring/index.ts';
import { integer, timestamp, varchar } from '../../compiler/sql-type.ts';
import type { Value } from '../../compiler/value.ts';
import { openDuckdb } from '../../runners/engines/duckdb.ts';
import { compare } from '../../runners/parity/compare.ts';
import { evaluateFeature } from '../../runners/reference/index.ts';
import { benchProject } from '../bench/project.ts';
import { loadFlights } from '../flights/data.ts';
import { catalog, project, worldOf } from '../marketplace/world.ts';
import { authored, hostile, snowflakeLiteral, sources } from '../support/hostile.ts';
import { dbt, scratchFolder, vars } from './dbt-project.ts';
import { missingParts } from './in-stack.ts';

const scratch = scratchFolder();

const chatSources = `streams:
  chats:
    warehouse: raw.events.chats
    key: chat_id
    event_time: sent_at
    columns: { chat_id: VARCHAR, stream_id: VARCHAR, sent_at: TIMESTAMP_NTZ }
`;

interface DbtManifest {
  readonly nodes: Readonly<
    Record<
      string,
      {
        readonly name: string;
        readonly resource_type: string;
        readonly deprecation_date?: string | null;
        readonly depends_on: { readonly nodes: readonly string[] };
      }
    >
  >;
}

/** By feature, the sources whose staging models it reads, as dbt understands the files. */
function sourcesByModel(folder: string): ReadonlyMap<string, readonly string[]> {
  const { nodes } = JSON.parse(readFileSync(join(folder, 'target/manifest.json'), 'utf8')) as DbtManifest;
  return new Map(
    Object.values(nodes)
      .filter((n) => n.resource_type === 'model' && n.name.endsWith('__grid'))
      .map((n) => [
        n.name.slice(0, -'__grid'.length),
        n.depends_on.nodes.flatMap((d) => (d.includes('.stg_') ? [d.replace(/^.*\.stg_/, '')] : [])).sort(),
      ]),
  );
}

/** Those of its query, and the one whose entities its table has. */
const sourcesByFeature = ({ features }: Compiled): ReadonlyMap<string, readonly string[]> =>
  new Map(
    features.map(({ feature: { name, sources, universe } }) => {
      const read = universe === null ? sources : [...sources, universe];
      return [name, [...new Set(read.map((s) => s.toLowerCase()))].sort()];
    }),
  );

describe.skipIf(missingParts.includes('dbt'))('dbt', () => {
  test.each(['snowflake', 'duckdb'])('parses the marketplace for %s without a warning', async (target) => {
    const folder = scratch.write(project.compiled.files, `dbt/${target}/`, 'marketplace');
    expect(await dbt(folder, target, 'parse', '--no-partial-parse')).not.toMatch(/warn|deprecat/i);
    expect(sourcesByModel(folder)).toEqual(sourcesByFeature(project.compiled));
  });

  test.each(['snowflake', 'duckdb'])("on %s the day from which nobody may rely on a feature is dbt's deprecation_date", async (target) => {
    const chats = (day: string): string =>
      `/*---\nentity: stream_id\nstatus: deprecated\ndeprecation_date: ${day}\nconsumers: [ranker]\n---*/\nSELECT stream_id, COUNT(*) AS n FROM chats GROUP BY stream_id\n`;
    const files = {
      'lockstep.yml': 'name: ends\n',
      'transforms/sources.yml': chatSources,
      'transforms/features/later.sql': chats('2999-03-01'),
      'transforms/features/gone.sql': chats('2020-03-01'),
    };
    const { value } = readAuthored({ files: Object.entries(files).map(([path, text]) => ({ path, text })) });
    if (value === undefined) throw new Error('the project cannot be read');
    const parsed = async (day: string, ...readers: readonly TextFile[]): Promise<string> => {
      const compiled = compileProject(value, day).files.filter((f) => f.path !== 'manifest.json');
      const folder = scratch.write([...compiled, ...readers], `dbt/${target}/`, 'ends');
      const said = await dbt(folder, target, 'parse', '--no-partial-parse');
      const { nodes } = JSON.parse(readFileSync(join(folder, 'target/manifest.json'), 'utf8')) as DbtManifest;
      const dates = Object.values(nodes).flatMap((n) => (n.deprecation_date == null ? [] : [`${n.name} ${n.deprecation_date}`]));
      expect(dates.sort()).toEqual(['gone 2020-03-01T00:00:00+00:00', 'later 2999-03-01T00:00:00+00:00']);
      return said;
    };
    // What is past is said of that very model, and of whoever reads either; our own tables and exposures are not such readers.
    const own = await parsed('2026-01-01');
    expect(own.match(/Model \w+ has passed its deprecation date/gi)).toEqual(['Model gone has passed its deprecation date']);
    expect(own).not.toMatch(/later/);
    const read = await parsed('2026-01-01', { path: `dbt/${target}/models/reader.sql`, text: "SELECT * FROM {{ ref('later') }}" });
    expect(read).toMatch(/reader.*later|later.*reader/s);
  });

  test('parses a thousand features; both times are printed', async () => {
    const before = performance.now();
    const authored = readAuthored({ files: await benchProject('examples/flights', 1000) });
    if (authored.value === undefined) throw new Error('the bench project cannot be read');
    const compiled = compileProject(authored.value, '2026-01-01');
    const ours = (performance.now() - before) / 1000;
    const folder = scratch.write(compiled.files, 'dbt/snowflake/', 'bench');
    const start = performance.now();
    expect(await dbt(folder, 'snowflake', 'parse', '--no-partial-parse')).not.toMatch(/warn|deprecat/i);
    const theirs = (performance.now() - start) / 1000;
    console.log(`1,000 features: compiled in ${ours.toFixed(2)} s; \`dbt parse\` of what was written: ${theirs.toFixed(2)} s`);
    expect(sourcesByModel(folder)).toEqual(sourcesByFeature(compiled));
    expect(sourcesByModel(folder).size).toBe(1000);
  });
});

describe.skipIf(missingParts.includes('dbt'))('dbt on DuckDB', () => {
  const world = worldOf(5, 120);
  let built = '';

  beforeAll(async () => {
    await scratch.load(catalog, world.events);
    const folder = scratch.write(project.compiled.files, 'dbt/duckdb/', 'marketplace');
    const chats = world.events.get('chats');
    const sentAt = chats?.columns.indexOf('SENT_AT') ?? -1;
    const times = (chats?.rows ?? []).map((row) => row[sentAt] as bigint).sort((a, b) => (a < b ? -1 : 1));
    const day = 86_400_000_000n;
    const middle = times[Math.floor(times.length / 2)] as bigint;
    const midnight = middle - (middle % day);
    built = await dbt(folder, 'duckdb', 'build', ...vars({ lockstep_start: midnight, lockstep_end: midnight + day }));
  });

  test('builds the marketplace, its tests pass, and nothing is warned of', () => {
    expect(built).toMatch(/Done\. PASS=\d+ WARN=0 ERROR=0 SKIP=0/);
  });

  test.each(project.compiled.features.map((f) => [f.feature.name, f] as const))(
    '%s: each row that dbt built is what the reference says',
    async (name, { feature, version }) => {
      const connection = await openDuckdb({ file: scratch.database() });
      const columns = [...feature.entity, { name: 'AS_OF', type: timestamp }, ...feature.outputs];
      const rows = await connection.query(
        `SELECT ${columns.map((c) => `"${c.name.toLowerCase()}"`).join(', ')} FROM features.${name} WHERE lockstep_version = '${version}' ORDER BY ALL`,
        columns,
      );
      connection.close();
      expect(rows.length).toBeGreaterThan(0);
      const keys = feature.entity.length;
      // All of a small table; of a large one, rows spread over it.
      const step = Math.ceil(rows.length / 200);
      const asked = rows.filter((_, i) => i % step === 0);
      const spine = asked.map((row) => ({ entity: row.slice(0, keys), asOf: row[keys] as bigint }));
      const meant = evaluateFeature(feature, catalog, world.events, spine, { knowledge: 'event' });
      const built = asked.map((row) => row.slice(keys + 1));
      expect(compare(feature.outputs, built, meant).differences).toEqual([]);
    },
  );
});

describe.skipIf(missingParts.includes('dbt'))('dbt on flights', () => {
  const flights = scratchFolder();
  const from = BigInt(Date.UTC(2001, 0, 9) * 1000);
  const until = from + 86_400_000_000n;

  test('builds them with their tests; the departures of every airport and hour are what SQL by hand says', async () => {
    const { byHand, events, project: own } = await loadFlights();
    await flights.load(own.authored.catalog, new Map([['flights', events]]));
    const folder = flights.write(own.compiled.files, 'dbt/duckdb/', 'flights');
    const said = await dbt(folder, 'duckdb', 'build', ...vars({ lockstep_start: from, lockstep_end: until }));
    expect(said).toMatch(/Done\. PASS=\d+ WARN=0 ERROR=0 SKIP=0/);
    const types = [varchar, timestamp, integer, integer, integer].map((type, i) => ({ name: `C${i}`, type }));
    await byHand.execute(`ATTACH '${flights.database()}' AS duckdb (READ_ONLY)`);
    const columns = 'origin, as_of, departures_1h, departures_24h, worst_delay_24h';
    const built = await byHand.query(`SELECT ${columns} FROM duckdb.features.origin_departures ORDER BY ALL`, types);
    const meant = await byHand.query(
      `SELECT origin, t, count(*) FILTER (departed_at >= t - INTERVAL 1 HOUR), count(*), max(delay) FROM range(TIMESTAMP '2001-01-09', TIMESTAMP '2001-01-10', INTERVAL 1 HOUR) AS instants(t) JOIN f ON departed_at < t AND departed_at >= t - INTERVAL 24 HOURS GROUP BY ALL ORDER BY ALL`,
      types,
    );
    byHand.close();
    expect(meant.length).toBeGreaterThan(2000);
    expect(built).toEqual(meant);
  });
});

test.skipIf(missingParts.includes('dbt'))('hostile literals are data in what dbt renders and runs', async () => {
  const columns = hostile.map((text, i) => `COUNT_IF(word = ${snowflakeLiteral(text)}) AS n${i}, MIN(${snowflakeLiteral(text)}) AS w${i}`);
  const text = `/*---\nentity: k\nevery: 1 day\ndescription: "{{ doc('x') }} {% x %}"\n---*/\n${authored(`SELECT k, ${columns.join(', ')}`)}, COUNT(*) AS "the Order" FROM t GROUP BY k\n`;
  const read = readAuthored({
    files: [
      { path: 'lockstep.yml', text: 'name: hostile\n' },
      { path: 'transforms/sources.yml', text: sources.replace('raw.t', 'raw.words.t') },
      { path: 'transforms/features/f.sql', text },
    ],
  });
  expect(read.diagnostics).toEqual([]);
  if (read.value === undefined) throw new Error('unreachable');
  const [stream] = read.value.catalog.sources;
  if (stream === undefined) throw new Error('unreachable');
  const raw = await openDuckdb({ file: join(scratch.folder, 'raw.duckdb') });
  await raw.schema('words');
  const at = 1_700_000_000_000_000n;
  const row = (id: string, word: string) =>
    new Map<string, Value>([
      ['ID', id],
      ['K', 'a'],
      ['WORD', word],
      ['AT', at],
    ]);
  const rows = hostile.map((word, i) => stream.columns.map((c) => row(String(i), word).get(c.name) ?? null));
  await raw.load('words.t', stream.columns, rows);
  raw.close();
  const folder = scratch.write(compileProject(read.value, '2026-01-01').files, 'dbt/duckdb/', 'hostile');
  await dbt(folder, 'duckdb', 'run', ...vars({ lockstep_start: 1_700_092_800_000_000n, lockstep_end: 1_700_179_200_000_000n }));
  const connection = await openDuckdb({ file: scratch.database() });
  const names = hostile.flatMap((_, i) => [`n${i}`, `w${i}`]);
  const shown = await connection.query(
    `SELECT ${names.join(', ')} FROM features.f`,
    names.map((name) => ({ name, type: name.startsWith('n') ? integer : varchar })),
  );
  connection.close();
  expect(shown).toEqual([hostile.flatMap((word) => [1n, word])]);
});
