/** manifest.json: what was compiled, for those who consume it. */
import type { CheckedFeature } from '../check/checked.ts';
import { lineageOf, type SourceColumnName } from '../check/lineage.ts';
import { answerRelation, type PlanExpr } from '../plan/plan.ts';
import { type SqlType, typeName } from '../sql-type.ts';
import type { CompiledFeature } from './compile.ts';
import { stepOf } from './dbt/grid-model.ts';
import { featureOf, type TextFile } from './dbt/names.ts';
import { outputName } from './lambda.ts';
import { sha256 } from './version.ts';

export function manifestText(features: readonly CompiledFeature[], files: readonly TextFile[]): string {
  const byFeature = new Map<string, TextFile[]>();
  for (const file of files) {
    const name = featureOf(file.path);
    if (name !== null) byFeature.set(name, [...(byFeature.get(name) ?? []), file]);
  }
  const manifest = {
    formatVersion: 1,
    features: features.map((compiled) => described(compiled, byFeature.get(compiled.feature.name) ?? [])),
  };
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

function described({ feature, version, lambdaPlan }: CompiledFeature, files: readonly TextFile[]) {
  const lineage = lineageOf(feature);
  return {
    name: feature.name,
    version,
    description: feature.description,
    owner: feature.owner,
    status: feature.status,
    ...(feature.deprecationDate === null ? {} : { deprecationDate: feature.deprecationDate }),
    // Microseconds.
    ...(feature.latencyBudget === null ? {} : { latencyBudget: feature.latencyBudget }),
    entity: feature.entity.map((e) => ({ name: outputName(e.name), type: typeName(e.type) })),
    outputs: feature.outputs.map((o, i) => ({
      name: outputName(o.name),
      type: typeName(o.type),
      nullable: o.nullable || (mayBeAbsent(feature) && o.default === null),
      exactness: o.exactness,
      empty: emptyValue(lambdaPlan.answer.absentIsDefault, o.default?.text ?? null, lambdaPlan.answer.outputs[i]?.expr),
      columns: (lineage.columns.get(o.name) ?? []).map(written),
    })),
    sources: feature.sources,
    ...(feature.universe === null ? {} : { universe: feature.universe }),
    reads: lineage.reads.map(written),
    consumers: feature.consumers,
    blocking: feature.blocking,
    // Microseconds.
    every: stepOf(feature).toString(),
    lookback: longestLookback(
      lambdaPlan.steps.flatMap((s) => (s.body.kind === 'scan' && s.body.mode === 'stream' ? [s.body.lookback] : [])),
    ),
    artifacts: files.map((f) => ({ kind: kindOf(f.path), path: f.path, sha256: sha256(f.text) })),
  };
}

const written = ({ source, column }: SourceColumnName): string => `${source}.${outputName(column)}`;

/** The output of an entity without events, where it is a constant; null for NULL, and for what depends on the request. */
function emptyValue(absentIsDefault: boolean, declared: string | boolean | null, expr: PlanExpr | undefined): string | boolean | null {
  if (absentIsDefault || expr === undefined) return declared;
  return constantOf(expr) ?? null;
}

/** Where the columns of the group are NULL; undefined for what is not known without the request. */
function constantOf(expr: PlanExpr): string | boolean | null | undefined {
  if (expr.kind === 'literal') return expr.text;
  if (expr.kind === 'column') return expr.relation === answerRelation ? null : undefined;
  if (expr.kind === 'cast') return widened(constantOf(expr.argument), expr.argument.type, expr.type);
  if (expr.kind !== 'call' || expr.fn !== 'COALESCE') return undefined;
  for (const arg of expr.args) {
    const value = constantOf(arg);
    if (value !== null) return value;
  }
  return null;
}

function widened(value: string | boolean | null | undefined, from: SqlType, to: SqlType): string | boolean | null | undefined {
  if (typeof value !== 'string') return value;
  if (from.kind !== 'number' || to.kind !== 'number') return from.kind === to.kind ? value : undefined;
  if (to.scale < from.scale) return undefined;
  return to.scale === from.scale ? value : `${value}${from.scale === 0 ? '.' : ''}${'0'.repeat(to.scale - from.scale)}`;
}

/** Whether some entity gets no row: HAVING drops the group of no rows, too. */
function mayBeAbsent({ groupsByEntity, query: { body } }: CheckedFeature): boolean {
  return !groupsByEntity || (body.kind === 'select' && body.having !== null);
}

/** Microseconds; null if some source is read without bound. */
function longestLookback(lookbacks: readonly (string | null)[]): string | null {
  if (lookbacks.length === 0 || lookbacks.includes(null)) return null;
  return lookbacks
    .map((l) => BigInt(l ?? 0))
    .reduce((a, b) => (a > b ? a : b))
    .toString();
}

function kindOf(path: string): string {
  if (path.startsWith('dbt/')) return path.includes('/macros/') ? 'dbt-macro' : 'dbt-model';
  return path.endsWith('.json') ? 'lambda' : 'lambda-sql';
}
