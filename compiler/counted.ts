/** A count in a message, with the form of the word that goes with it: 1 point, 2 points; 1 differs, 2 differ. */
export function counted(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`;
}
