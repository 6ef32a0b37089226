/** The messages of the protocol, each as its line of JSON. Dagster wants every parameter of a method, and no other. */
import { DagsterClientError } from '../client-error.ts';
import { type Json, type JsonObject, jsonText, objectText, pythonNumberText, stringText, wellFormed } from '../json.ts';
import { exceptionOf } from './exception.ts';
import { type Metadata, metadataText } from './metadata.ts';
import type { Stream } from './stdio.ts';

export type Message = string & { readonly message: unique symbol };

export type LogLevel = 'DEBUG' | 'INFO' | 'WARNING' | 'ERROR' | 'CRITICAL';

export type AssetCheckSeverity = 'WARN' | 'ERROR';

const protocolVersion = '0.1';

/** `params`: JSON text by name. */
function message(method: string, params: Readonly<Record<string, string>>): Message {
  const members = {
    __dagster_pipes_version: JSON.stringify(protocolVersion),
    method: JSON.stringify(method),
    params: objectText(params, method),
  };
  // Python ends lines at more characters than at \n, and a reader of a stream may know another encoding.
  return objectText(members, method).replaceAll(/[\u007f-\uffff]/g, escaped) as Message;
}

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

export const opened = (): Message => message('opened', { extras: '{}' });

/** `thrown` is the one error with which the session ends, if it does. */
export const closed = (thrown: readonly [] | readonly [unknown]): Message =>
  message('closed', thrown.length === 0 ? {} : { exception: jsonText(exceptionOf(thrown[0]), 'exception') });

export const log = (level: LogLevel, text: string): Message =>
  message('log', { message: JSON.stringify(wellFormed(given(text, 'a log message'))), level: JSON.stringify(level) });

export const logExternalStream = ({
  stream,
  text,
  extras = {},
}: {
  readonly stream: Stream;
  readonly text: string;
  readonly extras?: JsonObject | undefined;
}): Message =>
  message('log_external_stream', {
    stream: JSON.stringify(stream),
    text: JSON.stringify(wellFormed(given(text, 'the text of a stream'))),
    extras: jsonText(extras, 'extras', pythonNumberText),
  });

export const reportAssetMaterialization = (assetKey: string, dataVersion: string | undefined, metadata: Metadata | undefined): Message =>
  message('report_asset_materialization', {
    asset_key: stringText(assetKey, 'assetKey'),
    data_version: dataVersion === undefined ? 'null' : stringText(given(dataVersion, 'dataVersion'), 'dataVersion'),
    metadata: metadata === undefined ? 'null' : metadataText(metadata, 'metadata'),
  });

export function reportAssetCheck(
  assetKey: string,
  checkName: string,
  passed: boolean,
  severity: AssetCheckSeverity,
  metadata: Metadata | undefined,
): Message {
  if (typeof passed !== 'boolean') throw new DagsterClientError('passed is neither true nor false');
  if (severity !== 'WARN' && severity !== 'ERROR') throw new DagsterClientError('severity is WARN or ERROR');
  return message('report_asset_check', {
    asset_key: stringText(assetKey, 'assetKey'),
    check_name: stringText(given(checkName, 'checkName'), 'checkName'),
    passed: String(passed),
    severity: JSON.stringify(severity),
    metadata: metadata === undefined ? 'null' : metadataText(metadata, 'metadata'),
  });
}

export const reportCustomMessage = (payload: Json): Message =>
  message('report_custom_message', { payload: jsonText(payload, 'payload', pythonNumberText) });

function given(text: string, what: string): string {
  if (typeof text !== 'string') throw new DagsterClientError(`${what} is a text, not ${typeof text}`);
  return text;
}
