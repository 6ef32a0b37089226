/** A training set: each label with its features as of its instant. */
import { mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { CompiledFeature } from '../../compiler/artifacts/compile.ts';
import { batchPlanOf } from '../../compiler/artifacts/plans.ts';
import type { Catalog } from '../../compiler/catalog.ts';
import { UsageError } from '../usage-error.ts';
import type { LabelsGiven, Opening, Raw, TrainingEngine, Written } from './engine.ts';
import { columnsOf, keysOf, requireDistinct } from './names.ts';

export interface Wanted {
  readonly open: (opening: Opening) => Promise<TrainingEngine>;
  readonly raw: Raw;
  readonly labels: LabelsGiven;
  /** In the order of their columns. */
  readonly features: readonly CompiledFeature[];
  readonly catalog: Catalog;
  readonly knowledge: 'event' | 'arrived';
  readonly to: Written;
  readonly warn: (warning: string) => void;
  /** After each source and each feature. */
  readonly step: (done: number, total: number) => void;
}

/** Gives the number of rows. Until it returns nothing is written in the place of the result. */
export async function makeTrainingSet(wanted: Wanted): Promise<number> {
  const { raw, features, catalog, knowledge, to, warn, step } = wanted;
  const keys = keysOf(features);
  const beside = to.kind === 'file' ? dirname(to.file) : raw.kind === 'target' ? raw.target.folder : raw.folder;
  if (to.kind === 'file') await requireFolder(to.file);
  const temporary = await mkdtemp(join(beside, '.training-set-'));
  try {
    const engine = await wanted.open({ raw, spill: join(temporary, 'spill'), writesTable: to.kind === 'table', warn });
    try {
      if (to.kind === 'table') await engine.requireFree(to.name);
      const labels = await engine.labels(wanted.labels, keys);
      requireDistinct(labels.columns, features);
      const plans = features.map(({ feature }) => batchPlanOf(feature, catalog, knowledge));
      const sources = catalog.sources.filter(({ name }) => features.some(({ feature }) => feature.sources.includes(name)));
      const total = sources.length + features.length + 1;
      for (const [i, source] of sources.entries()) {
        await engine.stage(source, plans);
        step(i + 1, total);
      }
      for (const [i, plan] of plans.entries()) {
        const compiled = features[i] as CompiledFeature;
        await engine.answer(plan, columnsOf(compiled), compiled.version);
        step(sources.length + i + 1, total);
      }
      const written = to.kind === 'file' ? { ...to, file: join(temporary, 'rows') } : to;
      await engine.write(written);
      if (to.kind === 'file') await rename(join(temporary, 'rows'), to.file);
      step(total, total);
      return labels.rows;
    } finally {
      await engine.close();
    }
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

async function requireFolder(file: string): Promise<void> {
  const isFolder = (path: string): Promise<boolean> =>
    stat(path).then(
      (found) => found.isDirectory(),
      () => false,
    );
  if (!(await isFolder(dirname(file)))) throw new UsageError(`--out ${file}: there is no folder ${dirname(file)}`);
  if (await isFolder(file)) throw new UsageError(`--out ${file}: this is a folder`);
}
