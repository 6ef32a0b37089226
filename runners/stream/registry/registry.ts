/** Lambdas by name, version and tag. Versions never change; a tag names one of them. */
import { sha256 } from '../../../compiler/artifacts/version.ts';
import { RequestError } from '../request-error.ts';
import type { Gate, Ground } from './gate.ts';
import type { Definition, Entry, Journal } from './journal.ts';

export interface LambdaVersion {
  readonly workspace: string;
  readonly name: string;
  readonly version: string;
  readonly definition: Definition;
  readonly description: string | null;
  readonly createdAt: string;
  readonly createdBy: string;
}

export interface TagMove {
  readonly at: string;
  readonly by: string;
  readonly version: string | null;
  readonly ground?: Ground;
}

export interface Lambda {
  readonly workspace: string;
  readonly name: string;
  /** In the order of their making. */
  readonly versions: ReadonlyMap<string, LambdaVersion>;
  readonly tags: ReadonlyMap<string, string>;
  readonly moves: ReadonlyMap<string, readonly TagMove[]>;
  /** By tag: where it was, without what was taken back; the last is where it is. */
  readonly trails: ReadonlyMap<string, readonly string[]>;
}

export interface Registry {
  readonly lambdas: () => readonly Lambda[];
  /** Refused with NOTFOUND. */
  readonly lambda: (workspace: string, name: string) => Lambda;
  readonly version: (workspace: string, name: string, version: string) => LambdaVersion;
  readonly tagged: (workspace: string, name: string, tag: string) => LambdaVersion;
  /** The same definition again makes no version; what was deployed last is tagged `latest`, and nothing else moves that tag. */
  readonly deploy: (given: {
    readonly workspace: string;
    readonly name: string;
    readonly definition: Definition;
    readonly description: string | null;
    readonly by: string;
  }) => { readonly version: LambdaVersion; readonly made: boolean };
  /** `ground`: some tags move on one alone. */
  readonly tag: (workspace: string, name: string, tag: string, version: string, by: string, ground?: Ground) => void;
  readonly untag: (workspace: string, name: string, tag: string, by: string) => void;
  /** To where the tag was before its last move; again, to where it was before that one. `to`: to a version that it named before. */
  readonly rollBack: (workspace: string, name: string, tag: string, by: string, to?: string) => string;
  readonly remove: (workspace: string, name: string, by: string) => void;
  readonly removeVersion: (workspace: string, name: string, version: string, by: string) => void;
}

/** Always the version that was deployed last. */
export const latest = 'latest';

interface Held {
  readonly workspace: string;
  readonly name: string;
  readonly versions: Map<string, LambdaVersion>;
  readonly tags: Map<string, string>;
  readonly moves: Map<string, TagMove[]>;
  readonly trails: Map<string, string[]>;
}

const keyOf = (workspace: string, name: string): string => JSON.stringify([workspace, name]);

/** A feature's version is its meaning; artifacts of one meaning may differ, so theirs is told apart by the digest of the SQL. */
function versionOf(definition: Definition): string {
  if (definition.kind === 'feature') return definition.artifact.version;
  return sha256(JSON.stringify([definition.sql, definition.parameters])).slice(0, 16);
}

