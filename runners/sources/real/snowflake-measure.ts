/**
 * The rows of a source on Snowflake, counted where they are, in two passes that read only the columns they need: one over everything, one by
 * day and by value. What breaks the contract is asked by the expressions that the warehouse's own models ask it by.
 */
import { breaches } from '../../../compiler/artifacts/staging.ts';
import type { Source } from '../../../compiler/catalog.ts';
import { dialects, identifier } from '../../../compiler/emit/dialect.ts';
import { printExpression } from '../../../compiler/emit/print.ts';
import { timestampText } from '../../../compiler/functions/iso-time.ts';
import { timestamp } from '../../../compiler/sql-type.ts';
import { ingestPlace, timePlace } from '../../data/row-time.ts';
import type { Session } from '../../engines/snowflake/session.ts';
import { fromDriver } from '../../engines/snowflake/values.ts';
import { exactColumn, foundColumn } from '../../warehouse/snowflake-relation.ts';
import { groupedBy } from './grouped.ts';
import type { Asked, Measured } from './warehouse.ts';

const { snowflake } = dialects;
const sql = (name: string): string => identifier(name, snowflake);
/** A name that no declared column can have. */
const now = sql('lockstep.now');

export async function measureOnSnowflake(session: Session, source: Source, relation: string, asked: Asked): Promise<Measured> {
  const reading = readingOf(source, relation);
  const counted = await counts(session, source, reading, asked);
  asked.step(0.5);
  return { ...counted, ...(await groups(session, reading, asked)) };
}

interface Reading {
  readonly relation: string;
  readonly broken: readonly { readonly reason: string; readonly test: string }[];
  readonly isClean: string;
  /** As TIMESTAMP_NTZ. */
  readonly time: string;
  readonly arrival: string;
}

function readingOf(source: Source, relation: string): Reading {
  const asTime = (place: number): string => `CAST(${sql(source.columns[place]?.name ?? '')} AS ${snowflake.typeName(timestamp)})`;
  const broken = breaches(source, snowflake).map(({ reason, test }) => ({ reason, test: `(${printExpression(test, snowflake)})` }));
  const ingest = ingestPlace(source);
  return {
    relation,
    broken,
    isClean: `NOT COALESCE(${broken.map(({ test }) => test).join(' OR ')}, FALSE)`,
    time: asTime(timePlace(source)),
    arrival: asTime(ingest < 0 ? timePlace(source) : ingest),
  };
}

/** Values are bound in the order in which statements name them. */
interface Item {
  readonly sql: string;
  readonly binds: readonly string[];
}

const plain = (text: string): Item => ({ sql: text, binds: [] });

async function counts(
  session: Session,
  source: Source,
  { relation, broken, isClean, arrival }: Reading,
  asked: Asked,
): Promise<Omit<Measured, 'days' | 'values'>> {
  const unfit = asked.bounded.flatMap((column) => {
    const found = foundColumn(asked.found.find((f) => f.name === column.name)?.type ?? '');
    const beyond = found === null ? undefined : exactColumn(sql(column.name), found, column.type)?.beyond;
    const tooMuch =
      column.max === null ? [] : [{ test: `ABS(${sql(column.name)}) > CAST(? AS NUMBER(38, 0))`, binds: [String(column.max)] }];
    return [
      ...(beyond === null || beyond === undefined
        ? []
        : [{ column, problem: beyondText[column.type.kind] ?? 'it is beyond', test: beyond, binds: [] }]),
      ...tooMuch.map((item) => ({ column, problem: `the number is beyond its \`max: ${column.max}\``, ...item })),
    ];
  });
  const items: readonly Item[] = [
    plain('COUNT(*)'),
    plain(`COUNT_IF(${isClean})`),
    plain(distinct(isClean, identityOf(source), source.kind === 'table' ? source.versionBy : null)),
    plain(distinct(isClean, source.key, null)),
    plain(`MAX(IFF(${arrival} <= ${now}, ${arrival}, NULL))`),
    plain(`COUNT_IF(${arrival} > ${now})`),
    ...broken.map(({ test }) => plain(`COUNT_IF(${test})`)),
    ...unfit.map(({ test, binds }) => ({ sql: `COUNT_IF(${test})`, binds })),
  ];
  const [row = []] = await session.run(
    `SELECT ${items.map((item) => item.sql).join(',\n  ')}\nFROM (SELECT *, ${boundNow} AS ${now} FROM ${relation}) AS raw_rows`,
    [...items.flatMap(({ binds }) => binds), timestampText(asked.now)],
  );
  const [all, clean, identities, keys, newest, ahead, ...more] = row;
  return {
    rows: Number(all),
    clean: Number(clean),
    breaches: broken.map(({ reason }, i) => ({ reason, rows: Number(more[i]) })),
    copies: Number(clean) - Number(identities),
    otherTimes: source.kind === 'stream' ? Number(identities) - Number(keys) : 0,
    newest: fromDriver(newest, timestamp) as bigint | null,
    ahead: Number(ahead),
    unfit: unfit.flatMap(({ column, problem }, i) => (Number(more[broken.length + i]) > 0 ? [{ column: column.name, problem }] : [])),
  };
}

const boundNow = `CAST(? AS ${snowflake.typeName(timestamp)})`;

const beyondText: Readonly<Partial<Record<string, string>>> = {
  number: 'the number has too many digits',
  timestamp: 'the time has nanoseconds, or a year that is not from 1 to 9999',
  date: 'the year is not from 1 to 9999',
};

const identityOf = (source: Source): readonly string[] => [
  ...new Set([...source.key, source.kind === 'stream' ? source.eventTime : source.updatedAt]),
];

/** Of clean rows. A version may be NULL, and such rows are counted apart: COUNT leaves them out. */
function distinct(isClean: string, columns: readonly string[], version: string | null): string {
  const [first = '', ...others] = columns.map(sql);
  const counted = (test: string, more: readonly string[]): string =>
    `COUNT(DISTINCT ${[`IFF(${test}, ${first}, NULL)`, ...others, ...more].join(', ')})`;
  if (version === null || columns.includes(version)) return counted(isClean, []);
  return `${counted(isClean, [sql(version)])} + ${counted(`${isClean} AND ${sql(version)} IS NULL`, [])}`;
}

async function groups(
  session: Session,
  { relation, isClean, time }: Reading,
  { valuesOf, mostValues, now: instant }: Asked,
): Promise<Pick<Measured, 'days' | 'values'>> {
  const columns = [sql('lockstep.day'), ...valuesOf.map((_, i) => sql(`lockstep.value${i}`))];
  const dated = sql('lockstep.dated');
  const inner = [`DATEDIFF(DAY, CAST('1970-01-01' AS DATE), CAST(${time} AS DATE))`, ...valuesOf.map(sql)].map(
    (text, i) => `${text} AS ${columns[i]}`,
  );
  const flags = columns.map((column) => `GROUPING(${column})`);
  const rows = session.stream(
    `SELECT ${[...flags, ...columns, 'COUNT(*)', `MIN(${dated})`].join(', ')}
FROM (SELECT ${[...inner, `${time} AS ${dated}`].join(', ')} FROM ${relation} WHERE ${isClean} AND ${time} <= ${boundNow}) AS dated
GROUP BY GROUPING SETS (${columns.map((column) => `(${column})`).join(', ')})`,
    [timestampText(instant)],
  );
  const { add, found } = groupedBy(valuesOf, mostValues, (given) => fromDriver(given, timestamp) as bigint);
  for await (const row of rows) add(row);
  return found;
}
