/** Which of the relations that were found are drafted: those that are named, or all that nobody declared. */
import { dbtModelOf, relationParts } from '../../../compiler/artifacts/warehouse-name.ts';
import type { Source } from '../../../compiler/catalog.ts';
import { didYouMean } from '../../../compiler/diagnostics.ts';
import { UsageError } from '../../usage-error.ts';
import type { Facts } from './draft.ts';

export interface Candidate {
  readonly facts: Facts;
  /** What `--relation` may call it. */
  readonly names: readonly string[];
  /** The source that has it already. */
  readonly declared: Source | undefined;
  /** Written by Lockstep: drafted if it is named. */
  readonly isOurs: boolean;
}

export interface Selected {
  readonly drafted: readonly Facts[];
  readonly declared: readonly { readonly label: string; readonly source: string }[];
  /** How many of Lockstep's own are left out. */
  readonly ours: number;
}

/** UsageError if a name is nobody's, or that of several. */
export function select(candidates: readonly Candidate[], named: readonly string[]): Selected {
  const chosen = named.length === 0 ? candidates : [...new Set(named.map((name) => theOne(candidates, name)))];
  const fresh = chosen.filter((c) => c.declared === undefined);
  const drafted = fresh.filter((c) => named.length > 0 || !c.isOurs);
  return {
    drafted: drafted.map((c) => c.facts),
    declared: chosen.flatMap(({ facts, declared }) => (declared === undefined ? [] : [{ label: facts.label, source: declared.name }])),
    ours: fresh.length - drafted.length,
  };
}

function theOne(candidates: readonly Candidate[], name: string): Candidate {
  const isCalled = (c: Candidate): boolean => c.names.some((n) => n.toLowerCase() === name.toLowerCase());
  const [found, ...others] = candidates.filter(isCalled);
  if (found === undefined) {
    const all = candidates.map((c) => c.facts.label);
    const few = all.length === 0 ? 'there are none' : `there are ${all.slice(0, 10).join(', ')}${all.length > 10 ? ', …' : ''}`;
    throw new UsageError(`there is no relation ${name}`, didYouMean(name, [...all, ...candidates.flatMap((c) => c.names)]) ?? few);
  }
  if (others.length > 0)
    throw new UsageError(`${name} may be ${[found, ...others].map((c) => c.facts.label).join(' or ')}`, 'name it in full');
  return found;
}

/** The source whose `warehouse` names the relation: whole, or by its last parts, without regard to case. */
export function declaredAs(sources: readonly Source[], relation: readonly string[], model: string | null): Source | undefined {
  return sources.find((source) => {
    const ref = dbtModelOf(source);
    if (ref !== null) return ref === model;
    const own = relationParts(source);
    const last = relation.slice(Math.max(0, relation.length - own.length));
    return own.length <= relation.length && own.every((part, i) => part.toLowerCase() === last[i]?.toLowerCase());
  });
}
