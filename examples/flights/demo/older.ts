/** The same project with an older definition of its features. */
import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type LoadedProject, loadProject } from '../../../runners/cli/load.ts';

export async function olderProject(project: string, folder: string, older: (sql: string) => string): Promise<LoadedProject> {
  await rm(folder, { recursive: true, force: true });
  for (const part of ['lockstep.yml', 'transforms']) await cp(join(project, part), join(folder, part), { recursive: true });
  const features = join(folder, 'transforms/features');
  for (const name of await readdir(features)) {
    const file = join(features, name);
    await writeFile(file, older(await readFile(file, 'utf8')));
  }
  return loadProject(folder);
}
