/** The example's code location on a folder's project, in Dagster's own web server: runs of its job, and what their checks say. */
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { stackFolder } from '../../../runners/engines/clickhouse.ts';
import {
  type CheckExecution,
  checksOfRun,
  type DagsterServer,
  launchRun,
  type Run,
  waitForRun,
} from '../../../runners/orchestrate/dagster-ts-client/index.ts';
import { startWebserver } from '../dagster/webserver.ts';

export interface Check {
  readonly passed: boolean;
  readonly partition: string | null;
  /** Of its metadata, as text. */
  readonly says: Readonly<Record<string, string>>;
  readonly incidents: readonly Incident[];
}

export interface Incident {
  readonly cause: string;
  readonly from: string;
  readonly to: string;
  readonly sources: string;
}

export interface Nights {
  /** dbt, then all checks. By feature and check, as `seller_gmv parity`. */
  readonly whole: (partition: string) => Promise<Readonly<Record<string, Check>>>;
  /** Checks alone. */
  readonly check: (partition: string, name: string, features: readonly string[]) => Promise<Readonly<Record<string, Check>>>;
  /** Of the runs so far, as Dagster says: name and seconds. */
  readonly steps: () => readonly (readonly [step: string, seconds: number])[];
  /** Of all runs so far, in seconds. */
  readonly took: readonly { readonly what: string; readonly seconds: number }[];
  readonly stop: () => Promise<void>;
}

export async function openNights(
  project: string,
  attributes: Readonly<Record<string, unknown>>,
  environment: Readonly<Record<string, string>>,
): Promise<Nights> {
  const folder = join(project, 'dagster');
  cpSync(resolve('examples/dagster/marketplace'), join(folder, 'marketplace'), { recursive: true });
  cpSync(resolve('examples/dagster/pyproject.toml'), join(folder, 'pyproject.toml'));
  mkdirSync(join(folder, 'marketplace/defs/features'), { recursive: true });
  writeFileSync(
    join(folder, 'marketplace/defs/features/defs.yaml'),
    JSON.stringify({ type: 'lockstep_dagster.LockstepComponent', attributes: { project, ...attributes } }),
  );
  const webserver = await startWebserver(['-m', 'marketplace.definitions', '-d', resolve('.')], {
    PYTHONPATH: `${folder}:${resolve('examples/dagster')}`,
    PYTHONDONTWRITEBYTECODE: '1',
    PATH: `${resolve(stackFolder, 'dagster/bin')}:${process.env['PATH']}`,
    DBT_SEND_ANONYMOUS_USAGE_STATS: 'false',
    ...environment,
  });
  const server: DagsterServer = { url: webserver.url };
  const took: { what: string; seconds: number }[] = [];
  const location = 'marketplace.definitions';
  const of = (partition: string) => ({ location, job: 'lockstep_night', tags: { 'dagster/partition': partition } });
  const ended = async (what: string, runId: string): Promise<Readonly<Record<string, Check>>> => {
    const run: Run = await waitForRun(server, runId, { deadline: 300_000, pauses: [200, 1000] });
    took.push({ what, seconds: (run.endTime ?? 0) - (run.startTime ?? 0) });
    if (run.status !== 'SUCCESS') throw new Error(`${what}: ${run.status}\n${webserver.said().slice(-20_000)}`);
    // dagster-dbt plans dbt's own tests for the partition, and evaluates them for none.
    return Object.fromEntries(
      (await checksOfRun(server, runId)).flatMap(({ evaluation, partition: of }) => (evaluation === null ? [] : [checkOf(evaluation, of)])),
    );
  };
  return {
    whole: async (partition) => ended('night', await launchRun(server, of(partition))),
    check: async (partition, name, features) => {
      const checks = features.map((assetKey) => ({ assetKey: [assetKey], checkName: name }));
      return ended(`${name} of ${features.length}`, await launchRun(server, { ...of(partition), assets: [], checks }));
    },
    steps: () =>
      [...webserver.said().matchAll(/Finished execution of step "(\w+)" in (?:(\d+)m)?([\d.]+)(m?s)/g)].map(
        ([, step = '', minutes = '0', seconds = '0', unit]) =>
          [step, Number(minutes) * 60 + Number(seconds) / (unit === 'ms' ? 1000 : 1)] as const,
      ),
    took,
    stop: webserver.stop,
  };
}

function checkOf(evaluation: NonNullable<CheckExecution['evaluation']>, partition: string | null): readonly [string, Check] {
  const { checkName, assetKey, success, metadataEntries } = evaluation;
  const says: Record<string, string> = {};
  let incidents: readonly Incident[] = [];
  for (const entry of metadataEntries) {
    if (entry.__typename === 'TextMetadataEntry') says[entry.label] = entry.text;
    if (entry.__typename === 'MarkdownMetadataEntry') says[entry.label] = entry.mdStr;
    if (entry.__typename === 'IntMetadataEntry') says[entry.label] = entry.intRepr;
    if (entry.__typename === 'UrlMetadataEntry') says[entry.label] = entry.url;
    if (entry.__typename === 'TableMetadataEntry' && entry.label === 'causes')
      incidents = entry.table.records.map((record) => JSON.parse(record) as Incident);
  }
  return [`${assetKey.path.join('/')} ${checkName}`, { passed: success, partition, says, incidents }];
}
