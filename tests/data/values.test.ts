import fc from 'fast-check';
import { expect, test } from 'vitest';
import { boolean, date, float, integer, number, type SqlType, timestamp, typeName, varchar } from '../../compiler/sql-type.ts';
import { formatValue, type JsonValue, parseJsonValue, parseText } from '../../runners/data/index.ts';

const ltz: SqlType = { kind: 'timestamp', zone: 'ltz' };
const money = number(10, 2);

/** Text, type, and how the value is printed again; null where it is refused. */
const cases: readonly (readonly [text: string, type: SqlType, printed: string | number | boolean | null])[] = [
  ['12.5', money, '12.50'],
  ['12.50', money, '12.50'],
  ['12.500', money, '12.50'],
  ['12.345', money, null],
  ['-0.05', money, '-0.05'],
  ['99999999.99', money, '99999999.99'],
  ['100000000', money, null],
  ['-100000000', money, null],
  ['1e2', money, '100.00'],
  ['1250e-2', money, '12.50'],
  ['1e-3', money, null],
  ['+7', money, '7.00'],
  ['.5', money, '0.50'],
  ['5.', money, '5.00'],
  ['00012', money, '12.00'],
  ['0e999', money, '0.00'],
  ['1e999', money, null],
  ['', money, null],
  ['.', money, null],
  ['1,5', money, null],
  [' 1', money, null],
  ['0x1f', money, null],
  ['NaN', money, null],
  ['12345678901234567890123456789012345678', integer, '12345678901234567890123456789012345678'],
  ['123456789012345678901234567890123456789', integer, null],
  ['1.0', integer, '1'],
  ['1.5', integer, null],
  ['9007199254740993', integer, '9007199254740993'],
  ['1.5', float, 1.5],
  ['1e400', float, null],
  ['NaN', float, 'NaN'],
  ['Infinity', float, 'Infinity'],
  ['-inf', float, '-Infinity'],
  ['x', float, null],
  ['0.1', float, 0.1],
  ['true', boolean, true],
  ['FALSE', boolean, false],
  ['1', boolean, null],
  ['yes', boolean, null],
  ['x', varchar, 'x'],
  ['', varchar, ''],
  ['\ud800', varchar, null],
  ['2026-01-31', date, '2026-01-31'],
  ['2026-02-30', date, null],
  ['2024-02-29', date, '2024-02-29'],
  ['2026-02-29', date, null],
  ['1900-02-29', date, null],
  ['0001-01-01', date, '0001-01-01'],
  ['0000-01-01', date, null],
  ['9999-12-31', date, '9999-12-31'],
  ['10000-01-01', date, null],
  ['2026-1-1', date, null],
  ['2026-01-31T00:00:00', date, null],
  ['2026-01-31T12:00:00', timestamp, '2026-01-31T12:00:00.000000'],
  ['2026-01-31 12:00:00.5', timestamp, '2026-01-31T12:00:00.500000'],
  ['2026-01-31T12:00:00.123456Z', timestamp, '2026-01-31T12:00:00.123456'],
  ['2026-01-31T12:00:00+00:00', timestamp, '2026-01-31T12:00:00.000000'],
  ['2026-01-31T12:00:00+01:00', timestamp, null],
  ['2026-01-31T24:00:00', timestamp, null],
  ['2026-01-31T12:60:00', timestamp, null],
  ['2026-01-31T23:59:60', timestamp, null],
  ['1969-12-31T23:59:59.999999', timestamp, '1969-12-31T23:59:59.999999'],
  ['0001-01-01T00:00:00', timestamp, '0001-01-01T00:00:00.000000'],
  ['9999-12-31T23:59:59.999999', timestamp, '9999-12-31T23:59:59.999999'],
  ['1767700805123', timestamp, null],
  ['2026-01-31T12:00:00.', timestamp, null],
  ['yesterday', timestamp, null],
  ['2026-01-31T12:00:00+01:30', ltz, '2026-01-31T10:30:00.000000Z'],
  ['2026-01-31T12:00:00-0800', ltz, '2026-01-31T20:00:00.000000Z'],
  ['2026-01-31T12:00:00', ltz, '2026-01-31T12:00:00.000000Z'],
  ['0001-01-01T00:00:00+01:00', ltz, null],
];

test.for(cases)('%j', ([text, type, printed]) => {
  const parsed = parseText(text, type);
  expect('value' in parsed ? formatValue(parsed.value, type) : null, `${text} as ${typeName(type)}`).toBe(printed);
});

test('digits beyond the microsecond are cut, and that is said', () => {
  expect(parseText('2026-01-31T12:00:00.1234567', timestamp)).toEqual({ value: 1_769_860_800_123_456n, cut: true });
  expect(parseText('2026-01-31T12:00:00.1234560', timestamp)).toEqual({ value: 1_769_860_800_123_456n });
});

const json: readonly (readonly [value: JsonValue, type: SqlType, fits: boolean])[] = [
  [null, integer, true],
  [true, boolean, true],
  [true, integer, false],
  [{ kind: 'number', text: '1' }, integer, true],
  [{ kind: 'string', text: '1' }, integer, true],
  [{ kind: 'number', text: '1' }, varchar, false],
  [{ kind: 'number', text: '1' }, boolean, false],
  [{ kind: 'string', text: 'true' }, boolean, true],
  [{ kind: 'number', text: '20260131' }, date, false],
  [{ kind: 'other', value: [], exact: null }, varchar, false],
  [{ kind: 'string', text: 'NaN' }, float, true],
];

test.for(json)('JSON %j', ([value, type, fits]) => {
  expect('value' in parseJsonValue(value, type)).toBe(fits);
});

test('what is printed is read back', () => {
  fc.assert(
    fc.property(fc.bigInt(-(10n ** 38n) + 1n, 10n ** 38n - 1n), fc.integer({ min: 0, max: 37 }), (unscaled, scale) => {
      const type = number(38, scale);
      expect(parseText(String(formatValue(unscaled, type)), type)).toEqual({ value: unscaled });
    }),
  );
  fc.assert(
    fc.property(fc.bigInt(-62_135_596_800_000_000n, 253_402_300_799_999_999n), (instant) => {
      expect(parseText(String(formatValue(instant, timestamp)), timestamp)).toEqual({ value: instant });
    }),
  );
  fc.assert(
    fc.property(fc.integer({ min: -719_162, max: 2_932_896 }), (day) => {
      expect(parseText(String(formatValue(BigInt(day), date)), date)).toEqual({ value: BigInt(day) });
      expect(formatValue(BigInt(day), date)).toBe(new Date(day * 86_400_000).toISOString().slice(0, 10));
    }),
  );
});
