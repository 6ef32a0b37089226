/**
 * A feature's version: a hash of its meaning. Formatting, comments, physical names and unread columns are not in it;
 * the normalised plan, the contract of what it reads, whose rows its tables hold, and the revision of the semantics are.
 */
import { hash } from 'node:crypto';
import type { Catalog, Source } from '../catalog.ts';
import type { CheckedFeature } from '../check/checked.ts';
import { jsonText } from '../json-text.ts';
import type { Plan } from '../plan/plan.ts';
import { typeName } from '../sql-type.ts';

/** Raised by every compiler fix that changes a value. */
const semanticsRevision = 5;

export function versionOf(feature: CheckedFeature, plan: Plan, catalog: Catalog): string {
  const universe = catalog.sources.find((s) => s.name === feature.universe);
  const content = {
    semanticsRevision,
    includeAsOf: feature.includeAsOf,
    defaults: feature.outputs.map((o) => o.default?.text ?? null),
    plan,
    sources: feature.sources.map((name) => contract(catalog.sources.find((s) => s.name === name) as Source, readOf(name, plan))),
    universe: universe === undefined ? undefined : contract(universe, new Set(feature.entity.map((e) => e.name))),
  };
  return sha256(canonical(content)).slice(0, 16);
}

export function sha256(text: string): string {
  return hash('sha256', text);
}

/** JSON without places and names of features. (A replacer for JSON.stringify takes five times as long.) */
function canonical(value: unknown): string {
  if (typeof value === 'string') return jsonText(value);
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  let text = '';
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) text += i === 0 ? canonical(value[i]) : `,${canonical(value[i])}`;
    return `[${text}]`;
  }
  for (const key in value) {
    if (key === 'span' || key === 'feature' || key === 'comments') continue;
    const inner = (value as Record<string, unknown>)[key];
    if (inner !== undefined) text += text === '' ? `"${key}":${canonical(inner)}` : `,"${key}":${canonical(inner)}`;
  }
  return `{${text}}`;
}

function readOf(source: string, plan: Plan): ReadonlySet<string> {
  return new Set(plan.steps.flatMap((s) => (s.body.kind === 'scan' && s.body.source === source ? s.columns.map((c) => c.name) : [])));
}

/** Keys and time rules decide which copy counts, and ties of copies are broken by every column in declared order. */
function contract(source: Source, read: ReadonlySet<string>): unknown {
  const rules =
    source.kind === 'stream'
      ? { eventTime: source.eventTime, ingestTime: source.ingestTime, maxSkew: source.maxSkew.toString() }
      : { updatedAt: source.updatedAt, versionBy: source.versionBy, deleted: source.deleted };
  return {
    name: source.name,
    key: source.key,
    ...rules,
    columns: source.columns
      .filter((c) => read.has(c.name) || source.key.includes(c.name))
      .map((c) => ({ name: c.name, type: typeName(c.type), unit: c.unit })),
  };
}
