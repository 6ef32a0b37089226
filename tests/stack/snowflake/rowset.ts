/**
 * A proxy before fakesnow's server, which answers queries in Arrow; Snowflake's driver for Node reads rows of texts, as the real service sends
 * them to it, and the number of rows that came, without which it waits for them for ever. At login fakesnow is told to take settings of sessions, which it does not have, for done, and answers
 * name them as the service's do. dbt's connector reads Arrow, and gets its answers as they are. What a session leaves open when it ends is rolled back. Nothing else is changed, but statements where the caller rewrites them.
 */
import { createServer } from 'node:http';
import { resolve } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { stackFolder } from '../../../runners/engines/clickhouse.ts';

interface Arrow {
  readonly tableFromIPC: (bytes: Uint8Array) => {
    readonly numRows: number;
    readonly getChildAt: (column: number) => Column | null;
  };
}

interface Column {
  readonly type: { readonly scale?: number };
  readonly get: (row: number) => unknown;
}

interface Answer {
  readonly success: boolean;
  readonly data: {
    readonly queryResultFormat?: string;
    readonly rowsetBase64?: string;
    readonly rowset?: readonly (readonly (string | null)[])[];
    readonly rowtype: readonly { readonly type: string; readonly scale: number | null }[];
  } | null;
}

export interface Proxy {
  readonly url: string;
  /** Statements that were asked so far, in their order. */
  readonly asked: readonly string[];
  readonly stop: () => Promise<void>;
}

