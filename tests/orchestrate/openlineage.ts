/** Events as a server got them: each is validated against the schemas of OpenLineage and of Lockstep's own facet. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect } from 'vitest';
import type { Web } from './alert-servers.ts';

interface WithFacets {
  readonly namespace: string;
  readonly name: string;
  // biome-ignore lint/suspicious/noExplicitAny: what a stranger sent
  readonly facets: any;
}

export interface Got {
  readonly eventType?: string;
  readonly eventTime: string;
  readonly producer: string;
  readonly schemaURL: string;
  // biome-ignore lint/suspicious/noExplicitAny: what a stranger sent
  readonly run?: { readonly runId: string; readonly facets: any };
  readonly job: WithFacets;
  // biome-ignore lint/suspicious/noExplicitAny: what a stranger sent
  readonly inputs: readonly (WithFacets & { readonly inputFacets: any })[];
  // biome-ignore lint/suspicious/noExplicitAny: what a stranger sent
  readonly outputs: readonly (WithFacets & { readonly outputFacets: any })[];
}

const folder = join(import.meta.dirname, '../cli/schemas/openlineage');
const ajv = new Ajv2020({
  strict: false,
  formats: {
    uri: /^[a-z][a-z0-9+.-]*:[^\s]+$/i,
    uuid: /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    'date-time': (text: string) =>
      /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/.test(text) && !Number.isNaN(Date.parse(text)),
  },
});
const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
for (const file of [...files.map((name) => join(folder, name)), join(import.meta.dirname, '../../schemas/lockstep_verdict.schema.json')])
  ajv.addSchema(JSON.parse(readFileSync(file, 'utf8')) as object);

/** What is wrong with it; nothing is right. */
export function problemsOf(event: Got): readonly string[] {
  return [
    ...problems(event.schemaURL, event, 'the event'),
    ...facetsIn(event, 'event').flatMap(([path, facet]) => problems(facet._schemaURL, facet, path)),
  ];
}

interface FoundFacet {
  readonly _schemaURL: string;
}

function problems(schema: string, value: unknown, what: string): readonly string[] {
  const validate = ajv.getSchema(schema);
  if (validate === undefined) return [`${what}: there is no schema ${schema}`];
  return validate(value) === true ? [] : [`${what}: ${ajv.errorsText(validate.errors)}`];
}

/** Wherever they stand. */
function facetsIn(node: unknown, path: string): readonly (readonly [string, FoundFacet])[] {
  if (typeof node !== 'object' || node === null) return [];
  const own = '_schemaURL' in node ? [[path, node as FoundFacet] as const] : [];
  return [...own, ...Object.entries(node).flatMap(([key, value]) => facetsIn(value, `${path}.${key}`))];
}

/** In the order in which they came. */
export const received = ({ requests }: Pick<Web, 'requests'>): readonly Got[] => requests.map(({ body }) => checked(body));

export const inFile = (file: string): readonly Got[] => readFileSync(file, 'utf8').trimEnd().split('\n').map(checked);

function checked(text: string): Got {
  const event = JSON.parse(text) as Got;
  expect(problemsOf(event)).toEqual([]);
  return event;
}

/** Without who says it and where its schema is. */
export function bare(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(bare);
  if (typeof node !== 'object' || node === null) return node;
  return Object.fromEntries(
    Object.entries(node).flatMap(([key, value]) => (/^_(?:producer|schemaURL)$/.test(key) ? [] : [[key, bare(value)]])),
  );
}
