/** What is said of one feature; the place that is meant is marked in its text with « and ». */

import { compileFeature } from '../../compiler/artifacts/compile.ts';
import { readAuthored } from '../../compiler/authoring/index.ts';
import { checkFeature } from '../../compiler/check/index.ts';
import { type Severities, unusedParts } from '../../compiler/check/project-rules.ts';
import type { DiagnosticCode } from '../../compiler/codes.ts';
import type { Severity } from '../../compiler/diagnostics.ts';
import { loadParser } from '../../compiler/parse/front-end.ts';
import { positionOf } from '../../compiler/source.ts';
import { runExamples } from '../../runners/examples/run-examples.ts';

await loadParser();

const sources = `streams:
  e:
    warehouse: raw.e
    key: id
    event_time: at
    columns: { id: VARCHAR, k: VARCHAR, n: NUMBER(9,0), m: NUMBER(9,0), f: FLOAT, s: VARCHAR, b: BOOLEAN, at: TIMESTAMP_NTZ }
  o:
    warehouse: raw.o
    key: oid
    event_time: ot
    columns: { oid: VARCHAR, k: VARCHAR, x: NUMBER(9,0), ot: TIMESTAMP_NTZ }
tables:
  t:
    warehouse: raw.t
    key: k
    updated_at: u
    columns: { k: VARCHAR, c: VARCHAR, p: { type: VARCHAR, pii: true, masking_policy: mask_text }, u: TIMESTAMP_NTZ }
`;

export interface Said {
  readonly code: DiagnosticCode;
  readonly severity: Severity;
  /** `line:column` */
  readonly from: string;
  readonly to: string;
  readonly message: string;
  readonly hint: string | undefined;
}

export interface Checked {
  readonly said: readonly Said[];
  /** The marked place; undefined if none is marked, or only its beginning. */
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly passes: boolean;
}

export const text = (sql: string, header = 'entity: k'): string => `/*---\n${header}\n---*/\n${sql}`;

export async function check(marked: string, shared: Readonly<Record<string, string>> = {}, severities: Severities = {}): Promise<Checked> {
  const plain = marked.replace(/[«»]/g, '');
  const place = (mark: string): string | undefined => {
    const at = marked.replace(mark === '«' ? '»' : '«', '').indexOf(mark);
    return at < 0 ? undefined : written(plain, at);
  };
  const path = 'transforms/features/f.sql';
  const files = [
    { path: 'lockstep.yml', text: '' },
    { path: 'transforms/sources.yml', text: sources },
    { path, text: plain },
    ...Object.entries(shared).map(([name, content]) => ({ path: `transforms/shared/${name}.sql`, text: content })),
  ];
  const read = readAuthored({ files });
  const catalog = read.value?.catalog ?? { sources: [] };
  const definition = read.value?.features[0];
  const checked = definition === undefined ? undefined : checkFeature(definition, catalog, '2026-06-01', severities);
  const compiled = checked?.value === undefined ? undefined : compileFeature(checked.value, catalog);
  const examples = (definition?.header.examples ?? []).flatMap((example) => (compiled === undefined ? [] : [{ example, compiled }]));
  const value = checked?.value;
  const unused =
    value === undefined || definition === undefined
      ? []
      : unusedParts({ catalog: { sources: [] }, snippets: read.value?.snippets ?? [], definitions: [definition], features: [value] });
  const diagnostics = [...read.diagnostics, ...(checked?.diagnostics ?? []), ...unused, ...(await runExamples(examples, catalog))];
  const said = diagnostics.map((d): Said => {
    const own = d.span.file === path ? plain : (files.find((f) => f.path === d.span.file)?.text ?? '');
    return {
      code: d.code,
      severity: d.severity,
      from: written(own, d.span.start),
      to: written(own, d.span.end),
      message: d.message,
      hint: d.hint,
    };
  });
  return { said, from: place('«'), to: place('»'), passes: compiled !== undefined };
}

function written(content: string, offset: number): string {
  const { line, column } = positionOf(content, offset);
  return `${line}:${column}`;
}
