/** A Pipes session: from `opened` to `closed`. Outside Dagster it takes the same calls and sends nothing. */
import { type AssetKey, assetKeyText } from '../asset-key.ts';
import { DagsterClientError } from '../client-error.ts';
import type { Json, JsonObject } from '../json.ts';
import { openChannel } from './channel.ts';
import { loadContext, type PipesContext } from './context.ts';
import {
  type AssetCheckSeverity,
  closed,
  type LogLevel,
  log,
  logExternalStream,
  type Message,
  opened,
  reportAssetCheck,
  reportAssetMaterialization,
  reportCustomMessage,
} from './messages.ts';
import type { Metadata } from './metadata.ts';
import { readParameters } from './parameters.ts';
import type { Stream } from './stdio.ts';

/** Calls throw DagsterClientError for what Dagster would not take, and after `close`. */
export interface PipesSession {
  readonly log: Readonly<Record<'debug' | 'info' | 'warning' | 'error' | 'critical', (message: string) => void>>;
  /** At most once for each asset. */
  readonly reportAssetMaterialization: (report?: MaterializationReport) => void;
  readonly reportAssetCheck: (report: CheckReport) => void;
  /** What `get_custom_messages()` gives in Dagster, NaN and infinities too. */
  readonly reportCustomMessage: (payload: Json) => void;
  readonly logExternalStream: (text: { readonly stream: Stream; readonly text: string; readonly extras?: JsonObject }) => void;
  /** With what was thrown, if anything was. Again, it does nothing. The step fails only by the exit code of the process. */
  readonly close: (...thrown: readonly [] | readonly [thrown: unknown]) => void;
}

/** `isActive`: Dagster started the process, and hears what is said. */
export type Pipes =
  | (PipesSession & { readonly isActive: true; readonly context: PipesContext })
  | (PipesSession & { readonly isActive: false; readonly context: null });

export interface MaterializationReport {
  /** May be left out where the step is of one asset. */
  readonly assetKey?: AssetKey | undefined;
  readonly dataVersion?: string | undefined;
  readonly metadata?: Metadata | undefined;
}

export interface CheckReport {
  /** May be left out where the step is of one asset. */
  readonly assetKey?: AssetKey | undefined;
  readonly checkName: string;
  readonly passed: boolean;
  /** ERROR, if nothing is said. */
  readonly severity?: AssetCheckSeverity | undefined;
  readonly metadata?: Metadata | undefined;
}

export interface PipesOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly argv?: readonly string[];
}

/** Where the process was started by Dagster, a session with it. Who opens it closes it: `withPipes` does. */
export function openPipes({ env = process.env, argv = process.argv.slice(2) }: PipesOptions = {}): Pipes {
  const parameters = readParameters(env, argv);
  if (parameters === null) return { isActive: false, context: null, ...sessionOf(null, { write: () => {}, close: () => {} }) };
  const context = loadContext(parameters.context);
  const channel = openChannel(parameters.messages);
  channel.write(opened());
  return { isActive: true, context, ...sessionOf(context, channel) };
}

/** The session ends with what `work` throws, which is thrown on. */
export async function withPipes<T>(work: (pipes: Pipes) => T | Promise<T>, options?: PipesOptions): Promise<T> {
  const pipes = openPipes(options);
  let result: T;
  try {
    result = await work(pipes);
  } catch (thrown) {
    try {
      pipes.close(thrown);
    } catch (closing) {
      throw new AggregateError([thrown, closing], 'the work failed, and Dagster could not be told');
    }
    throw thrown;
  }
  pipes.close();
  return result;
}

function sessionOf(
  context: PipesContext | null,
  channel: { readonly write: (message: Message) => void; readonly close: (last: Message) => void },
): PipesSession {
  let isClosed = false;
  const materialized = new Set<string>();
  const send = (message: Message): void => {
    if (isClosed) throw new DagsterClientError('the Pipes session is closed');
    channel.write(message);
  };
  const logger = (level: LogLevel) => (message: string) => send(log(level, message));
  return {
    log: {
      debug: logger('DEBUG'),
      info: logger('INFO'),
      warning: logger('WARNING'),
      error: logger('ERROR'),
      critical: logger('CRITICAL'),
    },
    reportAssetMaterialization: ({ assetKey, dataVersion, metadata } = {}) => {
      const key = keyIn(context, assetKey);
      if (key !== null && materialized.has(key)) throw new DagsterClientError(`the asset ${key} is materialised already`);
      send(reportAssetMaterialization(key ?? '', dataVersion, metadata));
      if (key !== null) materialized.add(key);
    },
    reportAssetCheck: ({ assetKey, checkName, passed, severity = 'ERROR', metadata }) =>
      send(reportAssetCheck(keyIn(context, assetKey) ?? '', checkName, passed, severity, metadata)),
    reportCustomMessage: (payload) => send(reportCustomMessage(payload)),
    logExternalStream: (text) => send(logExternalStream(text)),
    close: (...thrown) => {
      if (isClosed) return;
      isClosed = true;
      channel.close(closed(thrown));
    },
  };
}

/** Null: nobody asks, and none was said. */
function keyIn(context: PipesContext | null, given: AssetKey | undefined): string | null {
  const key = given === undefined ? null : assetKeyText(given);
  const { assetKeys = null } = context ?? {};
  if (context === null || (key !== null && (assetKeys === null || assetKeys.length === 0 || assetKeys.includes(key)))) return key;
  if (key !== null) throw new DagsterClientError(`the step is not of the asset ${key}: it is of ${(assetKeys ?? []).join(', ')}`);
  if (context.assetKey !== null) return context.assetKey;
  throw new DagsterClientError(
    assetKeys === null || assetKeys.length === 0
      ? 'the step is of no asset: assetKey must say which is meant'
      : `assetKey must say which asset is meant: the step is of ${assetKeys.join(', ')}`,
  );
}
