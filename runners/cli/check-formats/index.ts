/** The formats of a check: one file and one line each. */
import type { CheckResult } from '../../check/result.ts';
import { checkJson } from './json.ts';
import { checkText } from './text.ts';

export type CheckFormat = (result: CheckResult) => string;

export const checkFormats: Readonly<Record<string, CheckFormat>> = {
  text: checkText,
  json: checkJson,
};
