/** A text as JSON writes it. Names and keywords, which are nearly all that is asked for, need no look at each letter. */
const plain = /^[\w $(),.:=<>+*/-]*$/;

export function jsonText(text: string): string {
  return plain.test(text) ? `"${text}"` : JSON.stringify(text);
}
