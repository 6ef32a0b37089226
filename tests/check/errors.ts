/** The errors that a feature on these sources gets: code, marked text, message and hint in one line each. */
import { readAuthored } from '../../compiler/authoring/index.ts';
import { checkFeature } from '../../compiler/check/index.ts';
import { loadParser } from '../../compiler/parse/front-end.ts';

export async function errorsOf(sources: string, sql: string, entity = 'k'): Promise<readonly string[]> {
  await loadParser();
  const text = `/*---\nentity: ${entity}\n---*/\n${sql}\n`;
  const read = readAuthored({
    files: [
      { path: 'lockstep.yml', text: 'name: t\n' },
      { path: 'transforms/sources.yml', text: sources },
      { path: 'transforms/features/f.sql', text },
    ],
  });
  const definition = read.value?.features[0];
  const checked = definition === undefined ? undefined : checkFeature(definition, read.value?.catalog ?? { sources: [] }, '2026-01-01');
  return [...read.diagnostics, ...(checked?.diagnostics ?? [])]
    .filter((d) => d.severity === 'error')
    .map((d) => `${d.code} at ${text.slice(d.span.start, d.span.end)}: ${d.message} | ${d.hint ?? ''}`);
}
