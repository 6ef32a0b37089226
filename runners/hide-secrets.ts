/** Stars in the place of what no output may hold, in whatever form it comes back. */

/** As it is, in JSON, in an address, as the account's host writes it, and without the quotes of a name. In letters of either kind. */
export function hider(secrets: readonly string[]): (text: string) => string {
  const forms = secrets.flatMap((secret) => [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
    secret.replaceAll('_', '-'),
    secret.replace(/^"(.+)"$/, '$1'),
  ]);
  // The longest first: a shorter one may be a part of it.
  const sorted = [...new Set(forms)].filter((form) => form !== '').sort((a, b) => b.length - a.length);
  if (sorted.length === 0) return (text) => text;
  const any = new RegExp(
    sorted.map((form) => form.replaceAll(/[^\w]/g, (letter) => `\\u{${letter.codePointAt(0)?.toString(16)}}`)).join('|'),
    'giu',
  );
  return (text) => text.replace(any, '***');
}

/** Of one or two letters nothing would be told, and every message would have gaps. */
export const tellTale = (values: readonly string[]): readonly string[] => values.filter(({ length }) => length > 2);
