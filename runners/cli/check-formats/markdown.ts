/** A check as one comment on a pull request, found again by its first line and cut to what a comment may hold. */
import { counted } from '../../../compiler/counted.ts';
import type { DiagnosticJson } from '../../../compiler/render-diagnostics.ts';
import { type CheckResult, countOf, type FeatureResult, findingsOf, placeOf, worstFirst } from '../../check/result.ts';
import { lineageGraph } from './lineage-graph.ts';
import { code, inline } from './markdown-text.ts';
import { lostText, testedText, uncheckedBudgets } from './text.ts';

const marker = '<!-- lockstep-check -->';

/** GitHub takes 65,536. */
const mostCharacters = 65_000;
const mostInTable = 25_000;

export function checkMarkdown(result: CheckResult): string {
  const head = [marker, `### Lockstep: ${verdict(result)}`, '', ...[...testedText(result), ...uncheckedBudgets(result)].map(inline), ''];
  const lost = (result.since?.lost ?? []).map((column) => `- ${inline(lostText(column))}`);
  const graph = lineageGraph(result);
  const fixed = [...head, ...graph].join('\n').length;
  const table = cut(tableRows(result), mostInTable, (n) => `\n… and ${counted(n, 'more feature')}.`);
  const losses = cut(lost, 10_000, (n) => `- … and ${counted(n, 'more lost column')}`);
  const room = mostCharacters - fixed - lengthOf(table) - lengthOf(losses) - 500;
  const findings = cut(
    worstFirst(result.findings).map(item),
    room,
    (n) => `- … and ${counted(n, 'more finding')}: \`lockstep check\` shows all`,
  );
  return [
    ...head,
    ...(table.length > 0 ? [...tableHead(result), ...table, ...quiet(result), ''] : [...quiet(result), '']),
    ...(losses.length > 0 ? ['#### Columns that are gone', '', ...losses, ''] : []),
    ...(findings.length > 0 ? ['#### Findings', '', ...findings, ''] : []),
    ...graph,
  ].join('\n');
}

function verdict(result: CheckResult): string {
  const [errors, warnings, notes] = [countOf(result, 'error'), countOf(result, 'warning'), countOf(result, 'note')];
  const counts = [
    ...(errors > 0 ? [counted(errors, 'error')] : []),
    ...(warnings > 0 ? [counted(warnings, 'warning')] : []),
    ...(notes > 0 ? [counted(notes, 'note')] : []),
  ];
  const fine = result.ok ? [counted(result.features.length, 'feature is fine', 'features are fine')] : [];
  return `${result.ok ? '✅' : '❌'} ${[...fine, ...counts].join(', ')}`;
}

const changeOf = (feature: string, { since }: CheckResult) => since?.changes.find((c) => c.feature === feature);

/** With nothing to compare with, all; otherwise those that changed or have findings. */
function listed(result: CheckResult): readonly FeatureResult[] {
  if (result.since === null) return result.features;
  return result.features.filter((f) => findingsOf(f, result.findings).length > 0 || changeOf(f.feature, result)?.change !== 'unchanged');
}

function quiet(result: CheckResult): readonly string[] {
  const others = result.features.length - listed(result).length;
  return others === 0
    ? []
    : ['', `${counted(others, 'feature is', 'features are')} unchanged since ${code(result.since?.reference ?? '')}, without a finding.`];
}

function tableHead({ since }: CheckResult): readonly string[] {
  const names = ['feature', ...(since === null ? [] : ['change', 'why']), 'version', 'tested', 'findings', 'owner', 'consumers'];
  return [`| ${names.join(' | ')} |`, `|${names.map(() => ' --- |').join('')}`];
}

function tableRows(result: CheckResult): readonly string[] {
  const gone = (result.since?.changes ?? []).filter((c) => c.change === 'removed');
  const rows = listed(result).map((f) => {
    const change = changeOf(f.feature, result);
    const version =
      change === undefined || change.before === change.after ? short(f.version) : `${short(change.before)} → ${short(change.after)}`;
    return [
      code(f.feature),
      ...(result.since === null ? [] : [change?.change ?? 'does not compile', inline((change?.reasons ?? []).join('; '))]),
      version,
      tested(f),
      countsOf(findingsOf(f, result.findings)),
      inline(f.owner ?? ''),
      f.consumers.map(inline).join(', '),
    ];
  });
  const removed = gone.map((c) => [
    code(c.feature),
    c.change,
    '',
    `${short(c.before)} → –`,
    '',
    '',
    inline(c.owner ?? ''),
    c.consumers.map(inline).join(', '),
  ]);
  return [...rows, ...removed].map((cells) => `| ${cells.join(' | ')} |`);
}

const short = (version: string | null): string => (version === null ? '–' : `<code>${version.slice(0, 8)}</code>`);

function tested({ run }: FeatureResult): string {
  if (run === null) return '–';
  if (run.telling === 0) return 'nothing tested';
  return `${counted(run.points, 'point')}${run.mismatches.length === 0 ? '' : ', **differs**'}`;
}

function countsOf(findings: readonly DiagnosticJson[]): string {
  return (['error', 'warning', 'note'] as const)
    .flatMap((severity) => {
      const n = findings.filter((f) => f.severity === severity).length;
      return n === 0 ? [] : [counted(n, severity)];
    })
    .join(', ');
}

const icons = { error: '❌', warning: '⚠️', note: 'ℹ️' } as const;

function item(finding: DiagnosticJson): string {
  const { severity, message, hint } = finding;
  const said = `- ${icons[severity]} ${code(finding.code)} ${code(placeOf(finding))} ${inline(message)}`;
  return hint === null ? said : `${said}<br>hint: ${inline(hint)}`;
}

/** Whole lines, as many as there is room for, and what became of the others. */
function cut(lines: readonly string[], room: number, more: (left: number) => string): readonly string[] {
  let used = 0;
  const fitting = lines.findIndex((line) => {
    used += line.length + 1;
    return used > room;
  });
  return fitting < 0 ? lines : [...lines.slice(0, fitting), more(lines.length - fitting)];
}

const lengthOf = (lines: readonly string[]): number => lines.reduce((sum, line) => sum + line.length + 1, 0);
