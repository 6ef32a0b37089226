/** One file that needs nothing else: style, code and data within it, and a policy that lets nothing else in. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { CatalogData } from './catalog/model.ts';
import type { ReportData } from './model.ts';

interface Page {
  readonly title: string;
  /** In the order in which they need each other. */
  readonly scripts: readonly string[];
  /** The last says what is different on a phone and on paper. */
  readonly styles: readonly string[];
}

const report: Page = {
  title: 'Parity report',
  scripts: [
    'dom.js',
    'marks.js',
    'tables.js',
    'nights.js',
    'freshness.js',
    'timeline.js',
    'differences.js',
    'incidents.js',
    'feature.js',
    'list.js',
    'faults.js',
    'not-compared.js',
    'main.js',
  ],
  styles: ['style.css', 'pictures.css', 'screens.css'],
};

const catalog: Page = {
  title: 'Feature catalogue',
  scripts: ['dom.js', 'marks.js', 'catalog-groups.js', 'catalog-facts.js', 'catalog-feature.js', 'catalog.js'],
  styles: ['style.css', 'catalog.css', 'screens.css'],
};

const part = (name: string): Promise<string> => readFile(new URL(`./page/${name}`, import.meta.url), 'utf8');

/** The modules of the page as one script, for it has no loader: each in a scope of its own, and what it exports around it. */
export function joined(modules: readonly string[]): string {
  const scopes = modules.map((text) => {
    const exported = [...text.matchAll(/^export (?:function|const) (\w+)/gm)].map(([, name]) => name);
    const bare = text.replaceAll(/^import [^;]*;\n/gm, '').replaceAll(/^export /gm, '');
    return `const { ${exported.join(', ')} } = (() => {\n${bare}return { ${exported.join(', ')} };\n})();\n`;
  });
  return `(() => {\n'use strict';\n${scopes.join('\n')}})();\n`;
}

/** Safe between script tags, whatever is in it. */
export function dataText(data: ReportData | CatalogData): string {
  return JSON.stringify(data).replaceAll(/[<>&\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

const digest = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

export const reportHtml = (data: ReportData): Promise<string> => pageHtml(report, data);
export const catalogHtml = (data: CatalogData): Promise<string> => pageHtml(catalog, data);

async function pageHtml({ title, scripts, styles }: Page, data: ReportData | CatalogData): Promise<string> {
  const script = joined(await Promise.all(scripts.map(part)));
  const style = (await Promise.all(styles.map(part))).join('');
  const policy = `default-src 'none'; script-src ${digest(script)}; style-src ${digest(style)}; base-uri 'none'; form-action 'none'`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<style>${style}</style>
</head>
<body>
<noscript>This page draws itself with JavaScript, from the data that it carries.</noscript>
<script type="application/json" id="data">${dataText(data)}</script>
<script>${script}</script>
</body>
</html>
`;
}