export function openRegistry(journal: Journal, now: () => string, gate: Gate): Registry {
  const lambdas = new Map<string, Held>();
  for (const entry of journal.entries) apply(lambdas, entry);
  const record = (entry: Entry): void => {
    journal.append(entry);
    apply(lambdas, entry);
  };
  const held = (workspace: string, name: string): Held => {
    const found = lambdas.get(keyOf(workspace, name));
    if (found === undefined) throw new RequestError('NOTFOUND', `there is no lambda ${name} in the workspace ${workspace}`);
    return found;
  };
  const versionIn = ({ versions, name }: Held, version: string): LambdaVersion => {
    const found = versions.get(version);
    if (found === undefined) throw new RequestError('NOTFOUND', `${name} has no version ${version}`);
    return found;
  };
  const tagged = (workspace: string, name: string, tag: string): LambdaVersion => {
    const of = held(workspace, name);
    const version = of.tags.get(tag);
    if (version === undefined) throw new RequestError('NOTFOUND', `${name} has no tag ${tag}`);
    return versionIn(of, version);
  };
  const tag = (workspace: string, name: string, to: string, version: string, by: string, ground?: Ground): void => {
    const of = held(workspace, name);
    gate(versionIn(of, version), to, ground);
    const before = of.tags.get(to) ?? null;
    if (before === version) return;
    const because = ground === undefined ? {} : { ground };
    record({ action: 'tag', at: now(), by, workspace, lambda: name, tag: to, version, before, ...because });
  };
  const movable = (tag: string): void => {
    if (tag === latest)
      throw new RequestError('INVALIDINPUT', `the tag ${latest} always names the version deployed last`, 'move a tag of your own');
  };
  return {
    lambdas: () => [...lambdas.values()],
    lambda: held,
    version: (workspace, name, version) => versionIn(held(workspace, name), version),
    tagged,
    deploy: ({ workspace, name, definition, description, by }) => {
      const version = versionOf(definition);
      const known = lambdas.get(keyOf(workspace, name))?.versions.get(version);
      if (known !== undefined && JSON.stringify(known.definition) !== JSON.stringify(definition))
        throw new RequestError(
          'CONFLICT',
          `${name} has a version ${version} with other SQL`,
          'a version never changes; compile with the Lockstep that made it, or change the feature',
        );
      if (known === undefined) record({ action: 'deploy', at: now(), by, workspace, lambda: name, version, description, definition });
      tag(workspace, name, latest, version, by);
      return { version: versionIn(held(workspace, name), version), made: known === undefined };
    },
    tag: (workspace, name, to, version, by, ground) => {
      movable(to);
      tag(workspace, name, to, version, by, ground);
    },
    untag: (workspace, name, from, by) => {
      movable(from);
      const { version } = tagged(workspace, name, from);
      record({ action: 'untag', at: now(), by, workspace, lambda: name, tag: from, before: version });
    },
    rollBack: (workspace, name, of, by, to) => {
      movable(of);
      const { version } = tagged(workspace, name, of);
      const earlier = held(workspace, name).trails.get(of)?.slice(0, -1) ?? [];
      const before = to === undefined ? earlier.at(-1) : earlier.find((v) => v === to);
      if (before === undefined)
        throw new RequestError(
          'CONFLICT',
          `the tag ${of} of ${name} was never ${to === undefined ? 'anywhere else' : `at version ${to} before`}`,
        );
      record({ action: 'tag', at: now(), by, workspace, lambda: name, tag: of, version: before, before: version, back: true });
      return before;
    },
    remove: (workspace, name, by) => {
      held(workspace, name);
      record({ action: 'delete', at: now(), by, workspace, lambda: name });
    },
    removeVersion: (workspace, name, version, by) => {
      const of = held(workspace, name);
      versionIn(of, version);
      const tags = [...of.tags].flatMap(([t, v]) => (v === version && t !== latest ? [t] : []));
      if (tags.length > 0)
        throw new RequestError('CONFLICT', `version ${version} of ${name} is tagged ${tags.join(', ')}`, 'move the tags first');
      record({ action: 'delete-version', at: now(), by, workspace, lambda: name, version });
    },
  };
}

/** From one version to the same is no step. */
const steps = (trail: readonly string[]): string[] => trail.filter((version, i) => version !== trail[i - 1]);

function apply(lambdas: Map<string, Held>, entry: Entry): void {
  const { workspace, lambda: name, at, by } = entry;
  const key = keyOf(workspace, name);
  if (entry.action === 'delete') {
    lambdas.delete(key);
    return;
  }
  const held: Held = lambdas.get(key) ?? { workspace, name, versions: new Map(), tags: new Map(), moves: new Map(), trails: new Map() };
  lambdas.set(key, held);
  const move = (
    tag: string,
    version: string | null,
    { back = false, ground }: { readonly back?: boolean; readonly ground?: Ground } = {},
  ): void => {
    const trail = held.trails.get(tag) ?? [];
    const earlier = trail.slice(0, -1);
    if (version === null) held.tags.delete(tag);
    else held.tags.set(tag, version);
    held.trails.set(
      tag,
      back && version !== null ? earlier.slice(0, earlier.lastIndexOf(version) + 1) : version === null ? trail : steps([...trail, version]),
    );
    held.moves.set(tag, [...(held.moves.get(tag) ?? []), { at, by, version, ...(ground === undefined ? {} : { ground }) }]);
  };
  switch (entry.action) {
    case 'deploy': {
      const { version, definition, description } = entry;
      held.versions.set(version, { workspace, name, version, definition, description, createdAt: at, createdBy: by });
      return;
    }
    case 'tag':
      return move(entry.tag, entry.version, entry);
    case 'untag':
      return move(entry.tag, null);
    case 'delete-version': {
      held.versions.delete(entry.version);
      // No way leads back to it.
      for (const [tag, trail] of held.trails) held.trails.set(tag, steps(trail.filter((v) => v !== entry.version)));
      if (held.tags.get(latest) !== entry.version) return;
      const newest = [...held.versions.keys()].at(-1);
      if (newest === undefined) lambdas.delete(key);
      else move(latest, newest);
    }
  }
}
