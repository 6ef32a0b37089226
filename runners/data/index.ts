/** Reading events and spines with their declared types, and printing values. */
export { DataError, type DataPlace } from './data-error.ts';
export { type Events, readEvents, type SourceRows } from './events.ts';
export { formatDecimal, formatTimestamp, formatValue } from './format-value.ts';
export { type JsonValue, type ParsedValue, parseJsonValue, parseText } from './parse-value.ts';
export { readSpine, type SpineRow } from './spine.ts';
