/** check --since: what each feature has become since a commit, and who is concerned. */

import { type FeatureChange, featureChanges, type LostColumn, lostColumns, type ProjectState } from '../../compiler/artifacts/changes.ts';
import { compileProject } from '../../compiler/artifacts/compile.ts';
import { readAuthored } from '../../compiler/authoring/index.ts';
import { filesAt } from '../git.ts';
import type { CheckedProject } from './result.ts';

export interface Since {
  readonly reference: string;
  readonly changes: readonly FeatureChange[];
  readonly lost: readonly LostColumn[];
}

export async function changesSince(reference: string, project: CheckedProject): Promise<Since> {
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
