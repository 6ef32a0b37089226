/** Whether `npm run test:stack` runs this: then on the engines that it installs, otherwise on those that `npm ci` does. */
export const inStack = process.env['LOCKSTEP_STACK'] === 'yes';

/** Names of parts that could not be installed: their tests are skipped. */
export const missingParts: readonly string[] = (process.env['LOCKSTEP_STACK_MISSING'] ?? '').split(',');
