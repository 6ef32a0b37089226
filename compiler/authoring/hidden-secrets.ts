/** A file's text as messages may show it: somebody may have written a password into it, rightly or wrongly spelt. */

const secretKey = /(?:pas|pwd|token|secret|key|phrase|credential|alert|slack|hook|smtp|url)[\w-]{0,100}["']?\s{0,100}:/i;

/** As long as before, so that places stay: what stands behind a key that sounds like a secret, and deeper below it, is stars. */
export function hideSecrets(text: string): string {
  let below = Number.POSITIVE_INFINITY;
  return text
    .split('\n')
    .map((line) => {
      const depth = /^\s*/.exec(line)?.[0].length ?? 0;
      if (depth > below || (line.trim() === '' && below < Number.POSITIVE_INFINITY)) return stars(line);
      const found = secretKey.exec(line);
      below = found === null ? Number.POSITIVE_INFINITY : depth;
      const end = found === null ? line.length : found.index + found[0].length;
      return line.slice(0, end) + stars(line.slice(end));
    })
    .join('\n');
}

const stars = (text: string): string => text.replace(/\S/g, '*');
