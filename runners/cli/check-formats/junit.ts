/** A check for test reports: a suite for each feature, a case for each thing that was checked of it. */
import { counted } from '../../../compiler/counted.ts';
import type { DiagnosticJson } from '../../../compiler/render-diagnostics.ts';
import { type CheckResult, type FeatureResult, findingsOf, placeOf } from '../../check/result.ts';

interface Case {
  readonly name: string;
  readonly failures: readonly DiagnosticJson[];
  /** Why there is no result. */
  readonly skipped: string | null;
}

interface Suite {
  readonly name: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly cases: readonly Case[];
  /** Findings that are no errors. */
  readonly remarks: readonly DiagnosticJson[];
}

export function checkJunit(result: CheckResult): string {
  const suites = suitesOf(result).map((suite, id) => suiteXml(suite, id, result.at));
  return ['<?xml version="1.0" encoding="UTF-8"?>', '<testsuites>', ...suites, '</testsuites>'].join('\n');
}

function suitesOf(result: CheckResult): readonly Suite[] {
  const ofFeatures = new Set(result.features.flatMap((f) => findingsOf(f, result.findings)));
  const others = result.findings.filter((f) => !ofFeatures.has(f));
  return [
    { name: 'project', properties: {}, cases: [{ name: 'read', failures: errorsIn(others), skipped: null }], remarks: remarksIn(others) },
    ...result.features.map((f) => suiteOf(f, findingsOf(f, result.findings), result.profiles)),
  ];
}

function suiteOf(feature: FeatureResult, findings: readonly DiagnosticJson[], profiles: number | null): Suite {
  const errors = errorsIn(findings);
  const by = (code: string): readonly DiagnosticJson[] => errors.filter((f) => f.code === code);
  const broken = feature.version === null ? 'the feature does not compile' : null;
  return {
    name: feature.feature,
    properties: { file: feature.file, version: feature.version ?? '', owner: feature.owner ?? '' },
    cases: [
      { name: 'compile', failures: errors.filter((f) => !laterCases.has(f.code)), skipped: null },
      {
        name: 'examples',
        failures: by('example-failed'),
        skipped: broken ?? (feature.examples === 0 ? 'the header has no examples' : null),
      },
      { name: 'generated events', failures: by('forms-differ'), skipped: broken ?? untold(feature) },
      ...(feature.latencyBudget === null
        ? []
        : [{ name: 'latency budget', failures: by('latency-over-budget'), skipped: broken ?? unmeasured(profiles, findings) }]),
    ],
    remarks: remarksIn(findings),
  };
}

function untold({ run }: FeatureResult): string | null {
  if (run === null) return 'not run';
  return run.telling === 0 ? `nothing was tested: every answer at ${counted(run.points, 'point')} is that of no events` : null;
}

function suiteXml({ name, properties, cases, remarks }: Suite, id: number, at: string): string {
  const failed = cases.filter((c) => c.failures.length > 0).length;
  const skipped = cases.filter((c) => c.failures.length === 0 && c.skipped !== null).length;
  const attributes = {
    name,
    package: 'lockstep',
    id,
    timestamp: at,
    hostname: 'lockstep',
    tests: cases.length,
    failures: failed,
    errors: 0,
    skipped,
    time: 0,
  };
  const listed = Object.entries(properties).filter(([, value]) => value !== '');
  return [
    `  <testsuite${attributesXml(attributes)}>`,
    // One schema asks for the element, the other for something in it.
    ...propertiesXml(listed.length === 0 ? [['check', 'lockstep']] : listed),
    ...cases.map((c) => caseXml(c, name)),
    `    <system-out>${xml(remarks.map(findingText).join('\n'))}</system-out>`,
    '    <system-err></system-err>',
    '  </testsuite>',
  ].join('\n');
}

function propertiesXml(properties: readonly (readonly [string, string])[]): readonly string[] {
  return [
    '    <properties>',
    ...properties.map(([name, value]) => `      <property${attributesXml({ name, value })}/>`),
    '    </properties>',
  ];
}

function caseXml({ name, failures, skipped }: Case, classname: string): string {
  const start = `    <testcase${attributesXml({ name, classname, time: 0 })}`;
  const [first] = failures;
  if (first !== undefined) {
    const more = failures.length > 1 ? ` (and ${failures.length - 1} more)` : '';
    return `${start}><failure${attributesXml({ type: first.code, message: first.message + more })}>${xml(failures.map(findingText).join('\n'))}</failure></testcase>`;
  }
  return skipped === null ? `${start}/>` : `${start}><skipped>${xml(skipped)}</skipped></testcase>`;
}

function findingText(finding: DiagnosticJson): string {
  const { severity, code, message, hint } = finding;
  return `${placeOf(finding)}: ${severity}[${code}]: ${message}${hint === null ? '' : `\nhint: ${hint}`}`;
}

const laterCases: ReadonlySet<string> = new Set(['example-failed', 'forms-differ', 'latency-over-budget']);

function unmeasured(profiles: number | null, findings: readonly DiagnosticJson[]): string | null {
  if (profiles === null) return 'no profile was given';
  return findings.find((f) => f.code === 'latency-not-measured')?.message ?? null;
}

const errorsIn = (findings: readonly DiagnosticJson[]): readonly DiagnosticJson[] => findings.filter((f) => f.severity === 'error');
const remarksIn = (findings: readonly DiagnosticJson[]): readonly DiagnosticJson[] => findings.filter((f) => f.severity !== 'error');

const attributesXml = (attributes: Readonly<Record<string, string | number>>): string =>
  Object.entries(attributes)
    .map(([name, value]) => ` ${name}="${xml(String(value)).replaceAll('\n', '&#10;').replaceAll('\t', '&#9;')}"`)
    .join('');

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' };

/** XML has no way to write most control characters. */
function xml(text: string): string {
  return text
    .replaceAll('\r', '\n')
    .replace(/[^\t\n\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd')
    .replace(/[&<>"']/g, (c) => entities[c] as string);
}
