/** The first instant that a TIMESTAMP has, microseconds: complete since then is complete. */
export const beginning = -62_135_596_800_000_000n;
