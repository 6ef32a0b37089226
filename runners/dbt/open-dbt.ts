/** The dbt that a target names. */
import { resolve } from 'node:path';
import type { DbtCloud, DbtLocal } from '../../compiler/authoring/dbt-target.ts';
import { hider, tellTale } from '../hide-secrets.ts';
import { UsageError } from '../usage-error.ts';
import { fromEnvironment, takenFrom } from '../warehouse/environment.ts';
import type { NamedTarget } from '../warehouse/target-file.ts';
import { openCloudDbt } from './cloud.ts';
import { usualTimes } from './cloud-api.ts';
import type { DbtJob } from './job.ts';
import { openLocalDbt } from './local.ts';
import { secretsOfProfiles } from './secrets.ts';

export interface OpenDbt extends DbtJob {
  /** Seconds before a run begins with its first node, about. */
  readonly startSeconds: number;
  readonly close: () => Promise<void>;
}

/** `hidden`: what messages may not show. UsageError if the target names none. */
export async function openDbt(target: NamedTarget, hidden: readonly string[]): Promise<OpenDbt> {
  const { name, declared } = target;
  switch (declared.dbt?.kind) {
    case undefined:
      throw new UsageError(
        `the target ${name} is on Snowflake, where dbt fills the tables, and lockstep.yml does not say how dbt is run`,
        `targets: { ${name}: { dbt: { project: build/dbt/snowflake } } }, or a job of dbt Cloud: dbt: { cloud: { account_id: …, job_id: …, token: "{{ env_var('DBT_CLOUD_TOKEN') }}" } }`,
      );
    case 'local':
      return local(target, declared.dbt, hidden);
    case 'cloud':
      return { ...cloud(target, declared.dbt, hidden), startSeconds: 60, close: async () => {} };
  }
}

const valueIn = ({ name, environment }: NamedTarget, key: string, text: string): string =>
  fromEnvironment(text, `${key} of the target ${name}`, environment);

async function local(target: NamedTarget, declared: DbtLocal, hidden: readonly string[]): Promise<OpenDbt> {
  const { folder, environment } = target;
  const texts = [declared.project, declared.profiles ?? '', declared.target ?? '', declared.command];
  const pathOf = (key: string, text: string): string => resolve(folder, valueIn(target, key, text));
  const project = pathOf('dbt.project', declared.project);
  const profiles = declared.profiles === null ? null : pathOf('dbt.profiles', declared.profiles);
  const command = valueIn(target, 'dbt.command', declared.command);
  // Where dbt itself looks, in its order.
  const looks = profiles === null ? [environment['DBT_PROFILES_DIR'], project, `${environment['HOME']}/.dbt`] : [profiles];
  const secrets = await Promise.all(looks.map((at) => (at === undefined ? [] : secretsOfProfiles(at, environment))));
  const job = await openLocalDbt({
    // A name is looked for in PATH; what has a folder is relative to Lockstep's project.
    command: command.includes('/') ? resolve(folder, command) : command,
    project,
    profiles,
    target: declared.target === null ? null : valueIn(target, 'dbt.target', declared.target),
    environment,
    hide: hider(tellTale([...hidden, ...texts.flatMap((text) => takenFrom(text, environment)), ...secrets.flat()])),
  });
  return { ...job, startSeconds: 6 };
}

/** UsageError if what the environment has is no account, job or host. */
function cloud(target: NamedTarget, declared: DbtCloud, hidden: readonly string[]): DbtJob {
  const number = (key: string, text: string): string => {
    const value = valueIn(target, `dbt.cloud.${key}`, text);
    if (!/^\d{1,18}$/.test(value)) throw new UsageError(`dbt.cloud.${key} of the target ${target.name} must be a number`);
    return value;
  };
  const host = valueIn(target, 'dbt.cloud.host', declared.host);
  const url = /^https?:\/\//.test(host) ? host : `https://${host}`;
  if (!URL.canParse(url) || !/^https?:\/\/[\w.:-]+\/?$/.test(url))
    throw new UsageError(`dbt.cloud.host of the target ${target.name} must be a host: ab123.us1.dbt.com`);
  const texts = [declared.host, declared.accountId, declared.jobId, declared.token];
  const taken = texts.flatMap((text) => takenFrom(text, target.environment));
  return openCloudDbt({
    url: url.replace(/\/$/, ''),
    account: number('account_id', declared.accountId),
    job: number('job_id', declared.jobId),
    token: valueIn(target, 'dbt.cloud.token', declared.token),
    hide: hider(tellTale([...hidden, ...taken, ...taken.map((text) => text.replace(/^https?:\/\//, ''))])),
    times: usualTimes,
  });
}
