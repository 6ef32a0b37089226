import { expect, test } from 'vitest';
import { jsonSchemas } from '../../compiler/authoring/json-schemas.ts';

/** `npx vitest run tests/authoring/schemas.test.ts -u` writes them. */
test.for(Object.entries(jsonSchemas))('schemas/%s is fresh', async ([name, schema]) => {
  await expect(`${JSON.stringify(schema, null, 2)}\n`).toMatchFileSnapshot(`../../schemas/${name}`);
});
