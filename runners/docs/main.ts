/** npm run docs: writes the pages that are made from lists in the code. */
import { writeFile } from 'node:fs/promises';
import { functionsPage } from './functions-page.ts';

await writeFile(new URL('../../docs/functions.md', import.meta.url), functionsPage());
