/** What a running server says of features and sources (`GET /features`, `GET /sources`), read as what it is: text of another program. */
import type { CatalogHeld } from './model.ts';

export interface ServerFacts {
  readonly url: string;
  readonly executedSince: string | null;
  readonly features: ReadonlyMap<string, ServedFeature>;
  readonly sources: ReadonlyMap<string, CatalogHeld>;
}

export interface ServedFeature {
  readonly tags: ReadonlyMap<string, string>;
  readonly versions: ReadonlyMap<string, { readonly sqlSha256: string | null; readonly lastExecuted: string | null }>;
}

/** null: this is not what a server answers. `url`: what was asked. */
export function serverFacts(url: string, features: unknown, sources: unknown): ServerFacts | null {
  const [listed, held] = [records(member(features, 'features')), records(member(sources, 'sources'))];
  if (listed === null || held === null) return null;
  const found = listed.map((f) => [text(f['feature']), servedFeature(f)] as const);
  const sourcesFound = held.map((s) => [text(s['source']), heldSource(s)] as const);
  if (found.some(([name, of]) => name === null || of === null) || sourcesFound.some(([name]) => name === null)) return null;
  return {
    url: shownUrl(url),
    executedSince: text(member(features, 'executed_since')),
    features: new Map(found as readonly (readonly [string, ServedFeature])[]),
    sources: new Map(sourcesFound as readonly (readonly [string, CatalogHeld])[]),
  };
}

/** Who asks with a password in the address does not want it on a page. */
function shownUrl(url: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname.replace(/\/$/, '')}`;
}

function servedFeature({ tags, versions }: Fields): ServedFeature | null {
  const [named, made] = [record(tags), records(versions)];
  if (named === null || made === null) return null;
  return {
    tags: new Map(Object.entries(named).flatMap(([tag, version]) => (typeof version === 'string' ? [[tag, version] as const] : []))),
    versions: new Map(
      made.flatMap((v) => {
        const version = text(v['version']);
        return version === null ? [] : [[version, { sqlSha256: text(v['sql_sha256']), lastExecuted: text(v['last_executed']) }] as const];
      }),
    ),
  };
}

function heldSource(of: Fields): CatalogHeld {
  const stale = record(of['stale']);
  const left = of['to_be_read'];
  return {
    latest: text(of['latest']),
    completeSince: text(of['complete_since']),
    toBeRead: typeof left === 'number' ? left : null,
    stale: stale === null ? null : { because: text(stale['because']) ?? '', since: text(stale['since']) ?? '' },
  };
}

type Fields = Readonly<Record<string, unknown>>;

const record = (value: unknown): Fields | null =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : null;
const member = (value: unknown, name: string): unknown => record(value)?.[name];
const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);

function records(value: unknown): readonly Fields[] | null {
  if (!Array.isArray(value)) return null;
  const found = value.map(record);
  return found.includes(null) ? null : (found as readonly Fields[]);
}
