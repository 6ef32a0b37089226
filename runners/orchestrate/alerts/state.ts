/** The file that keeps what each channel was told: replaced as a whole, and readable by its owner alone. */
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { isObject, type Json } from '../../../compiler/functions/json-values.ts';
import { UsageError } from '../../usage-error.ts';
import { type ChannelState, toldNothing } from './alerts.ts';

/** By name of the channel; those that are no longer named stay. */
export type States = Readonly<Record<string, ChannelState>>;

/** Raised with any other shape. */
const formatVersion = 1;

const hint = 'without the file, all that is red is told once more';

/** Nothing yet, if there is no such file. */
export async function readStates(file: string): Promise<States> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (text === null) return {};
  const value = parsed(text);
  if (!isObject(value) || typeof value['formatVersion'] !== 'number')
    throw new UsageError(`${file} is not what lockstep alert keeps`, `name another file with --state; ${hint}`);
  if (value['formatVersion'] > formatVersion)
    throw new UsageError(
      `${file} was written by a newer Lockstep: it is of version ${value['formatVersion']}, and this one knows ${formatVersion}`,
      'upgrade Lockstep, or name another file with --state',
    );
  const { channels } = value;
  if (!isObject(channels) || !Object.values(channels).every(isState)) throw new UsageError(`${file} is spoilt: remove it`, hint);
  return channels as Readonly<Record<string, unknown>> as States;
}

export const stateOf = (states: States, channel: string): ChannelState =>
  (Object.hasOwn(states, channel) ? states[channel] : undefined) ?? toldNothing;

/** Under the lock: nobody else writes. */
export async function writeStates(file: string, channels: States): Promise<void> {
  const unfinished = `${file}.new`;
  await rm(unfinished, { force: true });
  await writeFile(unfinished, `${JSON.stringify({ formatVersion, channels }, null, 1)}\n`, { mode: 0o600, flag: 'wx', flush: true });
  await rename(unfinished, file);
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return null;
  }
}

const isTexts = (value: Json | undefined): boolean => Array.isArray(value) && value.every((one) => typeof one === 'string');
const hasTexts = (value: Readonly<Record<string, Json>>, ...keys: readonly string[]): boolean =>
  keys.every((key) => typeof value[key] === 'string');

const isState = (value: Json): boolean => isObject(value) && Array.isArray(value['told']) && value['told'].every(isTold);
const isTold = (value: Json): boolean =>
  isObject(value) &&
  hasTexts(value, 'owner', 'cause', 'since') &&
  isTexts(value['sources']) &&
  Array.isArray(value['members']) &&
  value['members'].every(isMember);
const isMember = (value: Json): boolean =>
  isObject(value) &&
  hasTexts(value, 'feature', 'mode', 'verdict', 'meaning', 'why', 'wayBack', 'run', 'startedAt') &&
  typeof value['points'] === 'number' &&
  [value['from'], value['to']].every((at) => at === null || typeof at === 'string') &&
  isTexts(value['sources']);
