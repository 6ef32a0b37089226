/** docs/functions.md: what features may call, written from the list of functions. */
import type { Arg, Example, FunctionRow, Refusal, Signature } from '../../compiler/functions/define.ts';
import { hasSql } from '../../compiler/functions/engine-sql.ts';
import { functionRows } from '../../compiler/functions/index.ts';
import type { Engine } from '../../compiler/sql/tree.ts';
import { boolean, bytes, date, float, number, timeOfDay, timestamp, typeName, varchar, variant } from '../../compiler/sql-type.ts';

interface Probe {
  readonly arg: Arg;
  readonly shown: string;
}

const ofType = (type: Arg['type']): Probe => ({ arg: { type, nullable: true }, shown: typeName(type) });
const ofLiteral = (type: Arg['type'], literal: string, shown: string): Probe => ({ arg: { type, nullable: false, literal }, shown });

/** Arguments that are tried, the most telling first. */
const probes: readonly Probe[] = [
  ofType(number(10, 2)),
  ofType(number(38, 0)),
  ofType(float),
  ofType(varchar),
  ofType(boolean),
  ofType(timestamp),
  ofType(date),
  ofLiteral(number(1, 0), '2', '2'),
  ofLiteral(varchar, 'day', "'day'"),
  ofLiteral(varchar, 'YYYY-MM-DD', "'YYYY-MM-DD'"),
  ofType(timeOfDay),
  ofLiteral(varchar, 'HH24:MI', "'HH24:MI'"),
  ofLiteral(varchar, '99.9', "'99.9'"),
  ofLiteral(varchar, 'fr', "'fr'"),
  ofLiteral(varchar, 'UTC', "'UTC'"),
];
const mostShown = 3;

/** Calls whose constants go together, or that are written in a way of their own. */
interface OwnForm {
  readonly args: readonly Arg[];
  readonly shown: string;
}

const constant = (type: Arg['type'], literal: string | boolean): Arg => ({ type, nullable: false, literal });
const percentile = [number(10, 2), float].map((type): OwnForm => {
  const args = [{ type, nullable: true }, constant(number(2, 1), '0.9'), constant(boolean, false)];
  return { args, shown: `(0.9) WITHIN GROUP (ORDER BY ${typeName(type)})` };
});
const bounds = ['0', '100', '4'].map((literal) => constant(number(3), literal));
const texts: Arg['type'] = { kind: 'array', of: varchar };
const own = (...args: readonly (Arg | Arg['type'])[]): OwnForm => {
  const full = args.map((arg): Arg => ('kind' in arg ? { type: arg, nullable: true } : arg));
  const shown = full.map(({ type, literal }) =>
    literal === undefined ? typeName(type) : type.kind === 'varchar' ? `'${literal}'` : literal,
  );
  return { args: full, shown: `(${shown.join(', ')})` };
};
const at = (place: string): Arg => constant(number(1), place);
const comma = constant(varchar, ',');
const jsonTest = [own(variant)];
const required = (type: Arg['type']): Arg => ({ type, nullable: false });
const ownForms: Readonly<Record<string, readonly OwnForm[]>> = {
  GET: [own(variant, constant(varchar, 'key')), own(variant, at('0')), own(texts, at('0'))],
  ...Object.fromEntries(['IS_NULL_VALUE', 'IS_ARRAY', 'IS_OBJECT', 'IS_VARCHAR', 'IS_BOOLEAN'].map((name) => [name, jsonTest])),
  ARRAY_CONSTRUCT: [own(required(varchar), required(varchar)), own(required(number(10, 2)))],
  ARRAY_SIZE: [own(texts), own(variant)],
  ARRAY_CONTAINS: [own(varchar, texts)],
  ARRAY_POSITION: [own(varchar, texts)],
  ARRAY_TO_STRING: [own(texts, comma)],
  ARRAYS_OVERLAP: [own(texts, texts)],
  ARRAY_CAT: [own(texts, texts)],
  ARRAY_SLICE: [own(texts, at('0'), at('3'))],
  ARRAY_APPEND: [own(texts, required(varchar))],
  ARRAY_PREPEND: [own(texts, required(varchar))],
  ARRAY_REMOVE: [own(texts, required(varchar))],
  ARRAY_REMOVE_AT: [own(texts, at('0'))],
  ARRAY_GENERATE_RANGE: [own(number(10), number(10)), own(number(10), number(10), at('2'))],
  ...Object.fromEntries(
    ['BITAND', 'BITOR', 'BITXOR'].map((name) => [name, [own(number(10), number(10)), own(bytes, bytes, constant(varchar, 'LEFT'))]]),
  ),
  ...Object.fromEntries(['LPAD', 'RPAD'].map((name) => [name, [own(varchar, number(10)), own(bytes, number(10), bytes)]])),
  ...Object.fromEntries(['LEFT', 'RIGHT', 'SUBSTR'].map((name) => [name, [own(varchar, number(10)), own(bytes, number(10))]])),
  ...Object.fromEntries(['||', 'CONCAT'].map((name) => [name, [own(varchar, varchar), own(bytes, bytes)]])),
  ARRAY_SORT: [own(texts)],
  ARRAY_REVERSE: [own(texts)],
  SPLIT: [own(varchar, comma)],
  WIDTH_BUCKET: [{ args: [{ type: number(10, 2), nullable: true }, ...bounds], shown: '(NUMBER(10,2), 0, 100, 4)' }],
  PERCENTILE_CONT: percentile,
  PERCENTILE_DISC: percentile,
};

