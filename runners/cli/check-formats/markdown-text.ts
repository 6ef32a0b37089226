/** Texts of users within Markdown: shown as they are, and nothing else. */

const longest = 2000;

/** What Markdown, HTML or GitHub (mentions, references, emoji, mathematics) would read is written by its number. */
function literal(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replace(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069]|\p{Surrogate}/gu, '\ufffd')
    .replace(/[&<>|`*[\]\\#@~$]|:(?=[\w/])|(?<!\w)_|_(?!\w)|^[-.+]/gu, (c) => `&#${c.charCodeAt(0)};`)
    .replaceAll('www.', 'www&#46;');
}

const shortened = (text: string): string => (text.length <= longest ? text : `${text.slice(0, longest)}…`);

export const code = (text: string): string => (text === '' ? '' : `<code>${literal(shortened(text))}</code>`);

/** What stands between backticks is code, as in our messages. */
export function inline(text: string): string {
  return shortened(text)
    .split('`')
    .map((part, i, parts) => (i % 2 === 0 || i === parts.length - 1 ? literal(i % 2 === 0 ? part : `\`${part}`) : code(part)))
    .join('');
}
