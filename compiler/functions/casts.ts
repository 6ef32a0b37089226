/** Which types can be cast to which, and what may go wrong. The SQL is in cast-sql.ts, the meaning in cast-values.ts. */
import { type SqlType, sameType, typeName } from '../sql-type.ts';
import { refuse } from './arguments.ts';
import { castValue } from './cast-values.ts';
import type { Arg, Refusal, Signature } from './define.ts';
import { epochValue } from './epoch-text.ts';
import { EvaluationError } from './evaluation-error.ts';

export { castSql, sinceEpoch } from './cast-sql.ts';
export { castValue } from './cast-values.ts';

export interface CastOutcome {
  /** NULL for some value that is not NULL. */
  readonly nullable: boolean;
  readonly mayRaise?: NonNullable<Signature['mayRaise']>;
}

const safe: CastOutcome = { nullable: false };

export function resolveCast(from: SqlType, to: SqlType, try_: boolean, literal?: Arg['literal']): CastOutcome | Refusal {
  if (to.kind === 'null') return refuse('type-mismatch', 'NULL is no type to cast to');
  if (from.kind === 'null') return { nullable: true };
  if (from.kind === 'variant' || from.kind === 'element') return fromVariant(from, to, try_);
  if (to.kind === 'element' && from.kind === 'binary')
    return refuse('type-mismatch', 'a BINARY in a VARIANT is not supported', 'write HEX_ENCODE(x)');
  if (to.kind === 'element') return sameType(from, to.of) ? safe : refuse('type-mismatch', `${typeName(from)} is no ${typeName(to)}`);
  if (try_ && from.kind !== 'varchar') return refuse('type-mismatch', `TRY_CAST takes text, not ${typeName(from)}`, 'write CAST');
  if (sameType(from, to)) return safe;
  if (from.kind === 'varchar') return fromText(to, try_, literal);
  if (to.kind === 'varchar') return toText(from);
  switch (`${from.kind} ${to.kind}`) {
    case 'number number':
    case 'number float':
    case 'number boolean':
    case 'boolean number':
    case 'timestamp time':
      return from.kind === 'timestamp' && from.zone === 'ltz' ? zoned(from, to) : safe;
    case 'number timestamp':
      return secondsSince1970(from, to);
    case 'date timestamp':
      return to.kind === 'timestamp' && to.zone === 'ltz' ? zoned(from, to) : safe;
    case 'timestamp date':
      return from.kind === 'timestamp' && from.zone === 'ltz' ? zoned(from, to) : safe;
    case 'timestamp timestamp':
      return zoned(from, to);
    case 'float number':
      return floatToNumber(to);
    default:
      return refuse('type-mismatch', `${typeName(from)} cannot be cast to ${typeName(to)}`);
  }
}

/** Its text always; anything else may not be what is there. */
function fromVariant(from: Extract<SqlType, { kind: 'variant' | 'element' }>, to: SqlType, try_: boolean): CastOutcome | Refusal {
  const byText = `TRY_CAST(x::VARCHAR AS ${typeName(to)})`;
  if (try_)
    return refuse('type-mismatch', `TRY_CAST takes text, not ${typeName(from)}`, `write ${to.kind === 'varchar' ? 'CAST' : byText}`);
  if (sameType(from, to)) return safe;
  if (to.kind === 'binary') return refuse('type-mismatch', 'a VARIANT holds no bytes', "TRY_TO_BINARY(x::VARCHAR, 'HEX')");
  if (to.kind === 'array' || to.kind === 'element')
    return refuse(
      'type-mismatch',
      `${typeName(from)} cannot be cast to ${typeName(to)}`,
      'LATERAL FLATTEN(input => x) gives elements as rows',
    );
  if (from.kind === 'variant')
    return to.kind === 'varchar'
      ? { nullable: true }
      : { nullable: true, mayRaise: { reason: `a VARIANT that is no ${typeName(to)} raises an error`, hint: `write ${byText}` } };
  if (to.kind === 'variant') return refuse('type-mismatch', `${typeName(from)} is a VARIANT already`);
  if (to.kind === 'varchar' && from.of.kind === 'number' && from.of.scale > 0)
    return refuse('type-mismatch', 'the text of a NUMBER in an array is not settled', 'make it a text before it is in the array');
  return resolveCast(from.of, to, false);
}