const resolved = (row: FunctionRow, args: readonly Arg[]): Signature | Refusal =>
  row.kind === 'aggregate' ? row.resolve(args, false) : row.resolve(args);

/** `(A, B) → T` for the fewest arguments that the function takes, one line for each different result. */
function resultTypes(row: FunctionRow): readonly string[] {
  const own = ownForms[row.name]?.flatMap(({ args, shown }) => {
    const signature = resolved(row, args);
    return 'refused' in signature ? [] : [`${shown} → ${typeName(signature.type)}`];
  });
  if (own !== undefined) return own;
  const plain = resultsOf(row, false);
  return plain.length > 0 ? plain : resultsOf(row, true);
}

/** `reading`: also of text that has to be read, and may be none of what is wanted. */
function resultsOf(row: FunctionRow, reading: boolean): readonly string[] {
  for (let count = 0; count <= 4; count++) {
    const found = new Map<string, string>();
    for (const chosen of combinations(count)) {
      const signature = resolved(
        row,
        chosen.map((p) => p.arg),
      );
      if ('refused' in signature || (!reading && readsText(signature, chosen))) continue;
      const result = typeName(signature.type);
      if (!found.has(result)) found.set(result, `(${chosen.map((p) => p.shown).join(', ')}) → ${result}`);
    }
    if (found.size > 0) return [...found.values()].slice(0, mostShown);
  }
  return [];
}

function readsText({ mayRaise, params }: Signature, chosen: readonly Probe[]): boolean {
  const isText = ({ type, literal }: Arg): boolean => type.kind === 'varchar' && literal === undefined;
  return chosen.some(({ arg }, i) => isText(arg) && (mayRaise !== undefined || (params?.[i]?.kind ?? 'varchar') !== 'varchar'));
}

function combinations(count: number): readonly (readonly Probe[])[] {
  if (count === 0) return [[]];
  return combinations(count - 1).flatMap((before) => probes.map((probe) => [...before, probe]));
}

function nullRule(row: FunctionRow): string {
  switch (row.kind) {
    case 'scalar':
      return row.nulls === 'propagate' ? 'NULL if an argument is' : 'has its own rule';
    case 'aggregate':
      return row.empty === null ? 'over no rows NULL' : `over no rows ${row.empty === '' ? "''" : row.empty}`;
    case 'window':
      return row.tiesMatter
        ? 'its ORDER BY must be total'
        : row.ordering === 'required'
          ? 'needs ORDER BY; peers are equal'
          : 'takes no ORDER BY';
  }
}

const code = (text: string): string => `\`${text.replaceAll('|', '\\|')}\``;

function example({ sql, result, source }: Example): string {
  return `${code(`${sql} = ${result === null ? 'NULL' : result === '' ? "''" : result}`)} (${source})`;
}

