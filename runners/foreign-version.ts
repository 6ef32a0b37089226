/** What stands for a version where Lockstep did not compile what answered: which bytes it was. */
const mark = 'foreign:';

export const foreignVersion = (sha256: string): string => `${mark}${sha256.slice(0, 12)}`;
export const isForeignVersion = (version: string): boolean => version.startsWith(mark);
