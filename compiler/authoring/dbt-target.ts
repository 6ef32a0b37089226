/** How a target on Snowflake has dbt run: here, as a process, or as a job of dbt Cloud. */
import { isSecretText } from './account.ts';
import { type dbtCloudKeys, dbtKeys, dbtCloudKeys as ofCloud } from './keys.ts';
import { type Complain, type Fields, fieldsOf, mapOf, textOf } from './reader.ts';
import type { YamlEntry } from './yaml.ts';

/** Texts as they are written: they may name variables of the environment. */
export type DbtTarget = DbtLocal | DbtCloud;

export interface DbtLocal {
  readonly kind: 'local';
  /** Folders, relative to Lockstep's project. `profiles` null: where dbt itself looks. */
  readonly project: string;
  readonly profiles: string | null;
  /** Of the profile; null: its own default. */
  readonly target: string | null;
  readonly command: string;
}

export interface DbtCloud {
  readonly kind: 'cloud';
  /** With its protocol, if that is not https. */
  readonly host: string;
  readonly accountId: string;
  readonly jobId: string;
  readonly token: string;
}

export function readDbt(entry: YamlEntry | undefined, what: string, complain: Complain): DbtTarget | null {
  if (entry === undefined) return null;
  const map = mapOf(entry.value, `\`dbt\` of ${what}`, complain);
  if (map === undefined) return null;
  const fields = fieldsOf(map, dbtKeys, `\`dbt\` of ${what}`, complain);
  const { cloud } = fields;
  const local = [fields.project, fields.profiles, fields.target, fields.command].filter((field) => field !== undefined);
  if (cloud !== undefined) {
    for (const field of local) complain(field.keySpan, `\`${field.key}\` is of a dbt that runs here, and ${what} has one in dbt Cloud`);
    const inside = mapOf(cloud.value, `\`cloud\` of ${what}`, complain);
    return inside === undefined ? null : readCloud(fieldsOf(inside, ofCloud, `\`cloud\` of ${what}`, complain), what, complain);
  }
  const project = textOf(fields.project, complain);
  if (project === null) {
    if (fields.project === undefined)
      complain(entry.keySpan, `\`dbt\` of ${what} says neither its \`project\` nor \`cloud\``, 'project: build/dbt/snowflake, for example');
    return null;
  }
  return {
    kind: 'local',
    project,
    profiles: textOf(fields.profiles, complain),
    target: textOf(fields.target, complain),
    command: textOf(fields.command, complain) ?? 'dbt',
  };
}

function readCloud(fields: Fields<typeof dbtCloudKeys>, what: string, complain: Complain): DbtCloud | null {
  const [accountId, jobId] = [fields.account_id, fields.job_id].map((field) => {
    const text = textOf(field, complain);
    if (field === undefined || text === null || text.includes('{{') || /^\d{1,18}$/.test(text)) return text;
    complain(field.value.span, `\`${field.key}\` must be a number: it stands in the address of dbt Cloud's pages`);
    return null;
  });
  if (fields.token !== undefined && !isSecretText(fields.token.value)) {
    complain(
      fields.token.keySpan,
      `\`token\` of dbt Cloud, of ${what}, is written in clear`,
      `let the environment have it: token: "{{ env_var('DBT_CLOUD_TOKEN') }}"`,
    );
    return null;
  }
  const [host, token] = [textOf(fields.host, complain) ?? 'cloud.getdbt.com', textOf(fields.token, complain)];
  if (accountId === null || accountId === undefined || jobId === null || jobId === undefined || token === null) return null;
  return { kind: 'cloud', host, accountId, jobId, token };
}
