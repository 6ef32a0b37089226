/** The types of the operations, and their text, from the schema of the Dagster that is installed. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { stackFolder } from '../../../runners/engines/clickhouse.ts';

export const operationsFile = 'runners/orchestrate/dagster-ts-client/graphql/operations.ts';

interface Definition {
  readonly operation: string;
  readonly name: { readonly value: string };
  readonly loc: { readonly start: number; readonly end: number };
}

interface Document {
  readonly definitions: readonly Definition[];
}

interface Graphql {
  readonly parse: (text: string) => Document;
  readonly buildSchema: (text: string) => object;
  readonly validate: (schema: object, document: Document) => readonly Error[];
}

interface Plugin {
  readonly plugin: (
    schema: object,
    documents: readonly { readonly document: Document; readonly location: string }[],
    config: object,
    output: { readonly outputFile: string },
  ) => Promise<{ readonly prepend: readonly string[]; readonly content: string }>;
}

const schemaText = (): string =>
  execFileSync(
    join(stackFolder, 'dagster/bin/python'),
    ['-W', 'ignore', '-c', 'from dagster_graphql.schema import create_schema; print(create_schema())'],
    { encoding: 'utf8', maxBuffer: 2 ** 26 },
  );

export async function generatedOperations(): Promise<string> {
  const load = createRequire(resolve(stackFolder, 'node_modules/of-the-stack.js'));
  const { parse, buildSchema, validate } = load('graphql') as Graphql;
  const { plugin } = load('@graphql-codegen/typescript-operations') as Plugin;
  const text = readFileSync(operationsFile.replace(/\.ts$/, '.graphql'), 'utf8');
  const document = parse(text);
  const schema = buildSchema(schemaText());
  const wrong = validate(schema, document);
  if (wrong.length > 0) throw new Error(wrong.map(({ message }) => message).join('\n'));
  const types = await plugin(
    schema,
    [{ document, location: 'operations.graphql' }],
    {
      enumsAsTypes: true,
      immutableTypes: true,
      // `__typename` where the operation asks for it.
      skipTypename: true,
    },
    { outputFile: operationsFile },
  );
  const named = document.definitions.map(({ operation, name, loc }) => ({
    name: name.value,
    type: `${name.value}${operation === 'mutation' ? 'Mutation' : 'Query'}`,
    text: text.slice(loc.start, loc.end),
  }));
  return [
    '/** Generated from operations.graphql and the schema of Dagster by tests/stack/dagster/generate.ts. */',
    // Of @defer, which nothing asks for.
    ...types.prepend.filter((text) => !text.includes(' type Incremental<')),
    types.content,
    '',
    '/** What each operation takes and gives. */',
    'export interface Operations {',
    ...named.map(({ name, type }) => `  readonly ${name}: { readonly variables: ${type}Variables; readonly data: ${type} };`),
    '}',
    '',
    'export const documents: Readonly<Record<keyof Operations, string>> = {',
    ...named.map(({ name, text: of }) => `  ${name}: ${JSON.stringify(of.replaceAll(/\s+/g, ' '))},`),
    '};',
    '',
  ].join('\n');
}
