/** What was answered, for `lockstep parity --mode served`: of chosen entities every answer, written beside the requests, not in them. */

import { createWriteStream, type WriteStream } from 'node:fs';
import { chmod, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Value } from '../../../compiler/value.ts';
import { formatTimestamp, formatValue } from '../../data/format-value.ts';
import type { Mask } from '../../data/masked.ts';
import { artifactType } from '../execute.ts';
import { choosing } from './chosen.ts';
import { packLog } from './pack-log.ts';
import { isFeature, type Served } from './replica.ts';

export interface ServedLogOptions {
  readonly folder: string;
  /** Of the entities, by a keyed hash: 1 keeps all. */
  readonly share: number;
  readonly secret: string;
  /** Features of which nothing is written, because their answers are about persons. */
  readonly without: ReadonlySet<string>;
  /** By feature: columns of which the masks are written. */
  readonly masked: { readonly mask: Mask; readonly columns: ReadonlyMap<string, ReadonlySet<string>> } | null;
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

export async function openServedLog({
  folder,
  share,
  secret,
  without,
  masked,
  mostBytes,
  mostFiles,
}: ServedLogOptions): Promise<ServedLog> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const isChosen = choosing(share, secret);
  let dropped = 0;
  let written = 0;
  // What a server that was killed has left.
  for (const name of (await logFiles(folder)).filter(isOpen)) await pack(join(folder, name));
  let file = await next(folder, mostFiles);
  const turnOver = async (): Promise<void> => {
    const full = file;
    written = 0;
    file = await next(folder, mostFiles);
    await ended(full);
    await pack(String(full.path));
  };
  let turning: Promise<void> | null = null;
  return {
    note: (served) => {
      for (const one of served) {
        if (!('values' in one.answer) || !isFeature(one.of) || without.has(one.of.name) || !isChosen(one)) continue;
        if (file.writableLength > mostWaiting) {
          dropped += 1;
          continue;
        }
        const line = lineOf(one, masked);
        written += line.length;
        file.write(line);
      }
      if (written > mostBytes && turning === null)
        // The old file is written on where there is no room for a new one.
        turning = turnOver()
          .catch(() => {})
          .finally(() => {
            turning = null;
          });
    },
    dropped: () => dropped,
    close: async () => {
      await turning;
      await ended(file);
      await pack(String(file.path));
    },
  };
}

const isOpen = (name: string): boolean => name.endsWith('.ndjson');

/** The oldest first. */
async function logFiles(folder: string): Promise<readonly string[]> {
  return (await readdir(folder)).filter((name) => /^served-.*\.(ndjson|parquet)$/.test(name)).sort();
}

const ended = (file: WriteStream): Promise<void> => new Promise((done) => file.end(() => done()));

/** Where there is no room for it the lines stay as they are, and can be read as well. */
function pack(file: string): Promise<void> {
  return packLog(file).catch(() => {});
}

async function next(folder: string, mostFiles: number): Promise<WriteStream> {
  const old = await logFiles(folder);
  for (const name of old.slice(0, Math.max(0, old.length - mostFiles + 1))) await rm(join(folder, name), { force: true });
  const path = join(folder, `served-${new Date().toISOString().replace(/[:.]/g, '')}-${process.pid}.ndjson`);
  const stream = createWriteStream(path, { flags: 'a', mode: 0o600 });
  // A log that cannot be written must not end the answering.
  stream.on('error', () => {});
  await new Promise<void>((done, failed) => stream.once('open', () => done()).once('error', failed));
  await chmod(path, 0o600);
  return stream;
}

function lineOf({ of, entity, answer, seen, askedAt }: Served, masked: ServedLogOptions['masked']): string {
  if (of.definition.kind !== 'feature' || !('values' in answer)) return '';
  const { artifact } = of.definition;
  const personal = masked?.columns.get(of.name);
  const shown = (columns: readonly { readonly name: string; readonly type: string }[], values: readonly Value[]) =>
    Object.fromEntries(
      columns.map(({ name, type }, i) => {
        const known = artifactType(type);
        const value = values[i] ?? null;
        if (known === undefined) return [name, null];
        return [name, masked !== null && personal?.has(name) ? masked.mask.of(value, known) : formatValue(value, known)];
      }),
    );
  return `${JSON.stringify({
    feature: of.name,
    version: of.version,
    ...shown(artifact.entity, entity),
    as_of: formatTimestamp(answer.asOf),
    ...shown(artifact.outputs, answer.values),
    'lockstep.asked_at': formatTimestamp(askedAt),
    'lockstep.offsets': Object.fromEntries([...seen.offsets].map(([key, offset]) => [key, String(offset)])),
    ...(masked === null || personal === undefined ? {} : { 'lockstep.mask': masked.mask.fingerprint }),
  })}\n`;
}
