/**
 * Laws that any feature obeys, whatever it computes: a change of events, of their order, or of what is asked, and what must
 * become of the answers. They need no second opinion, so they also hold the reference and the forms to what all three might get wrong.
 */
import type { CheckedFeature } from '../../compiler/check/checked.ts';
import type { Plan, Scan } from '../../compiler/plan/plan.ts';
import type { Value } from '../../compiler/value.ts';
import type { SourceRows } from '../../runners/data/events.ts';
import type { SpineRow } from '../../runners/data/spine.ts';
import type { Case } from './case.ts';
import type { Draw } from './draw.ts';
import { catalog } from './world.ts';

export type Events = ReadonlyMap<string, SourceRows>;
export type Answers = readonly (readonly Value[])[];

export interface Question {
  readonly events: Events;
  readonly spine: readonly SpineRow[];
}

export interface Law {
  readonly name: string;
  /** The changed question, and what its answers must be, given the answers to the unchanged one; undefined: the law says nothing of this case. */
  readonly change: (
    c: Case & { readonly feature: CheckedFeature; readonly plan: Plan },
    d: Draw,
  ) => { readonly question: Question; readonly expected: (answers: Answers) => Answers } | undefined;
}

const same = (answers: Answers): Answers => answers;

function mapRows(events: Events, change: (rows: readonly (readonly Value[])[], source: string) => readonly (readonly Value[])[]): Events {
  return new Map([...events].map(([name, { columns, rows }]) => [name, { columns, rows: change(rows, name) }]));
}

/** Index of the column that dates a row of the source. */
function timeColumn(name: string): number {
  const source = catalog.sources.find((s) => s.name === name);
  const column = source?.kind === 'stream' ? source.eventTime : source?.updatedAt;
  return source?.columns.findIndex((c) => c.name === column) ?? -1;
}

const future: Law = {
  name: 'future events change nothing',
  change: ({ spine, world, feature }, d) => {
    const asOf = d.pick(spine).asOf;
    const asked = spine.map((row, i) => ({ row, i })).filter(({ row }) => row.asOf === asOf);
    const events = mapRows(world.events, (rows, source) => {
      const at = timeColumn(source);
      return rows.filter((row) => typeof row[at] === 'bigint' && (row[at] < asOf || (feature.includeAsOf && row[at] === asOf)));
    });
    return {
      question: { events, spine: asked.map(({ row }) => row) },
      expected: (answers) => asked.map(({ i }) => answers[i] as readonly Value[]),
    };
  },
};

const arrivalOrder: Law = {
  name: 'arrival order changes nothing',
  change: ({ world, spine }, d) => ({
    question: {
      spine,
      events: mapRows(world.events, (rows) => {
        const shuffled = [...rows];
        for (let i = shuffled.length - 1; i > 0; i--) {
          const j = d.below(i + 1);
          [shuffled[i], shuffled[j]] = [shuffled[j] as readonly Value[], shuffled[i] as readonly Value[]];
        }
        return shuffled;
      }),
    },
    expected: same,
  }),
};

const copies: Law = {
  name: 'exact duplicates change nothing',
  change: ({ world, spine }, d) => ({
    question: { spine, events: mapRows(world.events, (rows) => rows.flatMap((row) => (d.below(3) === 0 ? [row, row, row] : [row]))) },
    expected: same,
  }),
};

const spineSplit: Law = {
  name: 'asking twice, in another order, changes nothing',
  change: ({ world, spine }, d) => {
    const order = [...spine.keys(), ...spine.keys()].sort(() => d.below(3) - 1);
    return {
      question: { events: world.events, spine: order.map((i) => spine[i] as SpineRow) },
      expected: (answers) => order.map((i) => answers[i] as readonly Value[]),
    };
  },
};

const alone: Law = {
  name: 'a row asked alone has the answer that it has among others',
  change: ({ world, spine }, d) => {
    const i = d.below(spine.length);
    return {
      question: { events: world.events, spine: [spine[i] as SpineRow] },
      expected: (answers) => [answers[i] as readonly Value[]],
    };
  },
};

