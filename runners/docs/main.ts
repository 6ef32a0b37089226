/** npm run docs: writes what the pages take from the code: the list of functions, the tables of a history, and the README's example as it compiles today. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadProject } from '../cli/load.ts';
import { functionsPage } from './functions-page.ts';
import { historyPage } from './history-page.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

await writeFile(join(root, 'docs/functions.md'), functionsPage());
await writeFile(join(root, 'docs/history.md'), historyPage());

async function textOf(role: string, argument: string): Promise<string> {
  if (role === 'file') return readFile(join(root, argument), 'utf8');
  const [project = '', path = ''] = argument.split(' ');
  const { compiled } = await loadProject(join(root, project));
  const found = compiled.files.find((f) => f.path === path);
  if (found === undefined) throw new Error(`README.md shows ${path}, which ${project} does not compile to`);
  return found.text;
}

let readme = await readFile(join(root, 'README.md'), 'utf8');
for (const [block, opening = '', role = '', argument = ''] of readme.matchAll(
  /(<!-- (file|compiled): (.*) -->\n```\w+\n)[\s\S]*?^```$/gm,
)) {
  const text = await textOf(role, argument);
  readme = readme.replace(block, () => `${opening}${text}\`\`\``);
}
await writeFile(join(root, 'README.md'), readme);
