/** What an element of a format prints on ClickHouse. */
import { binary, call, caseWhen, type Sql, str, token } from '../sql/tree.ts';
import type { SqlType } from '../sql-type.ts';
import { monthNames } from './auto-time.ts';
import { dayOf, floorDiv, micros, signed } from './clickhouse-sql.ts';
import { NotOnEngine } from './engine-sql.ts';

const padded = (n: Sql, width: number): Sql => call('leftPad', call('toString', n), token(width), str('0'));

const months = monthNames.map((name) => name.slice(0, 1).toUpperCase() + name.slice(1));
/** As they are printed, the week from Monday on. */
export const weekdays = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const oneOf = (names: readonly string[], place: Sql): Sql => call('arrayElement', call('array', ...names.map(str)), place);

export function clickhouseElement(element: string, x: Sql, type: SqlType): Sql {
  const day = dayOf(x, type);
  const clock = (length: bigint, most: bigint): Sql => call('positiveModulo', floorDiv(micros(x, type), length), signed(most));
  const fraction = /^FF([1-6])$/.exec(element)?.[1];
  if (fraction !== undefined) return call('substring', padded(clock(1n, 1_000_000n), 6), token(1), token(fraction));
  switch (element) {
    case 'YYYY':
      return padded(call('toYear', day), 4);
    case 'YY':
      return padded(binary(call('toYear', day), '%', token(100)), 2);
    case 'MM':
      return padded(call('toMonth', day), 2);
    case 'MMMM':
      return oneOf(months, call('toMonth', day));
    case 'MON':
      return oneOf(
        months.map((name) => name.slice(0, 3)),
        call('toMonth', day),
      );
    case 'DY':
      return oneOf(weekdays, call('toDayOfWeek', day));
    case 'DD':
      return padded(call('toDayOfMonth', day), 2);
    case 'HH24':
      return padded(clock(3_600_000_000n, 24n), 2);
    case 'HH12': {
      const hour = clock(3_600_000_000n, 12n);
      return padded(caseWhen([{ when: binary(hour, '=', token(0)), then: signed(12) }], hour), 2);
    }
    case 'AM':
      return caseWhen([{ when: binary(clock(3_600_000_000n, 24n), '<', token(12)), then: str('AM') }], str('PM'));
    case 'MI':
      return padded(clock(60_000_000n, 60n), 2);
    case 'SS':
      return padded(clock(1_000_000n, 60n), 2);
    default:
      throw new NotOnEngine(`the format element ${element}`, 'clickhouse');
  }
}
