/**
 * A value with its type beside it.
 * NUMBER: the unscaled integer (12.50 as NUMBER(10,2) is 1250n). DATE: days since 1970-01-01.
 * TIMESTAMP: microseconds since 1970-01-01T00:00:00 UTC. TIME: microseconds since midnight. These four are bigint, always; FLOAT alone is number. VARCHAR: string.
 * BINARY: a string, its bytes as pairs of upper-case hexadecimal digits, which sort as the bytes do.
 * VARIANT: a string, the JSON text in its one canonical form (see functions/json.ts). ARRAY: its elements.
 */
export type Value = null | boolean | string | number | bigint | readonly Value[];
