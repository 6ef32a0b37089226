/** Who may read a feature: what the project grants, and what the feature's header says instead, as dbt merges `grants`. */
import type { Grant } from '../../definition.ts';
import type { Dialect } from '../../emit/dialect.ts';
import { said, type YamlTree } from './yaml-text.ts';

/** A privilege to the roles that get it. */
export type Granted = ReadonlyMap<string, readonly string[]>;

export function grantedBy(project: readonly Grant[], own: readonly Grant[]): Granted {
  const granted = new Map<string, readonly string[]>();
  for (const { privilege, to, adds } of [...project, ...own])
    granted.set(privilege, adds ? [...new Set([...(granted.get(privilege) ?? []), ...to])] : to);
  return granted;
}

/** Of the view that everybody reads: it has its owner's rights to the table. */
export function grantsConfig(granted: Granted, { engine }: Dialect): { readonly [key: string]: YamlTree } {
  // DuckDB has none, and dbt would warn in every run.
  if (engine === 'duckdb' || granted.size === 0) return {};
  return { grants: Object.fromEntries([...granted].map(([privilege, to]) => [privilege, to.map(said)])) };
}
