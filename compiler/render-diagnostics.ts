/** Diagnostics for people, with the line they speak of, and as JSON. */
import { createColors } from 'picocolors';
import { hideSecrets } from './authoring/hidden-secrets.ts';
import type { Diagnostic, Severity } from './diagnostics.ts';
import { positionOf, type SourceFile } from './source.ts';

export interface DiagnosticJson {
  readonly code: string;
  readonly severity: Severity;
  readonly message: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  readonly hint: string | null;
  readonly feature: string | null;
}

export function diagnosticJson(diagnostic: Diagnostic, files: readonly SourceFile[]): DiagnosticJson {
  const { code, severity, message, span, hint = null, feature = null } = diagnostic;
  const text = textOf(span.file, files);
  const start = positionOf(text, span.start);
  const end = positionOf(text, span.end);
  return {
    code,
    severity,
    message,
    file: span.file,
    line: start.line,
    column: start.column,
    endLine: end.line,
    endColumn: end.column,
    hint,
    feature,
  };
}

export function renderDiagnostics(
  diagnostics: readonly Diagnostic[],
  files: readonly SourceFile[],
  { color }: { readonly color: boolean },
): string {
  const paint = createColors(color);
  const paints: Readonly<Record<Severity, (text: string) => string>> = { error: paint.red, warning: paint.yellow, note: paint.cyan };
  return diagnostics
    .map((diagnostic) => {
      const { code, severity, message, file, line, column, hint } = diagnosticJson(diagnostic, files);
      const severe = paints[severity];
      const lines = [`${paint.bold(`${file}:${line}:${column}`)}: ${severe(`${severity}[${code}]`)}: ${message}`];
      const text = textOf(file, files);
      const shown = excerpt(file === 'lockstep.yml' ? hideSecrets(text) : text, diagnostic.span.start, diagnostic.span.end);
      if (shown !== null) {
        const number = String(line);
        lines.push(
          `  ${paint.dim(`${number} |`)} ${shown.line}`,
          `  ${paint.dim(`${' '.repeat(number.length)} |`)} ${severe(shown.marks)}`,
        );
      }
      if (hint !== null) lines.push(`${paint.bold('hint')}: ${hint}`);
      return `${lines.join('\n')}\n`;
    })
    .join('\n');
}

function textOf(path: string, files: readonly SourceFile[]): string {
  return files.find((file) => file.path === path)?.text ?? '';
}

const widest = 110;

interface Excerpt {
  readonly line: string;
  readonly marks: string;
}

/** The first line of the range, cut around it if it is long. Null for a place without text. */
function excerpt(text: string, start: number, end: number): Excerpt | null {
  const lineStart = text.lastIndexOf('\n', start - 1) + 1;
  const lineEnd = text.indexOf('\n', lineStart) < 0 ? text.length : text.indexOf('\n', lineStart);
  const line = text.slice(lineStart, lineEnd).replace(/\r$/, '');
  if (line.trim() === '') return null;
  const before = visible(line.slice(0, start - lineStart));
  const marked = visible(line.slice(start - lineStart, Math.max(end, start + 1) - lineStart)) || ' ';
  const after = visible(line.slice(Math.max(end, start + 1) - lineStart));
  const room = Math.max(20, Math.floor((widest - width(marked)) / 2));
  const head = width(before) > room ? `…${takeLast(before, room)}` : before;
  const body = width(marked) > widest ? `${takeFirst(marked, widest)}…` : marked;
  const tail = width(body + after) > widest + room ? `${takeFirst(after, room)}…` : after;
  return { line: head + body + (width(marked) > widest ? '' : tail), marks: ' '.repeat(width(head)) + '^'.repeat(width(body)) };
}

/** Tabs would shift the marks, and control characters are not for terminals. */
function visible(text: string): string {
  return text.replaceAll('\t', '  ').replace(/[\u0000-\u001f\u007f-\u009f]/g, '\ufffd');
}

function width(text: string): number {
  return [...text].length;
}

function takeFirst(text: string, count: number): string {
  return [...text].slice(0, count).join('');
}

function takeLast(text: string, count: number): string {
  return [...text].slice(-count).join('');
}
