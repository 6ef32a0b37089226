/** Formats of dates and times, such as 'YYYY-MM-DD HH24:MI:SS', as their elements. */

export type ElementName =
  | 'YYYY'
  | 'YY'
  | 'MMMM'
  | 'MON'
  | 'MM'
  | 'DD'
  | 'DY'
  | 'HH24'
  | 'HH12'
  | 'HH'
  | 'AM'
  | 'MI'
  | 'SS'
  /** `FF`: as many digits as there are. */
  | 'FF'
  | 'FF1'
  | 'FF2'
  | 'FF3'
  | 'FF4'
  | 'FF5'
  | 'FF6';

export type Piece = { readonly text: string } | { readonly element: ElementName };

const piece = /YYYY|YY|MMMM|MON|MM|DD|DY|HH24|HH12|HH|AM|PM|MI|SS|FF[0-9]?|"[^"]*"|[-/:., _]|[A-Z]+|[^]/gi;
const elements: ReadonlySet<string> = new Set(
  'YYYY YY MMMM MON MM DD DY HH24 HH12 HH AM MI SS FF FF1 FF2 FF3 FF4 FF5 FF6'.split(' ') satisfies string[],
);
/** Parts of Snowflake's elements, and elements of other databases: a word like that is perhaps no plain word. */
const suspicious = /YY|MM|MON|DD|DY|HH|AM|PM|MI|SS|FF|TZ|UU|^(day|year|week|ww|iw|cc|ad|bc|rr|rm|th|sp|us|ms)$/i;

/** `words`: letters that are no element stand for themselves. Undefined: a format that is not known here. */
export function formatPieces(format: string, words: boolean): readonly Piece[] | undefined {
  const result: Piece[] = [];
  for (const found of format.match(piece) ?? []) {
    const upper = found.toUpperCase();
    const name = upper === 'PM' ? 'AM' : upper;
    if (elements.has(name)) result.push({ element: name as ElementName });
    else if (/^[-/:., _]$/.test(found)) result.push({ text: found });
    else if (/^"[A-Za-z0-9 ,.:/_-]*"$/.test(found)) result.push({ text: found.slice(1, -1) });
    else if (words && /^[A-Z]{2,}$/i.test(found) && !suspicious.test(found) && !afterElement(result)) result.push({ text: found });
    else return undefined;
  }
  return result;
}

/** MONTH is perhaps MON and TH. */
function afterElement(before: readonly Piece[]): boolean {
  const last = before.at(-1);
  return last !== undefined && 'element' in last;
}
