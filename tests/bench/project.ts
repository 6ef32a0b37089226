/** A project of many features, out of those of a small one. */
import { readdir, readFile } from 'node:fs/promises';
import type { SourceFile } from '../../compiler/source.ts';

/** `count` features under `transforms/`, beside the sources and snippets of the project in the folder `project`. */
export async function benchProject(project: string, count: number): Promise<readonly SourceFile[]> {
  const folder = `${project}/transforms`;
  const names = (await readdir(`${folder}/features`)).filter((f) => f.endsWith('.sql')).sort();
  const templates = await Promise.all(
    names.map(async (n) => ({ name: n.replace('.sql', ''), text: await readFile(`${folder}/features/${n}`, 'utf8') })),
  );
  const shared = await Promise.all(
    (await readdir(`${folder}/shared`)).map(
      async (n): Promise<SourceFile> => ({ path: `transforms/shared/${n}`, text: await readFile(`${folder}/shared/${n}`, 'utf8') }),
    ),
  );
  const features = Array.from({ length: count }, (_, i): SourceFile => {
    const template = templates[i % templates.length] as (typeof templates)[number];
    // Another window in each, so that no two are the same text.
    return {
      path: `transforms/features/${template.name}_${i}.sql`,
      text: template.text.replaceAll(/INTERVAL '(\d+) (hour|day)/g, (_m, n: string, unit: string) => `INTERVAL '${Number(n) + i} ${unit}`),
    };
  });
  return [
    { path: 'lockstep.yml', text: 'name: bench\n' },
    { path: 'transforms/sources.yml', text: await readFile(`${folder}/sources.yml`, 'utf8') },
    ...shared,
    ...features,
  ];
}
