/** Families of features: Handlebars, strict and unescaped, with typed helpers. */
export { expandTemplate } from './expand.ts';
export { parseTemplate, type Snippets } from './parse.ts';
