/**
 * Events of assets that Dagster does not run, over its REST routes. A report is sent once: sent again, it would be a second event. After
 * `unreachable` and `timeout` it may have been stored.
 */
import { type AssetKey, assetKeyParts } from '../asset-key.ts';
import { DagsterClientError } from '../client-error.ts';
import { objectText, stringText } from '../json.ts';
import type { AssetCheckSeverity } from '../pipes/messages.ts';
import { type Metadata, typedMetadata } from '../pipes/metadata.ts';
import { DagsterRequestError, type DagsterServer, post } from '../server.ts';

export interface ExternalAssets {
  readonly reportAssetMaterialization: (report: ExternalEvent) => Promise<void>;
  readonly reportAssetObservation: (report: ExternalEvent) => Promise<void>;
  readonly reportAssetCheck: (report: ExternalCheck) => Promise<void>;
}

interface Report {
  readonly assetKey: AssetKey;
  /** Plain values, and `metadata.text|int|float|bool|null|json`: the routes know no other types. */
  readonly metadata?: Metadata | undefined;
  readonly partition?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface ExternalEvent extends Report {
  readonly dataVersion?: string | undefined;
  readonly description?: string | undefined;
}

export interface ExternalCheck extends Report {
  readonly checkName: string;
  readonly passed: boolean;
  /** ERROR, if nothing is said. */
  readonly severity?: AssetCheckSeverity | undefined;
}

export function externalAssets(server: DagsterServer): ExternalAssets {
  const send = async (route: string, { assetKey, metadata, partition, signal }: Report, others: Texts): Promise<void> => {
    const members: Texts = {
      // In the path a slash within a part could not be told from one between two.
      asset_key: `[${assetKeyParts(assetKey)
        .map((part) => stringText(part, 'assetKey'))
        .join(',')}]`,
      metadata: metadata === undefined ? undefined : metadataBody(metadata),
      partition: textOf(partition, 'partition'),
      ...others,
    };
    const given = Object.entries(members).filter((member): member is [string, string] => member[1] !== undefined);
    const { text } = await post(server, `/${route}/`, objectText(Object.fromEntries(given), route), signal);
    // A page of the user interface is an answer of 200, too.
    if (text.trim() !== '{}')
      throw new DagsterRequestError('unreadable', 200, `what answers at /${route}/ is no Dagster, or another version`);
  };
  const eventOf = ({ dataVersion, description }: ExternalEvent): Texts => ({
    data_version: textOf(dataVersion, 'dataVersion'),
    description: textOf(description, 'description'),
  });
  return {
    reportAssetMaterialization: (report) => send('report_asset_materialization', report, eventOf(report)),
    reportAssetObservation: (report) => send('report_asset_observation', report, eventOf(report)),
    reportAssetCheck: async (report) => {
      const { checkName, passed, severity = 'ERROR' } = report;
      if (typeof passed !== 'boolean') throw new DagsterClientError('passed is neither true nor false');
      await send('report_asset_check', report, {
        check_name: stringText(checkName, 'checkName'),
        passed: String(passed),
        severity: stringText(severity, 'severity'),
      });
    },
  };
}

type Texts = Readonly<Record<string, string | undefined>>;

const textOf = (value: string | undefined, where: string): string | undefined =>
  value === undefined ? undefined : stringText(value, where);

/** Dagster finds the type of each value: those that it would find. */
const found: ReadonlySet<string> = new Set(['__infer__', 'text', 'int', 'float', 'bool', 'null', 'json']);

const metadataBody = (given: Metadata): string =>
  objectText(
    Object.fromEntries(
      Object.entries(typedMetadata(given, 'metadata')).map(([name, { type, text }]) => {
        if (!found.has(type)) throw new DagsterClientError(`metadata.${name}: the REST routes know no metadata of the type ${type}`);
        return [name, text];
      }),
    ),
    'metadata',
  );
