/** Lineage of one command: who is told, and who speaks. Whatever is wrong with it is a warning, and the command goes on. */
import { randomUUID } from 'node:crypto';
import type { ProjectConfig } from '../../../compiler/authoring/config.ts';
import type { Source } from '../../../compiler/catalog.ts';
import { lockstepVersion } from '../../lockstep-version.ts';
import { UsageError } from '../../usage-error.ts';
import type { Environment } from '../../warehouse/environment.ts';
import { targetNamed } from '../../warehouse/target-file.ts';
import { ancestorsIn } from './ancestors.ts';
import { openEmitter } from './emitter.ts';
import type { DatasetName } from './event.ts';
import { declaredPlace, type Place, targetPlace } from './place.ts';
import { sendTo } from './receivers.ts';
import type { Ancestors, RunsOf } from './runs.ts';
import { settingsOf } from './settings.ts';

export interface Opening {
  readonly config: ProjectConfig;
  /** Of the project. */
  readonly folder: string;
  readonly environment: Environment;
  readonly say: (text: string) => void;
  /** How many events are sent at once; with 1 they arrive in their order. */
  readonly lanes: number;
}

export interface Lineage extends RunsOf {
  readonly ancestors: Ancestors | null;
  /** In the namespace that somebody chose; null: nobody did. */
  readonly declared: Place | null;
  /** Of a target, by its name; null, with a warning: what it needs is not said. */
  readonly placeOf: (target: string) => Place | null;
  readonly close: () => Promise<void>;
}

/** Milliseconds for what is still to be sent when the work is done. */
const longest = 30_000;

/** Null: nobody is to be told. */
export async function openLineage({ config, folder, environment, say, lanes }: Opening): Promise<Lineage | null> {
  const known = <T>(find: () => T, instead: string): T | null => {
    try {
      return find();
    } catch (thrown) {
      if (!(thrown instanceof UsageError)) throw thrown;
      say(`warning: lineage: ${thrown.message}; ${instead}`);
      return null;
    }
  };
  const settings = known(() => settingsOf(config.lineage, folder, environment), 'no events are sent');
  if (settings === null) return null;
  const { receiver, namespace } = settings;
  const emitter = openEmitter(sendTo(receiver), { say, lanes, longest });
  return {
    ...emitter,
    speaker: { version: await lockstepVersion(), namespace: namespace ?? 'default', project: config.name ?? 'lockstep' },
    now: () => new Date().toISOString(),
    newId: randomUUID,
    ancestors: known(() => ancestorsIn(environment), 'events name no parent'),
    declared: namespace === null ? null : declaredPlace(namespace),
    placeOf: (name) => {
      const place = known(
        () => targetPlace({ name, declared: targetNamed(config, name), folder, environment }),
        'events name no data there',
      );
      return place === null ? null : { ...place, source: once((source) => known(() => place.source(source), 'events leave it out')) };
    },
  };
}

/** What it lacks is said once. */
function once(find: Place['source']): Place['source'] {
  const found = new Map<Source, DatasetName | null>();
  return (source) => {
    const before = found.get(source);
    if (before !== undefined) return before;
    const now = find(source);
    found.set(source, now);
    return now;
  };
}
