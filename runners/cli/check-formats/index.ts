/** The formats of a check: one file and one line each. */
import type { CheckResult } from '../../check/result.ts';
import { checkGithub } from './github.ts';
import { checkJson } from './json.ts';
import { checkJunit } from './junit.ts';
import { checkMarkdown } from './markdown.ts';
import { checkSarif } from './sarif.ts';
import { checkText } from './text.ts';

export const checkFormats: Readonly<Record<string, (result: CheckResult) => string>> = {
  text: checkText,
  json: checkJson,
  sarif: checkSarif,
  junit: checkJunit,
  github: checkGithub,
  markdown: checkMarkdown,
};
