/** What DuckDB's profiler says of one execution: where the time went, and which tables were scanned how far. */

/** In the order in which they are shown. `rest`: starting, sorting, projecting, and what the profiler gives to no operator. */
export const stages = ['plan', 'scan', 'join', 'aggregate', 'window', 'rest'] as const;
export type Stage = (typeof stages)[number];

export interface TableScan {
  /** As the engine names it, without database and schema. */
  readonly table: string;
  readonly rows: number;
}

export interface EngineProfile {
  /** Milliseconds; together they are the execution's. */
  readonly stages: Readonly<Record<Stage, number>>;
  readonly scans: readonly TableScan[];
}

type Json = Readonly<Record<string, unknown>>;

/** One row per kind of operator; the first that fits counts. */
const kinds: readonly (readonly [operator: RegExp, stage: Stage])[] = [
  [/WINDOW/, 'window'],
  [/JOIN|CROSS_PRODUCT/, 'join'],
  [/GROUP_BY|AGGREGATE|DISTINCT/, 'aggregate'],
];

/** Parts that do not hold each other; there with `profiling_mode = 'detailed'`. */
const planning = ['planner', 'all_optimizers', 'physical_planner'] as const;

/** `text`: of EXPLAIN (ANALYZE, FORMAT JSON). */
export function readEngineProfile(text: string): EngineProfile {
  const root = JSON.parse(text) as Json;
  const operators = below(root);
  const spent = new Map<Stage, number>([['plan', planning.reduce((sum, part) => sum + numberIn(root, part), 0)]]);
  for (const operator of operators) {
    const stage = stageOf(operator);
    spent.set(stage, (spent.get(stage) ?? 0) + numberIn(operator, 'operator_timing'));
  }
  const known = stages.filter((s) => s !== 'rest').reduce((sum, stage) => sum + (spent.get(stage) ?? 0), 0);
  spent.set('rest', Math.max(spent.get('rest') ?? 0, numberIn(root, 'latency') - known));
  return {
    stages: Object.fromEntries(stages.map((stage) => [stage, (spent.get(stage) ?? 0) * 1000])) as Record<Stage, number>,
    scans: operators.flatMap((operator) => {
      const table = tableOf(operator);
      return table === null ? [] : [{ table, rows: numberIn(operator, 'operator_rows_scanned') }];
    }),
  };
}

function stageOf(operator: Json): Stage {
  if (tableOf(operator) !== null) return 'scan';
  const type = String(operator['operator_type']);
  return kinds.find(([pattern]) => pattern.test(type))?.[1] ?? 'rest';
}

/** Only scans of tables have one. */
function tableOf(operator: Json): string | null {
  const table = (operator['extra_info'] as Json | undefined)?.['Table'];
  const [, quoted, plain] = /(?:"((?:[^"]|"")*)"|([^."]+))$/.exec(typeof table === 'string' ? table : '') ?? [];
  return quoted?.replaceAll('""', '"') ?? plain ?? null;
}

function below(node: Json): readonly Json[] {
  const children = Array.isArray(node['children']) ? (node['children'] as readonly Json[]) : [];
  return children.flatMap((child) => [child, ...below(child)]);
}

const numberIn = (node: Json, key: string): number => (typeof node[key] === 'number' ? node[key] : 0);
