/** Whose answers are logged. */
import { isSampled, keyHash } from '../../parity/sampling/key-hash.ts';
import { artifactType } from '../execute.ts';
import type { Served } from './replica.ts';

/** So many entities of all features are remembered: to find out anew costs more than to answer. */
const most = 100_000;

/** By the sampling function of parity, so that both look at the same entities. */
export function choosing(share: number, secret: string): (served: Pick<Served, 'of' | 'entity'>) => boolean {
  const known = new Map<string, boolean>();
  return ({ of, entity }) => {
    if (of.definition.kind !== 'feature') return false;
    const id = JSON.stringify([of.name, of.version, ...entity.map(String)]);
    const before = known.get(id);
    if (before !== undefined) return before;
    const types = of.definition.artifact.entity.map((e) => artifactType(e.type) ?? { kind: 'varchar' as const });
    const chosen = isSampled(keyHash({ secret, feature: of.name, turn: 'served' }, entity, types), share);
    if (known.size >= most) known.clear();
    known.set(id, chosen);
    return chosen;
  };
}
