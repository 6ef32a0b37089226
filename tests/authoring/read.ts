import { type AuthoredProject, readAuthored } from '../../compiler/authoring/index.ts';
import type { FeatureDefinition } from '../../compiler/definition.ts';
import type { Diagnostic } from '../../compiler/diagnostics.ts';
import { loadParser } from '../../compiler/parse/front-end.ts';
import { diagnosticJson } from '../../compiler/render-diagnostics.ts';

await loadParser();

export const sources = `streams:
  chats:
    warehouse: raw.chats
    key: chat_id
    event_time: sent_at
    columns: { chat_id: VARCHAR, user_id: NUMBER(38,0), sent_at: TIMESTAMP_NTZ }
`;

export interface Read {
  readonly project: AuthoredProject;
  readonly diagnostics: readonly Diagnostic[];
  /** `file:line:column code message` */
  readonly said: readonly string[];
}

export function read(given: Readonly<Record<string, string>>): Read {
  const files = Object.entries({ 'lockstep.yml': '', 'transforms/sources.yml': sources, ...given }).map(([path, text]) => ({ path, text }));
  const { value, diagnostics } = readAuthored({ files });
  if (value === undefined) throw new Error('nothing read');
  const said = diagnostics.map((diagnostic) => {
    const { file, line, column, code, message } = diagnosticJson(diagnostic, files);
    return `${file.replace(/^transforms\//, '')}:${line}:${column} ${code} ${message}`;
  });
  return { project: value, diagnostics, said };
}

/** A feature with this header and SQL, and the snippets of `shared/`. */
export function readFeature(
  header: string,
  sql: string,
  shared: Readonly<Record<string, string>> = {},
): Read & { readonly feature: FeatureDefinition | undefined } {
  const snippets = Object.fromEntries(Object.entries(shared).map(([name, text]) => [`transforms/shared/${name}.sql`, text]));
  const result = read({ 'transforms/features/f.sql': `/*---\n${header}\n---*/\n${sql}`, ...snippets });
  return { ...result, feature: result.project.features[0] };
}
