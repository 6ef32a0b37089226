/** How far back anything may be asked: the longest lookback of all lambdas, what may come late, and what parity looks at the day after. */
import type { Source, Stream } from '../../../compiler/catalog.ts';
import type { Registry } from '../registry/registry.ts';
import type { KeptStore } from '../store/kept.ts';

/** Microseconds; null: everything is needed. */
function retentionOf(source: Stream, registry: Registry, parity: bigint): bigint | null {
  const lookbacks = registry
    .lambdas()
    .flatMap(({ versions }) => [...versions.values()])
    .flatMap(({ definition }) => (definition.kind === 'feature' ? definition.artifact.sources : []))
    .filter((s) => s.name === source.name)
    .map((s) => s.lookback);
  // What nothing reads may be read by the next version.
  if (lookbacks.length === 0 || lookbacks.includes(null)) return null;
  const longest = lookbacks.reduce((most, l) => (BigInt(l ?? 0) > most ? BigInt(l ?? 0) : most), 0n);
  return longest + source.lateness + parity;
}

export async function forgetOld(
  store: KeptStore,
  sources: readonly Source[],
  registry: Registry,
  now: bigint,
  parity: bigint,
): Promise<void> {
  for (const source of sources) {
    if (source.kind !== 'stream') continue;
    const kept = retentionOf(source, registry, parity);
    if (kept !== null) await store.forget(source.name, now - kept);
  }
}
