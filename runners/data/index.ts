/** Reading events and spines with their declared types, and printing values. */
export { DataError } from './data-error.ts';
export { readEvents } from './events.ts';
export { formatValue } from './format-value.ts';
export { type JsonValue, parseJsonValue, parseText } from './parse-value.ts';
export { readSpine } from './spine.ts';
