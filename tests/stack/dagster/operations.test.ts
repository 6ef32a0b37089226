/** The committed types are those of the installed Dagster's schema. `npm run test:stack -- tests/stack/dagster/operations.test.ts -u` writes them. */
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { missingParts } from '../in-stack.ts';
import { generatedOperations, operationsFile } from './generate.ts';

const isMissing = ['dagster', 'graphql', '@graphql-codegen/typescript-operations'].some((part) => missingParts.includes(part));

test.skipIf(isMissing)('the operations and their types are those of the schema', async () => {
  await expect(await generatedOperations()).toMatchFileSnapshot(resolve(operationsFile));
});
