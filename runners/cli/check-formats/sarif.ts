/** A check for code scanning: SARIF 2.1.0, one run, paths relative to the repository. */
import { createHash } from 'node:crypto';
import { diagnosticCodes } from '../../../compiler/codes.ts';
import type { DiagnosticJson } from '../../../compiler/render-diagnostics.ts';
import { type CheckResult, worstFirst } from '../../check/result.ts';

/** Code scanning takes 25,000 results and shows as many as these. */
const mostResults = 5000;
const ruleIds = Object.keys(diagnosticCodes);

export function checkSarif(result: CheckResult): string {
  const worst = worstFirst(result.findings);
  const shown = worst.slice(0, mostResults);
  const left = worst.length - shown.length;
  const fingerprint = fingerprints();
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'Lockstep', rules: Object.entries(diagnosticCodes).map(([id, about]) => ruleOf(id, about)) } },
        automationDetails: { id: `lockstep-check/${result.prefix}` },
        columnKind: 'utf16CodeUnits',
        invocations: [
          {
            executionSuccessful: true,
            ...(left === 0
              ? {}
              : {
                  toolExecutionNotifications: [
                    { level: 'warning', message: { text: `${left} more findings are left out; lockstep check shows them` } },
                  ],
                }),
          },
        ],
        results: shown.map((finding) => resultOf(finding, result.prefix, fingerprint(finding))),
      },
    ],
  };
  return JSON.stringify(log, null, 2);
}

function ruleOf(id: string, about: string): object {
  return {
    id,
    shortDescription: { text: about },
    fullDescription: { text: about },
    help: { text: `${about}. A finding says what to write instead.` },
    defaultConfiguration: { level: 'error' },
    properties: { tags: ['lockstep'] },
  };
}

function resultOf(finding: DiagnosticJson, prefix: string, fingerprint: string): object {
  const { code, severity, file, line, column, endLine, endColumn, feature, hint, message } = finding;
  return {
    ruleId: code,
    ruleIndex: ruleIds.indexOf(code),
    level: severity,
    message: { text: plain(hint === null ? message : `${message}\nhint: ${hint}`) },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: uriOf(prefix + file), uriBaseId: '%SRCROOT%' },
          region: { startLine: line, startColumn: column, endLine, endColumn },
        },
        ...(feature === null ? {} : { logicalLocations: [{ name: feature.toWellFormed(), kind: 'module' }] }),
      },
    ],
    partialFingerprints: { 'lockstepFinding/v1': fingerprint },
  };
}

/** The same finding further down in its file is the same alert; numbers and examples in messages change from run to run. */
function fingerprints(): (finding: DiagnosticJson) => string {
  const seen = new Map<string, number>();
  return ({ code, file, feature, message }) => {
    const gist = JSON.stringify([code, file, feature, (message.split(':')[0] ?? '').replaceAll(/\d+/g, '#')]);
    const nth = (seen.get(gist) ?? 0) + 1;
    seen.set(gist, nth);
    return `${createHash('sha256').update(gist).digest('hex').slice(0, 32)}:${nth}`;
  };
}

/** Brackets before a parenthesis would be a link. */
const plain = (text: string): string => text.toWellFormed().replace(/[[\]\\]/g, text.includes('](') ? '\\$&' : '$&');
const uriOf = (path: string): string =>
  path
    .split('/')
    .map((part) => encodeURIComponent(part.toWellFormed()))
    .join('/');
