/** check --since: what each feature has become since a commit, and who is concerned. */

import { type FeatureChange, featureChanges, type LostColumn, lostColumns, type ProjectState } from '../../compiler/artifacts/changes.ts';
import { compileProject } from '../../compiler/artifacts/compile.ts';
import { readAuthored } from '../../compiler/authoring/index.ts';
import { counted } from '../../compiler/counted.ts';
import { filesAt } from '../git.ts';
import type { LoadedProject } from './load.ts';
import { textTable } from './table.ts';

export interface Since {
  readonly reference: string;
  readonly changes: readonly FeatureChange[];
  readonly lost: readonly LostColumn[];
}

export async function changesSince(reference: string, project: LoadedProject): Promise<Since> {
  const files = [...(await filesAt(project.folder, reference))].map(([path, text]) => ({ path, text }));
  const read = readAuthored({ files });
  const catalog = read.value?.catalog ?? { sources: [] };
  // What was waived then was in force then.
  const compiled = read.value === undefined ? undefined : compileProject(read.value, '0001-01-01');
  const before: ProjectState = { catalog, features: compiled?.features ?? [], files: compiled?.files ?? [] };
  const after: ProjectState = { catalog: project.authored.catalog, features: project.compiled.features, files: project.compiled.files };
  const broken = new Set(project.diagnostics.flatMap((d) => (d.severity === 'error' && d.feature !== undefined ? [d.feature] : [])));
  return {
    reference,
    // A feature that does not compile is not gone.
    changes: featureChanges(before, after).filter((c) => !(c.change === 'removed' && broken.has(c.feature))),
    lost: lostColumns(before, project.authored.catalog),
  };
}

export function renderSince({ reference, changes, lost }: Since): string {
  const changed = changes.filter((c) => c.change !== 'unchanged');
  const same = changes.length - changed.length;
  const losses = lost.map(({ source, column, perhaps, features }) => {
    const who = features.map((f) => (f.owner === null ? f.feature : `${f.feature} (${f.owner})`));
    const renamed = perhaps.length === 0 ? '' : `; perhaps it is now ${perhaps.map((p) => `\`${p}\``).join(' or ')}`;
    return `\`${source}.${column}\` is gone${renamed}: ${who.length === 0 ? 'no feature reads it' : `${counted(who.length, 'feature reads', 'features read')} it: ${who.join(', ')}`}`;
  });
  const table = textTable(
    ['feature', 'change', 'version', 'why', 'owner', 'consumers', 'written anew'].map((name) => ({ name, numeric: false })),
    changed.map((c) => [
      c.feature,
      c.change,
      [c.before, c.after].map((v) => v?.slice(0, 8) ?? '–').join(' → '),
      c.reasons.join('; '),
      c.owner ?? '',
      c.consumers.join(', '),
      `${counted(c.models.length, 'model')}, ${counted(c.lambdas.length, 'lambda file')}`,
    ]),
  );
  const summary = `since ${reference}: ${changed.length === 0 ? 'nothing has changed' : `${counted(changed.length, 'feature')} changed`}, ${same} unchanged`;
  return [...losses, ...(changed.length === 0 ? [] : [table]), summary].join('\n');
}
