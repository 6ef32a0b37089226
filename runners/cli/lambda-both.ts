/** `--both` and `--target` of `lockstep lambda`: the batch side's name goes where the tag goes. */
import { tableSources } from '../../compiler/artifacts/universe.ts';
import { UsageError } from '../usage-error.ts';
import { openShownView } from '../warehouse/shown-view.ts';
import { targetNamed } from '../warehouse/target-file.ts';
import { type LoadedProject, loadProject } from './load.ts';

export interface BothOptions {
  readonly both?: boolean;
  readonly target?: string;
  readonly project?: string;
}

export interface BatchMoved {
  readonly target: string;
  readonly before: string | null;
  readonly version: string;
  /** What is left to do there. */
  readonly todo?: string;
}

/**
 * Moves the tag, then the name in the target: refused before anything moves if the target has no rows of the version. `left`: the version
 * that is taken back, whether or not the target has it yet: no run moves the name to it. `moveTag`: whether it moved.
 */
export async function movedBoth(
  { both = false, target, project: folder }: BothOptions,
  feature: string,
  version: string,
  left: string | null,
  moveTag: () => Promise<boolean>,
  say: (text: string) => void,
): Promise<BatchMoved | null> {
  if (both !== (target !== undefined)) throw new UsageError('--both moves the name in a target, too: give both --both and --target NAME');
  if (target === undefined) {
    await moveTag();
    return null;
  }
  const project = await loadProject(folder);
  const declared = targetNamed(project.authored.config, target);
  const view = await openShownView({ name: target, declared, folder: project.folder, environment: process.env, say });
  try {
    if (!(await view.holds(feature, version)))
      throw new UsageError(
        `the target ${target} has no rows of version ${version} of ${feature}: nothing was moved`,
        `old relations may be dropped; without --both the tag alone moves`,
      );
    const before = await view.shown(feature);
    if (!(await moveTag())) return null;
    if (before === version && left === null) return { target, before, version };
    const todo = await view.show(feature, version, left, isMasked(feature, project));
    return { target, before, version, ...(todo === null ? {} : { todo }) };
  } finally {
    await view.close();
  }
}

/** By the sources that its table is made of now; of a feature that this project does not compile, by any. */
export function isMasked(feature: string, { authored, compiled }: LoadedProject): boolean {
  const found = compiled.features.find((f) => f.feature.name === feature)?.feature;
  const read = found === undefined ? undefined : tableSources(found);
  return authored.catalog.sources.some((s) => (read?.includes(s.name) ?? true) && s.columns.some((c) => c.maskingPolicy !== null));
}
