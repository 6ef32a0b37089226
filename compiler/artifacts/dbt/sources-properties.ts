/** What dbt is told of the declared sources and of their staging models. */
import type { Catalog, Source, SourceColumn } from '../../catalog.ts';
import type { CheckedFeature } from '../../check/checked.ts';
import { type Dialect, identifier } from '../../emit/dialect.ts';
import { outputName } from '../lambda.ts';
import { tableSources } from '../universe.ts';
import { stepOf } from './grid-model.ts';
import { placeOf, sourceGroup, stagingName } from './names.ts';
import { said, type YamlTree } from './yaml-text.ts';

export function sourceProperties(sources: readonly Source[], features: readonly CheckedFeature[], dialect: Dialect): readonly YamlTree[] {
  const groups = new Map<string, Source[]>();
  for (const s of sources) groups.set(sourceGroup(s), [...(groups.get(sourceGroup(s)) ?? []), s]);
  return [...groups].map(([name, members]) => {
    const { database, schema } = placeOf(members[0] as Source);
    return {
      name,
      ...(database === null ? {} : { database }),
      ...(schema === null ? {} : { schema }),
      tables: members.map((m) => ({
        name: said(placeOf(m).table),
        ...(m.description === null ? {} : { description: said(m.description) }),
        ...freshness(m, features, dialect),
        // Raw tables are not this project's to mask.
        columns: m.columns.map((c) => columnOf(c, {})),
      })),
    };
  });
}

/**
 * Stale is what would leave out an instant: nothing new for the lateness and a step of the finest grid over it. A warning,
 * as a stream may be quiet by itself.
 */
function freshness(source: Source, features: readonly CheckedFeature[], dialect: Dialect): { readonly [key: string]: YamlTree } {
  if (source.kind !== 'stream' || source.ingestTime === null) return {};
  const steps = features.filter((f) => tableSources(f).includes(source.name)).map(stepOf);
  const finest = steps.reduce((a, b) => (b < a ? b : a), steps[0] ?? 0n);
  const minutes = (source.lateness + finest + 59_999_999n) / 60_000_000n;
  return {
    config: {
      loaded_at_field: identifier(source.ingestTime, dialect),
      freshness: { warn_after: { count: Number(minutes), period: 'minute' } },
    },
  };
}

const columnOf = ({ name, pii }: SourceColumn, more: { readonly [key: string]: YamlTree }): YamlTree => ({
  name: said(outputName(name)),
  ...(pii ? { config: { meta: { pii: true, ...more } } } : {}),
});

export function stagingProperties(sources: readonly Source[]): readonly YamlTree[] {
  return sources.map((s) => ({
    name: stagingName(s.name),
    description: `${s.description === null ? '' : `${said(s.description)} `}One row of each ${s.kind === 'stream' ? 'event' : 'version, with the interval in which it is in force'}; rows that break the contract are left out and counted in lockstep_quarantine.`,
    config: { tags: ['lockstep'] },
    columns: s.columns.map((c) => columnOf(c, c.maskingPolicy === null ? {} : { masking_policy: c.maskingPolicy })),
  }));
}

export const usedSources = (catalog: Catalog, features: readonly CheckedFeature[]): readonly Source[] =>
  catalog.sources.filter((s) => features.some((f) => tableSources(f).includes(s.name)));