function zoned(from: SqlType, to: SqlType): Refusal {
  return refuse(
    'type-mismatch',
    `a cast from ${typeName(from)} to ${typeName(to)} depends on the session time zone`,
    'declare the column as TIMESTAMP_NTZ, in UTC',
  );
}

function secondsSince1970(from: SqlType, to: SqlType): CastOutcome | Refusal {
  if (to.kind === 'timestamp' && to.zone === 'ltz') return zoned(from, to);
  if (from.kind === 'number' && from.scale > 6)
    return refuse('type-mismatch', `a timestamp has no ${from.scale} digits of a second`, 'ROUND(x, 6) has as many as engines keep');
  return safe;
}

function floatToNumber(to: SqlType): CastOutcome | Refusal {
  if (to.kind !== 'number') return safe;
  if (to.scale > 6)
    return refuse(
      'type-mismatch',
      `a FLOAT has no ${to.scale} exact decimals: engines differ in the last ones`,
      'cast to a NUMBER with at most 6 decimals',
    );
  if (to.precision === 38) return safe;
  return { nullable: false, mayRaise: { reason: `a large FLOAT does not fit ${typeName(to)}`, hint: `cast to NUMBER(38, ${to.scale})` } };
}

function toText(from: SqlType): CastOutcome | Refusal {
  switch (from.kind) {
    case 'number':
    case 'boolean':
    case 'date':
    case 'binary':
      return safe;
    case 'float':
      return refuse(
        'type-mismatch',
        'the text of a FLOAT differs between engines',
        'convert it to a NUMBER first: CAST(x AS NUMBER(38, 6))',
      );
    case 'time':
      return refuse('type-mismatch', 'the text of a TIME depends on the session');
    default:
      return refuse(
        'type-mismatch',
        'the text of a timestamp depends on the session',
        "state the format: TO_CHAR(x, 'YYYY-MM-DD HH24:MI:SS')",
      );
  }
}

function fromText(to: SqlType, try_: boolean, literal: Arg['literal']): CastOutcome | Refusal {
  if (to.kind === 'timestamp' && to.zone === 'ltz')
    return refuse('type-mismatch', 'text without a zone as TIMESTAMP_LTZ depends on the session time zone', 'cast to TIMESTAMP_NTZ');
  if (typeof literal === 'string') return fromLiteral(literal, to, try_);
  if (try_) return { nullable: true };
  return {
    nullable: false,
    mayRaise: { reason: `text that is no ${typeName(to)} raises an error`, hint: `write TRY_CAST(x AS ${typeName(to)})` },
  };
}

const isTime = (type: SqlType): boolean => type.kind === 'date' || type.kind === 'timestamp' || type.kind === 'time';

const isoForm: Readonly<Record<string, string>> = {
  date: "'2026-01-31'",
  timestamp: "'2026-01-31 12:00:00'",
  time: "'12:00:00'",
};

function fromLiteral(literal: string, to: SqlType, try_: boolean): CastOutcome | Refusal {
  if (epochValue(literal, to) !== undefined)
    return refuse('type-mismatch', `'${literal}' is no ${typeName(to)}`, `write it in ISO form: ${isoForm[to.kind]}`);
  try {
    castValue(literal, { kind: 'varchar' }, to, false);
    return safe;
  } catch (error) {
    if (!(error instanceof EvaluationError)) throw error;
    // Snowflake guesses at many formats of dates, which TRY_CAST of a constant would show as NULL here.
    if (try_ && !isTime(to)) return { nullable: true };
    const hint = isTime(to) ? `write it in ISO form: ${isoForm[to.kind]}` : undefined;
    return refuse('type-mismatch', `'${literal}' is no ${typeName(to)}`, hint);
  }
}
