/** What is wrong with how an input was met: an exception, too long a time, a place outside its file, silence. */
import { readAuthored } from '../../compiler/authoring/index.ts';
import { checkFeature } from '../../compiler/check/index.ts';
import { type Diagnostic, hasErrors } from '../../compiler/diagnostics.ts';
import type { SourceFile } from '../../compiler/source.ts';

/** CPU seconds; wall time would blame whatever else the machine does. */
const mostSeconds = 1;

export function complaint(text: string, project: readonly SourceFile[]): string | undefined {
  const file: SourceFile = { path: 'transforms/features/spoilt.sql', text };
  const before = process.cpuUsage();
  let said: readonly Diagnostic[];
  let understood: boolean;
  try {
    const read = readAuthored({ files: [...project, file] });
    const feature = read.value?.features.find((f) => f.file === file.path);
    const checked = feature === undefined || read.value === undefined ? undefined : checkFeature(feature, read.value.catalog, '2026-01-01');
    said = [...read.diagnostics, ...(checked?.diagnostics ?? [])];
    understood = checked?.value !== undefined && !hasErrors(said);
  } catch (thrown) {
    return `an exception: ${thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)}`;
  }
  const used = process.cpuUsage(before);
  const seconds = (used.user + used.system) / 1e6;
  if (seconds > mostSeconds) return `${seconds.toFixed(1)} s`;
  if (!understood && !hasErrors(said)) return 'neither a feature nor an error';
  const lengths = new Map([...project, file].map((f) => [f.path, f.text.length]));
  const misplaced = said.find(({ span }) => {
    const length = lengths.get(span.file);
    return length === undefined || span.start < 0 || span.end < span.start || span.end > length;
  });
  return misplaced === undefined ? undefined : `a place that is not there: ${JSON.stringify(misplaced)}`;
}
