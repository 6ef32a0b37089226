/** A file's text as messages may show it: somebody may have written a password into it, rightly or wrongly spelt. */

const secretKey = /^(.*?[\w-]*(?:pas|pwd|token|secret|key|phrase|credential)[\w-]*["']?\s*:)(.*)$/i;

/** As long as before, so that places stay: what stands behind a key that sounds like a secret, and deeper below it, is stars. */
export function hideSecrets(text: string): string {
  let below = Number.POSITIVE_INFINITY;
  return text
    .split('\n')
    .map((line) => {
      const depth = /^\s*/.exec(line)?.[0].length ?? 0;
      if (depth > below || (line.trim() === '' && below < Number.POSITIVE_INFINITY)) return stars(line);
      const [, before, behind] = secretKey.exec(line) ?? [];
      below = before === undefined ? Number.POSITIVE_INFINITY : depth;
      return before === undefined ? line : before + stars(behind ?? '');
    })
    .join('\n');
}

const stars = (text: string): string => text.replace(/\S/g, '*');
