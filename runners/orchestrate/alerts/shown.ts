/** Names that others wrote, as a message shows them: on one line, of a bounded length, and lists that end before they are too long. Pure. */

/** What would break a line, or turn it round. */
const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}]+/gu;

/** `most`: UTF-16 units, as the documented limits of channels count. */
export function oneLine(text: string, most: number): string {
  // Whatever is far behind the cut need not be looked at.
  const line = text
    .slice(0, most * 4)
    .replaceAll(unseen, ' ')
    .trim();
  if (line.length <= most && text.length <= most * 4) return line;
  // Not through the middle of a letter.
  return `${line.slice(0, most - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}

/** As many as have room, and how many have not. */
export function fitting(lines: readonly string[], limits: { readonly lines: number; readonly characters: number }): readonly string[] {
  const more = (n: number): string => `… and ${n} more`;
  const room = limits.characters - more(lines.length).length - 1;
  let used = 0;
  const shown = lines.slice(0, limits.lines).filter((line) => {
    used += line.length + 1;
    return used <= room;
  });
  return shown.length === lines.length ? shown : [...shown, more(lines.length - shown.length)];
}
