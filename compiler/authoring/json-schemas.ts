/** JSON Schemas of the YAML that authors write, for completion in editors. */
import { configKeys, headerKeys, type JsonSchema, objectSchema, sourcesKeys } from './keys.ts';

const dialect = 'https://json-schema.org/draft/2020-12/schema';

/** File name to schema. The header lets other keys pass: they may be values of its template. */
export const jsonSchemas: Readonly<Record<string, JsonSchema>> = {
  'lockstep.schema.json': { $schema: dialect, title: 'lockstep.yml', ...objectSchema(configKeys) },
  'sources.schema.json': { $schema: dialect, title: 'sources.yml', ...objectSchema(sourcesKeys) },
  'header.schema.json': { $schema: dialect, title: 'The header of a feature file', ...objectSchema(headerKeys, {}) },
};
