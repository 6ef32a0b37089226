/** Where events of OpenLineage go: texts as they are written. What opens a server comes from the environment alone. */
import { didYouMean } from '../diagnostics.ts';
import { isSecretText } from './account.ts';
import { lineageKeys } from './keys.ts';
import { type Complain, fieldsOf, mapOf, textOf } from './reader.ts';
import type { YamlEntry } from './yaml.ts';

export interface LineageTexts {
  readonly url: string | null;
  readonly endpoint: string | null;
  readonly apiKey: string | null;
  /** Relative to the project. */
  readonly file: string | null;
  readonly namespace: string | null;
  /** Whose tables the events of `compile` are about. */
  readonly target: string | null;
}

export const noLineage: LineageTexts = { url: null, endpoint: null, apiKey: null, file: null, namespace: null, target: null };

/** `targets`: names of those that there are. */
export function readLineage(entry: YamlEntry | undefined, targets: readonly string[], complain: Complain): LineageTexts {
  const map = entry === undefined ? undefined : mapOf(entry.value, '`lineage`', complain);
  if (map === undefined) return noLineage;
  const fields = fieldsOf(map, lineageKeys, '`lineage`', complain);
  if (fields.url !== undefined && fields.file !== undefined)
    complain(fields.file.keySpan, '`lineage` has both `url` and `file`', 'events go to a server or to a file: name one of the two');
  const target = textOf(fields.target, complain);
  if (target !== null && !targets.includes(target) && fields.target !== undefined)
    complain(fields.target.value.span, `there is no target ${target}`, didYouMean(target, targets));
  return {
    url: secretOf(fields.url, 'OPENLINEAGE_URL', complain),
    endpoint: textOf(fields.endpoint, complain),
    apiKey: secretOf(fields.api_key, 'OPENLINEAGE_API_KEY', complain),
    file: textOf(fields.file, complain),
    namespace: textOf(fields.namespace, complain),
    target,
  };
}

/** Null: it is not there, or it was complained of. */
function secretOf(entry: YamlEntry | undefined, variable: string, complain: Complain): string | null {
  if (entry === undefined) return null;
  if (isSecretText(entry.value)) return textOf(entry, complain);
  complain(
    entry.keySpan,
    `\`${entry.key}\` of \`lineage\` is written in clear`,
    `let the environment have it: ${entry.key}: "{{ env_var('${variable}') }}"`,
  );
  return null;
}
