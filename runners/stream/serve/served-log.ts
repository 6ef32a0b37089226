/** What was answered, for `lockstep parity --mode served`: of chosen entities every answer, written beside the requests, not in them. */

import { createWriteStream, type WriteStream } from 'node:fs';
import { chmod, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { formatTimestamp, formatValue } from '../../data/format-value.ts';
import { isSampled, keyHash } from '../../parity/sampling/key-hash.ts';
import { artifactType } from '../execute.ts';
import { isFeature, printed, type Served } from './replica.ts';

export interface ServedLogOptions {
  readonly folder: string;
  /** Of the entities, by a keyed hash: 1 keeps all. */
  readonly share: number;
  readonly secret: string;
  /** Features of which nothing is written, because their answers are about persons. */
  readonly without: ReadonlySet<string>;
  /** Of one file. */
  readonly mostBytes: number;
  /** The oldest are deleted. */
  readonly mostFiles: number;
}

export interface ServedLog {
  readonly note: (served: readonly Served[]) => void;
  /** Answers that were not written because the disk did not keep up. */
  readonly dropped: () => number;
  readonly close: () => Promise<void>;
}

/** What may wait for the disk. */
const mostWaiting = 16_000_000;

export async function openServedLog({ folder, share, secret, without, mostBytes, mostFiles }: ServedLogOptions): Promise<ServedLog> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  let dropped = 0;
  let written = 0;
  let file = await next(folder, mostFiles);
  const turnOver = async (): Promise<void> => {
    const full = file;
    written = 0;
    file = await next(folder, mostFiles);
    full.end();
  };
  let turning = false;
  return {
    note: (served) => {
      for (const one of served) {
        if (!('values' in one.answer) || !isFeature(one.of) || without.has(one.of.name) || !isChosen(one, share, secret)) continue;
        if (file.writableLength > mostWaiting) {
          dropped += 1;
          continue;
        }
        const line = lineOf(one);
        written += line.length;
        file.write(line);
      }
      if (written > mostBytes && !turning) {
        turning = true;
        // The old file is written on where there is no room for a new one.
        void turnOver()
          .catch(() => {})
          .finally(() => {
            turning = false;
          });
      }
    },
    dropped: () => dropped,
    close: () => new Promise((done) => file.end(() => done())),
  };
}

async function next(folder: string, mostFiles: number): Promise<WriteStream> {
  const old = (await readdir(folder)).filter((name) => /^served-.*\.ndjson$/.test(name)).sort();
  for (const name of old.slice(0, Math.max(0, old.length - mostFiles + 1))) await rm(join(folder, name), { force: true });
  const path = join(folder, `served-${new Date().toISOString().replace(/[:.]/g, '')}-${process.pid}.ndjson`);
  const stream = createWriteStream(path, { flags: 'a', mode: 0o600 });
  // A log that cannot be written must not end the answering.
  stream.on('error', () => {});
  await new Promise<void>((done, failed) => stream.once('open', () => done()).once('error', failed));
  await chmod(path, 0o600);
  return stream;
}

function isChosen({ of, entity }: Served, share: number, secret: string): boolean {
  if (of.definition.kind !== 'feature') return false;
  const types = of.definition.artifact.entity.map((e) => artifactType(e.type) ?? { kind: 'varchar' as const });
  return isSampled(keyHash({ secret, feature: of.name, turn: 'served' }, entity, types), share);
}

function lineOf({ of, entity, answer, seen }: Served): string {
  if (of.definition.kind !== 'feature' || !('values' in answer)) return '';
  const { artifact } = of.definition;
  const keys = Object.fromEntries(
    artifact.entity.map(({ name, type }, i) => {
      const known = artifactType(type);
      return [name, known === undefined ? null : formatValue(entity[i] ?? null, known)];
    }),
  );
  return `${JSON.stringify({
    feature: of.name,
    version: of.version,
    ...keys,
    as_of: formatTimestamp(answer.asOf),
    ...printed({ ...of, definition: of.definition }, answer.values),
    'lockstep.offsets': Object.fromEntries([...seen.offsets].map(([key, offset]) => [key, String(offset)])),
  })}\n`;
}
