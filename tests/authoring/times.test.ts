/** Which columns can date an event, and which can identify it. */
import { expect, test } from 'vitest';
import { readAuthored } from '../../compiler/authoring/index.ts';

function complaints(key: string, time: string): readonly string[] {
  const yaml = `streams:
  s:
    warehouse: raw.s
    key: k
    event_time: t
    columns:
      k: ${key}
      t: ${time}
`;
  const read = readAuthored({
    files: [
      { path: 'lockstep.yml', text: 'name: x\n' },
      { path: 'transforms/sources.yml', text: yaml },
    ],
  });
  return read.diagnostics.map((d) => `${d.code}: ${d.message}`);
}

test('an event is dated by a TIMESTAMP_NTZ', () => {
  expect(complaints('VARCHAR', 'TIMESTAMP_NTZ')).toEqual([]);
  expect(complaints('VARCHAR', 'DATE')).toEqual([expect.stringContaining('a whole day')]);
  expect(complaints('VARCHAR', 'TIMESTAMP_LTZ')).toEqual([expect.stringContaining('the time zone of a session')]);
});

test('a FLOAT identifies nothing: -0.0 and 0.0 are one key here and two there', () => {
  expect(complaints('FLOAT', 'TIMESTAMP_NTZ')).toEqual([expect.stringContaining('FLOAT')]);
});
