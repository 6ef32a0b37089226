/** The setup of a case does what the loader cannot do. */
export class NotSupported extends Error {}
