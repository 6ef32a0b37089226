/** Whether `npm run test:stack` runs this: then on the engines that it installs, otherwise on those that `npm ci` does. */
export const inStack = process.env['LOCKSTEP_STACK'] === 'yes';
