/** What is wrong with how an input was met: an exception, too long a time, a place outside its file, silence. */
import { readFeature } from '../../compiler/authoring/feature-file.ts';
import type { Catalog } from '../../compiler/catalog.ts';
import { checkFeature } from '../../compiler/check/index.ts';
import { type Diagnostic, hasErrors } from '../../compiler/diagnostics.ts';
import type { SourceFile } from '../../compiler/source.ts';

/** CPU seconds; wall time would blame whatever else the machine does. */
const mostSeconds = 1;

/** The project's own files are right, and read once: what is judged is one feature file beside them. */
export function complaint(text: string, catalog: Catalog, snippets: ReadonlyMap<string, SourceFile>): string | undefined {
  const file: SourceFile = { path: 'transforms/features/spoilt.sql', text };
  const before = process.cpuUsage();
  const said: Diagnostic[] = [];
  let understood: boolean;
  try {
    const feature = readFeature(file, snippets, said);
    const checked = feature === undefined ? undefined : checkFeature(feature, catalog, '2026-01-01');
    said.push(...(checked?.diagnostics ?? []));
    understood = checked?.value !== undefined && !hasErrors(said);
  } catch (thrown) {
    return `an exception: ${thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)}`;
  }
  const used = process.cpuUsage(before);
  const seconds = (used.user + used.system) / 1e6;
  if (seconds > mostSeconds) return `${seconds.toFixed(1)} s`;
  if (!understood && !hasErrors(said)) return 'neither a feature nor an error';
  const lengths = new Map([file, ...snippets.values()].map((f) => [f.path, f.text.length]));
  const misplaced = said.find(({ span }) => {
    const length = lengths.get(span.file);
    return length === undefined || span.start < 0 || span.end < span.start || span.end > length;
  });
  return misplaced === undefined ? undefined : `a place that is not there: ${JSON.stringify(misplaced)}`;
}
