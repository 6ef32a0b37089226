/** The emulated server as a target of lockstep.yml. */
import type { Fakesnow } from './fakesnow.ts';

/** One line for `targets:`; who signs in comes from the environment. */
export function targetLine({ settings: { url, account, database, schema } }: Fakesnow, more = ''): string {
  const { hostname, port, protocol } = new URL(url ?? '');
  process.env['SNOW_USER'] = 'the-user-from-outside';
  process.env['SNOW_PASSWORD'] = 'the-password-from-outside';
  return `snow: { engine: snowflake, account: ${account}, host: ${hostname}, port: ${port}, protocol: ${protocol.slice(0, -1)}, user: "{{ env_var('SNOW_USER') }}", password: "{{ env_var('SNOW_PASSWORD') }}", database: ${database}, schema: ${schema}, query_tag: nightly${more} }`;
}
