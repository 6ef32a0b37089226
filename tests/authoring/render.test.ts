import { expect, test } from 'vitest';
import { error, warning } from '../../compiler/diagnostics.ts';
import { diagnosticJson, renderDiagnostics } from '../../compiler/render-diagnostics.ts';

const file = { path: 'f.sql', text: `SELECT\r\n\tété, 🙂🙂 b\nFROM ${'x'.repeat(300)} yy ${'z'.repeat(300)}\n` };
const find = (text: string) => ({ file: 'f.sql', start: file.text.indexOf(text), end: file.text.indexOf(text) + text.length });

test('an excerpt with marks under tabs and wide letters', () => {
  expect(renderDiagnostics([error('sql-syntax', find(' b'), 'wrong', 'write it right')], [file], { color: false })).toBe(
    ['f.sql:2:11: error[sql-syntax]: wrong', '  2 |   été, 🙂🙂 b', '    |          ^^', 'hint: write it right', ''].join('\n'),
  );
});

test('a long line is cut around its mark', () => {
  const [, line = '', marks = ''] = renderDiagnostics([warning('sql-syntax', find('yy'), 'wrong')], [file], { color: false }).split('\n');
  expect(line.length).toBeLessThan(140);
  expect(line.slice(marks.indexOf('^'), marks.lastIndexOf('^') + 1)).toBe('yy');
});

test('colours are asked for', () => {
  const escape = String.fromCharCode(27);
  expect(renderDiagnostics([error('sql-syntax', find('b'), 'wrong')], [file], { color: true })).toContain(escape);
  expect(renderDiagnostics([error('sql-syntax', find('b'), `a`)], [file], { color: false })).not.toContain(escape);
});

test('as JSON', () => {
  expect(diagnosticJson({ ...error('sql-syntax', find('b'), 'wrong'), feature: 'f' }, [file])).toEqual({
    code: 'sql-syntax',
    severity: 'error',
    message: 'wrong',
    file: 'f.sql',
    line: 2,
    column: 12,
    endLine: 2,
    endColumn: 13,
    hint: null,
    feature: 'f',
  });
});

test('a place in a file that is not there', () => {
  expect(renderDiagnostics([error('config-invalid', { file: 'lockstep.yml', start: 0, end: 0 }, 'missing')], [], { color: false })).toBe(
    'lockstep.yml:1:1: error[config-invalid]: missing\n',
  );
});
