/** Snowflake's types, as far as features use them. Lockstep owns types: no engine infers one. */

export type SqlType =
  | { readonly kind: 'number'; readonly precision: number; readonly scale: number }
  | { readonly kind: 'float' }
  | { readonly kind: 'boolean' }
  | { readonly kind: 'varchar' }
  /** Bytes. */
  | { readonly kind: 'binary' }
  | { readonly kind: 'date' }
  /** A time of day, to the microsecond. */
  | { readonly kind: 'time' }
  /** `ntz` is wall-clock time, UTC by contract; `ltz` an instant. Both have microseconds. */
  | { readonly kind: 'timestamp'; readonly zone: 'ntz' | 'ltz' }
  /** A JSON value: a path leads into it, a cast out of it. */
  | { readonly kind: 'variant' }
  | { readonly kind: 'array'; readonly of: SqlType }
  /** A VARIANT that is an element of an array whose type is known. */
  | { readonly kind: 'element'; readonly of: SqlType }
  /** The type of a bare NULL. */
  | { readonly kind: 'null' };

export const integer: SqlType = { kind: 'number', precision: 38, scale: 0 };
export const float: SqlType = { kind: 'float' };
export const boolean: SqlType = { kind: 'boolean' };
export const varchar: SqlType = { kind: 'varchar' };
export const bytes: SqlType = { kind: 'binary' };
export const date: SqlType = { kind: 'date' };
export const timeOfDay: SqlType = { kind: 'time' };
export const timestamp: SqlType = { kind: 'timestamp', zone: 'ntz' };
export const variant: SqlType = { kind: 'variant' };
export const nullType: SqlType = { kind: 'null' };

export function number(precision: number, scale = 0): SqlType {
  return { kind: 'number', precision: Math.min(38, precision), scale };
}

/** As Snowflake writes it: NUMBER(10,2), TIMESTAMP_NTZ. */
export function typeName(type: SqlType): string {
  switch (type.kind) {
    case 'number':
      return `NUMBER(${type.precision},${type.scale})`;
    case 'timestamp':
      return `TIMESTAMP_${type.zone.toUpperCase()}`;
    case 'array':
      return `ARRAY(${typeName(type.of)})`;
    case 'element':
      return `VARIANT(${typeName(type.of)})`;
    default:
      return type.kind.toUpperCase();
  }
}

/** Values that `=`, GROUP BY and ORDER BY do not take: engines compare them by rules of their own, or not at all. */
export function isSemiStructured(type: SqlType): boolean {
  return type.kind === 'variant' || type.kind === 'array' || type.kind === 'element';
}

export function sameType(a: SqlType, b: SqlType): boolean {
  return typeName(a) === typeName(b);
}

/**
 * The type that values of both types can be brought to without loss, by Snowflake's rules for numbers;
 * undefined where only an explicit cast may join them.
 */
export function commonType(a: SqlType, b: SqlType): SqlType | undefined {
  if (a.kind === 'null') return b;
  if (b.kind === 'null') return a;
  if (a.kind === 'number' && b.kind === 'number') {
    const scale = Math.max(a.scale, b.scale);
    return number(Math.max(a.precision - a.scale, b.precision - b.scale) + scale, scale);
  }
  if ((a.kind === 'float' && b.kind === 'number') || (a.kind === 'number' && b.kind === 'float')) return float;
  if (a.kind === 'timestamp' && b.kind === 'timestamp') return a.zone === b.zone ? a : undefined;
  if (a.kind === 'timestamp' && b.kind === 'date' && a.zone === 'ntz') return a;
  if (a.kind === 'date' && b.kind === 'timestamp' && b.zone === 'ntz') return b;
  if (isSemiStructured(a) || isSemiStructured(b)) return sameType(a, b) ? a : undefined;
  return a.kind === b.kind ? a : undefined;
}
