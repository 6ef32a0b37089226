/** Elements, made of names, attributes and texts: what a text says is never read as markup. */

/** @typedef {string | number | boolean | null | undefined | (() => void)} Attribute */
/** @typedef {Node | string | null | readonly (Node | string | null)[]} Child */

/**
 * @template {Element} T
 * @param {T} element
 * @param {Readonly<Record<string, Attribute>>} attributes
 * @param {readonly Child[]} children
 * @returns {T}
 */
function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === 'function') element.addEventListener(name, value);
    else element.setAttribute(name, value === true ? '' : String(value));
  }
  for (const child of children.flat()) if (child !== null) element.append(child);
  return element;
}

const instants = /(\d{4}-\d\d-\d\d \d\d:\d\d(?::\d\d(?:\.\d+)?)?)/;

/**
 * Instants in a text are not broken at the end of a line.
 * @param {Node | string | null} child
 * @returns {readonly (Node | string | null)[]}
 */
function whole(child) {
  if (typeof child !== 'string' || !instants.test(child)) return [child];
  return child.split(instants).map((part, i) => {
    if (i % 2 === 0) return part;
    const span = document.createElement('span');
    span.className = 'instant';
    span.textContent = part;
    return span;
  });
}

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} name
 * @param {Readonly<Record<string, Attribute>>} [attributes]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function html(name, attributes = {}, ...children) {
  return filled(document.createElement(name), attributes, children.flat().flatMap(whole));
}

/**
 * @template {keyof SVGElementTagNameMap} K
 * @param {K} name
 * @param {Readonly<Record<string, Attribute>>} [attributes]
 * @param {...Child} children
 * @returns {SVGElementTagNameMap[K]}
 */
export function svg(name, attributes = {}, ...children) {
  return filled(document.createElementNS('http://www.w3.org/2000/svg', name), attributes, children);
}

let pictures = 0;

/**
 * A picture that says in words what it shows.
 * @param {{ width: number, height: number, title: string, description: string, class?: string }} about
 * @param {...Child} children
 */
export function picture({ width, height, title, description, class: kind = '' }, ...children) {
  pictures += 1;
  const [titleId, descriptionId] = [`picture-${pictures}-title`, `picture-${pictures}-text`];
  return svg(
    'svg',
    {
      viewBox: `0 0 ${width} ${height}`,
      width,
      height,
      role: 'img',
      class: kind,
      'aria-labelledby': titleId,
      'aria-describedby': descriptionId,
    },
    svg('title', { id: titleId }, title),
    svg('desc', { id: descriptionId }, description),
    ...children,
  );
}

/** @param {number} n */
export const number = (n) => n.toLocaleString('en-US');

/**
 * `2026-01-31T01:30:00.000000` as people read it; digits that say nothing are left out.
 * @param {string} text
 */
export const instant = (text) => text.replace('T', ' ').replace(/\.?0+$/, (zeros) => (zeros.startsWith('.') ? '' : zeros));

/**
 * The same with all six digits, where the last ones may be what differs.
 * @param {string} text
 */
export const exact = (text) => (/^\d{4}-\d\d-\d\dT/.test(text) ? text.replace('T', ' ') : text);

/**
 * Microseconds since 1970.
 * @param {string} text
 */
export function micros(text) {
  const [whole = '', fraction = ''] = text.split('.');
  return Date.parse(`${whole}Z`) * 1000 + Number(fraction.padEnd(6, '0').slice(0, 6));
}

/** @type {readonly (readonly [number, string])[]} */
const units = [
  [86_400e6, 'd'],
  [3600e6, 'h'],
  [60e6, 'min'],
  [1e6, 's'],
  [1e3, 'ms'],
  [1, 'µs'],
];

/**
 * The two greatest units of a span.
 * @param {number} microseconds
 */
export function span(microseconds) {
  let rest = Math.abs(microseconds);
  /** @type {string[]} */
  const parts = [];
  for (const [size, unit] of units) {
    const whole = Math.floor(rest / size);
    if (whole > 0 && parts.length < 2) parts.push(`${whole} ${unit}`);
    else if (parts.length > 0) break;
    rest -= whole * size;
  }
  return parts.join(' ') || 'at once';
}