/** `rewrite`: what goes to the server in the place of a statement. */
export async function startRowsetProxy(server: string, rewrite: (sql: string) => string = (sql) => sql): Promise<Proxy> {
  const arrow = (await import(pathToFileURL(resolve(stackFolder, 'node_modules/apache-arrow/Arrow.node.mjs')).href)) as Arrow;
  const asked: string[] = [];
  const settings = new Map<string, string>();
  const proxy = createServer(async (request, response) => {
    // Who is killed in the midst of asking waits for no answer.
    const sent = await buffer(request).catch(() => null);
    if (sent === null) return;
    const unpacked = request.headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent;
    let body = request.url?.startsWith('/session/v1/login-request') ? withoutSettings(unpacked) : unpacked;
    if (request.url?.startsWith('/queries/v1/query-request')) {
      const query = JSON.parse(String(body)) as { readonly sqlText: string };
      const { sqlText } = query;
      asked.push(sqlText);
      body = Buffer.from(JSON.stringify({ ...query, sqlText: rewrite(sqlText) }));
      if (sqlText.startsWith('ALTER SESSION SET'))
        for (const [, name = '', value = ''] of sqlText.matchAll(/(\w+) = '([^']*)'/g)) settings.set(name, value);
    }
    const headers = { authorization: request.headers.authorization ?? '', 'content-type': 'application/json' };
    // As the service does with what a session that ends has begun; fakesnow leaves it open, and answers who comes later with errors.
    if (request.url?.startsWith('/session') && request.url.includes('delete=true'))
      await fetch(`${server}/queries/v1/query-request`, { method: 'POST', headers, body: JSON.stringify({ sqlText: 'ROLLBACK' }) });
    const answer = await fetch(`${server}${request.url}`, {
      method: request.method ?? 'GET',
      headers,
      ...(body.length === 0 ? {} : { body: new Uint8Array(body) }),
    });
    const text = await answer.text();
    response.writeHead(answer.status, { 'content-type': 'application/json' });
    const isOfPython = request.headers['user-agent']?.startsWith('PythonConnector') === true;
    if (isOfPython) response.end(text.startsWith('{') ? JSON.stringify(withQueryId(withMasterToken(JSON.parse(text)))) : text);
    else response.end(text.startsWith('{') ? JSON.stringify(inTexts(arrow, JSON.parse(text) as Answer, settings)) : '{}');
  });
  await new Promise<void>((done) => proxy.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(proxy.address() as { port: number }).port}`,
    asked,
    stop: () =>
      new Promise((done) => {
        proxy.closeAllConnections();
        proxy.close(() => done());
      }),
  };
}

function withoutSettings(login: Buffer): Buffer {
  const { data } = JSON.parse(String(login)) as { readonly data: { readonly SESSION_PARAMETERS?: object } };
  return Buffer.from(
    JSON.stringify({ data: { ...data, SESSION_PARAMETERS: { ...data.SESSION_PARAMETERS, nop_regexes: ['ALTER SESSION SET'] } } }),
  );
}

/** Of a login: without it dbt's connector does not end its session. */
function withMasterToken(answer: Answer & { readonly data: { readonly token?: string } | null }): Answer {
  const token = answer.data?.token;
  return token === undefined ? answer : { ...answer, data: { ...answer.data, masterToken: token } as Answer['data'] };
}

/** fakesnow's errors do not say it, as the service's do. */
export const queryIdOfErrors = '01bd0000-0000-4e57-0000-0000000d1d00';

function withQueryId(answer: Answer): unknown {
  return answer.success || answer.data === null ? answer : { ...answer, data: { ...answer.data, queryId: queryIdOfErrors } };
}

function inTexts(arrow: Arrow, answer: Answer, settings: ReadonlyMap<string, string>): Answer {
  const { data } = answer;
  if (data?.queryResultFormat === undefined) return answer;
  const { rowsetBase64 = '', ...rest } = data;
  const rowset = data.rowset ?? (rowsetBase64 === '' ? [] : rowsOf(arrow, Buffer.from(rowsetBase64, 'base64'), data.rowtype));
  const parameters = [...settings].map(([name, value]) => ({ name, value }));
  return { ...answer, data: { ...rest, parameters, queryResultFormat: 'json', rowset, returned: rowset.length } as Answer['data'] };
}

function rowsOf({ tableFromIPC }: Arrow, bytes: Uint8Array, types: NonNullable<Answer['data']>['rowtype']): readonly (string | null)[][] {
  const table = tableFromIPC(bytes);
  const columns = types.map((type, i) => ({ type: type.type, column: table.getChildAt(i) as Column }));
  return Array.from({ length: table.numRows }, (_, row) => columns.map(({ type, column }) => textOf(type, column, column.get(row))));
}

/** As the service writes a value of the type in a rowset. */
function textOf(type: string, { type: { scale = 0 } }: Column, value: unknown): string | null {
  if (value === null || value === undefined) return null;
  switch (type) {
    case 'fixed':
      return typeof value === 'object' ? pointed(wordsOf(value as Uint32Array), scale) : String(value);
    case 'boolean':
      return value === true ? '1' : '0';
    case 'date':
      return String(Math.floor(Number(value) / 86_400_000));
    case 'time':
      return seconds(BigInt(value as bigint));
    case 'timestamp_ntz':
    case 'timestamp_ltz':
    case 'timestamp_tz': {
      const { epoch, fraction, timezone } = value as {
        readonly epoch: bigint | null;
        readonly fraction: number;
        readonly timezone?: number;
      };
      // A NULL is a pair of them.
      if (epoch === null) return null;
      const at = seconds(BigInt(epoch) * 1_000_000_000n + BigInt(fraction));
      // Minutes east of UTC, and a day, so that there is no sign.
      return type === 'timestamp_tz' ? `${at} ${timezone ?? 1440}` : at;
    }
    case 'real':
      return Object.is(value, -0)
        ? '-0'
        : Number.isFinite(value)
          ? String(value)
          : Number.isNaN(value)
            ? 'NaN'
            : Number(value) > 0
              ? 'inf'
              : '-inf';
    case 'binary':
      return Buffer.from(value as Uint8Array)
        .toString('hex')
        .toUpperCase();
    default:
      return String(value);
  }
}

/** A decimal of Arrow: 128 bits in words of 32, the lowest first, the complement of two. */
function wordsOf(words: Uint32Array): bigint {
  const bits = [...words].reduceRight((sum, word) => (sum << 32n) + BigInt(word), 0n);
  return BigInt.asIntN(128, bits);
}

function pointed(unscaled: bigint, scale: number): string {
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0');
  const sign = unscaled < 0n ? '-' : '';
  return scale === 0 ? `${sign}${digits}` : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

const seconds = (nanoseconds: bigint): string => pointed(nanoseconds, 9);
