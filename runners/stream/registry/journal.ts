/** What was deployed and tagged, by whom and when: appended to one file, and read again from its beginning. It is the audit log, too. */
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, truncateSync, writeSync } from 'node:fs';
import type { LambdaArtifact } from '../../../compiler/artifacts/lambda.ts';
import { UsageError } from '../../usage-error.ts';
import type { Ground } from './gate.ts';

interface Done {
  /** ISO 8601. */
  readonly at: string;
  /** The name of the key that was used, never the key. */
  readonly by: string;
  readonly workspace: string;
  readonly lambda: string;
}

/** A feature that Lockstep compiled, or SQL as it was given. */
export type Definition =
  | { readonly kind: 'feature'; readonly artifact: LambdaArtifact; readonly sql: string }
  | { readonly kind: 'sql'; readonly sql: string; readonly parameters: readonly DefaultParameter[] };

export interface DefaultParameter {
  readonly name: string;
  readonly type: string;
  readonly value: string;
}

export type Entry =
  | (Done & { readonly action: 'deploy'; readonly version: string; readonly description: string | null; readonly definition: Definition })
  /** `back`: moves of the tag were taken back. */
  | (Done & {
      readonly action: 'tag';
      readonly tag: string;
      readonly version: string;
      readonly before: string | null;
      readonly back?: true;
      readonly ground?: Ground;
    })
  | (Done & { readonly action: 'untag'; readonly tag: string; readonly before: string })
  | (Done & { readonly action: 'delete-version'; readonly version: string })
  | (Done & { readonly action: 'delete' });

export interface Journal {
  readonly entries: readonly Entry[];
  /** On disk when it returns. */
  readonly append: (entry: Entry) => void;
  readonly close: () => void;
}

export function openJournal(file: string): Journal {
  const entries = existsSync(file) ? readEntries(file) : [];
  const handle = openSync(file, 'a', 0o600);
  return {
    entries,
    append: (entry) => {
      writeSync(handle, `${JSON.stringify(entry)}\n`);
      fsyncSync(handle);
    },
    close: () => closeSync(handle),
  };
}

/** A last line without an end was being written when the process died: it was never acknowledged. */
function readEntries(file: string): readonly Entry[] {
  const text = readFileSync(file, 'utf8');
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  if (whole.length < text.length) truncateSync(file, Buffer.byteLength(whole));
  return whole.split('\n').flatMap((line, i) => {
    if (line === '') return [];
    try {
      return [JSON.parse(line) as Entry];
    } catch {
      throw new UsageError(`${file}:${i + 1}: this line is no entry of the registry`, 'restore the file; nothing is deployed over it');
    }
  });
}
