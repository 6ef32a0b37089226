/** Type names that mean something else than they seem to. */
import { expect, test } from 'vitest';
import { check, text } from './checked.ts';

test('CHAR without a length is VARCHAR(1) in Snowflake, which a longer text does not fit', async () => {
  const { said } = await check(text("SELECT k, MAX(CAST('abc' AS CHAR)) AS c FROM e GROUP BY k"));
  expect(said.map((d) => d.code)).toEqual(['type-mismatch']);
});

test('STRING is VARCHAR', async () => {
  const { said } = await check(text('SELECT k, MAX(CAST(n AS STRING)) AS c FROM e GROUP BY k'));
  expect(said).toEqual([]);
});
