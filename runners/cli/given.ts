/** Options that must be given, or that only mean something beside another one. */
import { UsageError } from '../usage-error.ts';

/** Commander would ask for these before a command has looked at anything else. */
export function required(option: string, value: string | undefined): string {
  if (value === undefined) throw new UsageError(`required option '${option}' not specified`, 'run with --help for the options');
  return value;
}

/** Refuses what would be ignored. */
export function onlyWith(option: string, value: string | undefined, condition: string, holds: boolean): void {
  if (value !== undefined && !holds) throw new UsageError(`${option} is for ${condition}`);
}

export function rowCount(option: string, value: string): number {
  if (!/^[1-9]\d{0,8}$/.test(value)) throw new UsageError(`${option} ${value} is no number of rows: 1, 2, 3, …`);
  return Number(value);
}
