/** The setup of a case does what the loader cannot do. */
export class NotSupported extends Error {}

/** The setup of a case changes what its SQL means, to something that no feature can ask for. */
export class MeaningChanged extends Error {}
