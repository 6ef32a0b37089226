/** A check as workflow commands, which GitHub shows at the lines of a pull request. */
import { counted } from '../../../compiler/counted.ts';
import type { DiagnosticJson } from '../../../compiler/render-diagnostics.ts';
import { type CheckResult, countOf, worstFirst } from '../../check/result.ts';
import { testedText, uncheckedBudgets } from './text.ts';

/** GitHub shows as many of a kind and step. */
const mostAnnotations = 10;
const commands = { error: 'error', warning: 'warning', note: 'notice' } as const;

export function checkGithub(result: CheckResult): string {
  const worst = worstFirst(result.findings);
  const left = worst.length - mostAnnotations;
  return [
    ...worst.slice(0, mostAnnotations).map((finding) => annotation(finding, result.prefix)),
    ...(left > 0 ? [`and ${counted(left, 'more finding')}: lockstep check shows all ${worst.length}`] : []),
    ...(result.ok
      ? [`lockstep: ${counted(result.features.length, 'feature is fine', 'features are fine')}`]
      : [`lockstep: ${counted(countOf(result, 'error'), 'error')}`]),
    ...[...testedText(result), ...uncheckedBudgets(result)].map((text) => `lockstep: ${data(text)}`),
  ].join('\n');
}

function annotation({ severity, file, line, column, endLine, endColumn, code, message, hint }: DiagnosticJson, prefix: string): string {
  const properties = {
    file: prefix + file,
    line,
    endLine,
    // Columns are for one line only.
    ...(endLine === line ? { col: column, endColumn } : {}),
    title: `lockstep ${code}`,
  };
  const written = Object.entries(properties).map(([name, value]) => `${name}=${property(String(value))}`);
  return `::${commands[severity]} ${written.join(',')}::${data(hint === null ? message : `${message}\nhint: ${hint}`)}`;
}

const data = (text: string): string => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
const property = (text: string): string => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