const week = 7n * 86_400_000_000n;
/** What knows the calendar, or the time in words, moves otherwise. */
const calendar =
  /^(YEAR|QUARTER|MONTH|DAY|DAYOFYEAR|WEEK|WEEKISO|YEAROFWEEK|YEAROFWEEKISO|DATE_PART|MONTHNAME|LAST_DAY|ADD_MONTHS|MONTHS_BETWEEN|TO_CHAR|TIME_SLICE|DATE_TRUNC|DATEDIFF|MD5|SHA2|TO_DATE|DATE_FROM_PARTS|NEXT_DAY|PREVIOUS_DAY|CONVERT_TIMEZONE)/;

function knowsCalendar(feature: CheckedFeature): boolean {
  let found = false;
  JSON.stringify(feature.query, (key, node: unknown) => {
    if (key === 'span' || typeof node !== 'object' || node === null || !('kind' in node)) return key === 'span' ? undefined : node;
    const type = 'type' in node && typeof node.type === 'object' && node.type !== null && 'kind' in node.type ? node.type.kind : '';
    const time = type === 'date' || type === 'timestamp';
    if (node.kind === 'call' && 'fn' in node && (calendar.test(String(node.fn)) || String(node.fn).startsWith('TO_'))) found = true;
    if (node.kind === 'literal' && 'text' in node && (time || /^(month|quarter|year)$/.test(String(node.text)))) found = true;
    if ('unit' in node && /^(month|quarter|year)$/.test(String(node.unit))) found = true;
    // Between a time and its text or a date and its number lies the calendar, too.
    if (node.kind === 'cast' && 'argument' in node && JSON.stringify(node.argument).includes('"timestamp"') !== time) found = true;
    if (node.kind === 'cast' && JSON.stringify(node).includes('"date"') && !time) found = true;
    return node;
  });
  return found;
}

const weeks: Law = {
  name: 'a shift by whole weeks shifts the answers',
  change: ({ world, spine, feature }, d) => {
    if (knowsCalendar(feature)) return undefined;
    const shift = BigInt(d.pick([1, -1, 3])) * week;
    const moved = (value: Value, kind: string): Value =>
      value === null
        ? null
        : kind === 'timestamp'
          ? (value as bigint) + shift
          : kind === 'date'
            ? (value as bigint) + shift / 86_400_000_000n
            : value;
    const events = mapRows(world.events, (rows, name) => {
      const columns = catalog.sources.find((s) => s.name === name)?.columns ?? [];
      return rows.map((row) => row.map((value, i) => moved(value, columns[i]?.type.kind ?? '')));
    });
    return {
      question: {
        events,
        spine: spine.map(({ entity, asOf }) => ({
          entity: entity.map((value, i) => moved(value, feature.entity[i]?.type.kind ?? '')),
          asOf: asOf + shift,
        })),
      },
      expected: (answers) => answers.map((row) => row.map((value, i) => moved(value, feature.outputs[i]?.type.kind ?? ''))),
    };
  },
};

/** By which columns of its source each scan may be restricted to an entity, if every scan may be. */
function restrictions({ steps, entity }: Plan): readonly { readonly scan: Scan; readonly columns: readonly string[] }[] | undefined {
  const scans = steps.flatMap((s) => (s.body.kind === 'scan' ? [s.body] : []));
  const found = scans.map((scan) => ({
    scan,
    columns: entity.map((e) => {
      const value = scan.match.find((m) => m.column.name === e.name)?.value;
      return value?.kind === 'column' && value.relation === scan.relation ? value.name : '';
    }),
  }));
  return scans.length === 0 || entity.length === 0 || found.some((f) => f.columns.includes('')) ? undefined : found;
}

const disjoint: Law = {
  name: 'events of other entities change nothing where no row of theirs is read',
  change: ({ world, spine, plan }, d) => {
    const found = restrictions(plan);
    if (found === undefined) return undefined;
    const i = d.below(spine.length);
    const asked = spine[i] as SpineRow;
    const events = mapRows(world.events, (rows, name) => {
      const source = catalog.sources.find((s) => s.name === name);
      const ways = found.filter((f) => f.scan.source === name);
      return rows.filter((row) =>
        ways.some(({ columns }) =>
          columns.every((column, k) => row[source?.columns.findIndex((c) => c.name === column) ?? -1] === asked.entity[k]),
        ),
      );
    });
    return { question: { events, spine: [asked] }, expected: (answers) => [answers[i] as readonly Value[]] };
  },
};

export const laws: readonly Law[] = [future, arrivalOrder, copies, spineSplit, alone, weeks, disjoint];