function line(row: FunctionRow): string {
  const names = [row.name, ...(row.aliases ?? [])].map(code).join(', ');
  const over = row.kind === 'aggregate' && row.window !== undefined ? ' Also with OVER.' : '';
  const distinct = row.kind === 'aggregate' && row.distinctAllowed ? ' Takes DISTINCT.' : '';
  const order =
    row.kind === 'aggregate' && row.order === 'needed' && row.impliedOrder === undefined ? ' Needs WITHIN GROUP (ORDER BY …).' : '';
  const shown = row.examples[0];
  const cells = [
    names,
    `${row.summary.replaceAll('|', '\\|')}${distinct}${order}${over}`,
    nullRule(row),
    resultTypes(row).map(code).join('<br>'),
    shown === undefined ? '' : example(shown),
  ];
  return `| ${cells.join(' | ')} |`;
}

function table(rows: readonly FunctionRow[], rule: string): string {
  const head = `| name | what it gives | ${rule} | result types, for example | example |\n| --- | --- | --- | --- | --- |`;
  return `${head}\n${rows.map(line).join('\n')}`;
}

/** A row has SQL for such an engine where tests have shown it to be exact; every other call is refused there. */
function onlyProven(engine: Engine, name: string, tests: string): string {
  const without = functionRows.filter((row) => !hasSql(row.sql, engine)).map((row) => code(row.name));
  const count = without.length === 0 ? 'all rows' : `${functionRows.length - without.length} of the ${functionRows.length} rows`;
  const proven = `On ${name} ${count} have SQL, compared with the reference on generated values there like DuckDB's${tests}; arguments for which none is proven exact are refused.`;
  return without.length === 0 ? proven : `${proven} Every call of the others is refused there: ${without.join(', ')}.`;
}

export function functionsPage(): string {
  const kind = (wanted: FunctionRow['kind']): readonly FunctionRow[] => functionRows.filter((row) => row.kind === wanted);
  const [scalars, aggregates, windows] = [kind('scalar'), kind('aggregate'), kind('window')];
  const isWord = (row: FunctionRow): boolean =>
    /^[A-Z0-9_]+$/.test(row.name) && !['AND', 'OR', 'NOT', 'LIKE', 'ILIKE', 'BETWEEN', 'NEGATE'].includes(row.name);
  const examples = functionRows.flatMap((row) => row.examples);
  return `# Functions

Written by \`npm run docs\` from the rows in \`compiler/functions/\`; edit those, not this page. ${functionRows.length} rows. A function that is not here is an
error, never a guess. Each has one meaning, Snowflake's, on every engine and in the reference evaluator; where engines could differ for some
arguments, the call is refused.

Result types are what the row answers for the arguments shown, the fewest it takes. An example is a value that Snowflake printed: \`gold:slt\` was
run on a Snowflake account and published with its output, \`gold:doc\` stands on a page of Snowflake's documentation; the tests check all ${examples.length}.
A row without one is tested against generated values on the engines and the reference alone.

${onlyProven('postgres', 'Postgres', '')}

${onlyProven('clickhouse', 'ClickHouse', ' (`npm run test:stack`)')} TIME and RANGE by months are refused there, and dates outside the years 1900 to
2299 raise an error.

With a syntax of their own, and therefore not in the tables: \`CASE\`, \`CAST\`, \`TRY_CAST\`, \`::\`, \`IN\`, \`EXISTS\`, \`INTERVAL\`, \`EXTRACT\`, \`IFF\`, \`NVL2\`,
\`DECODE\`, \`TRY_TO_DATE\`, \`as_of()\`, and \`CURRENT_TIMESTAMP\`, \`SYSDATE()\`, \`GETDATE()\`, \`CURRENT_DATE\`, which mean \`as_of()\` and its date.

## Scalar functions

${table(scalars.filter(isWord), 'NULL')}

## Operators

${table(
  scalars.filter((row) => !isWord(row)),
  'NULL',
)}

## Aggregates

${table(aggregates, 'empty')}

## Window functions

${table(windows, 'order')}
`;
}
