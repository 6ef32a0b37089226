/** The report page in a real browser: what it shows, by keyboard, on a phone, in the dark, with 500 features. Pictures go to `.stack/report/`. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadProject } from '../../runners/cli/load.ts';
import { stackFolder } from '../../runners/engines/clickhouse.ts';
import type { ReportedRun } from '../../runners/history/run.ts';
import { type ReportedProject, reportData } from '../../runners/report/build.ts';
import { reportHtml } from '../../runners/report/html.ts';
import { coarse, difference } from '../report/coarse-chats.ts';
import { featureReport, hostile, reportedRun } from '../report/runs.ts';
import { lockstep } from '../support/cli.ts';
import { openPage, type Page, type Screen } from './chromium.ts';
import { missingParts } from './in-stack.ts';

const root = join(import.meta.dirname, '../..');
const pictures = join(stackFolder, 'report');
const desktop: Screen = { width: 1280, height: 900 };
const phone: Screen = { width: 360, height: 780, phone: true };
const written = { at: '2026-03-14T06:00:00.000000', lockstep: '0.1.0' };

describe.skipIf(missingParts.includes('chromium'))('the report page', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-report-'));
  let project: ReportedProject;
  let market = '';
  let many = '';
  let night = '';

  beforeAll(async () => {
    mkdirSync(pictures, { recursive: true });
    const { authored, compiled, files } = await loadProject(root);
    project = {
      name: 'marketplace',
      catalog: authored.catalog,
      features: compiled.features,
      files: compiled.files,
      authored: new Map(files.map((f) => [f.path, f.text])),
    };
    const real = await realRun(folder);
    market = await page('market', earlierNights(real), project);
    const chats = ['stream_chat_activity', 'stream_hotness'].map((name) => coarse(name));
    const last = { ...difference, column: 'last_action_at', batch: '2026-03-01T20:23:49.080000', stream: '2026-03-01T20:23:49.000000' };
    const differences = [difference, { ...last, witness: null }];
    const violated = coarse('user_engagement', { verdict: 'VIOLATED', upperBound: 0.5, mismatches: 901, differences });
    const clean = featureReport('listing_price', { verdict: 'PROVEN', differences: [], incidents: [], causes: {} });
    night = await page('night', [reportedRun('a', '2026-03-02T01:30:00.000000', [clean, ...chats, violated])], project);
    many = await page('many', ...manyFeatures(real, project));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  async function page(name: string, runs: readonly ReportedRun[], of: ReportedProject): Promise<string> {
    const file = join(folder, `${name}.html`);
    writeFileSync(file, await reportHtml(reportData(runs, of, written)));
    return pathToFileURL(file).href;
  }

  async function within<T>(screen: Screen, url: string, use: (page: Page) => Promise<T>): Promise<T> {
    const opened = await openPage(screen);
    try {
      await opened.open(url);
      const result = await use(opened);
      // The policy lets nothing out, and what it forbids is said on the console.
      expect(opened.said).toEqual([]);
      expect(opened.asked).toEqual([url]);
      return result;
    } finally {
      await opened.close();
    }
  }
  const text = (of: Page, selector: string): Promise<string> =>
    of.value(`document.querySelector(${JSON.stringify(selector)})?.innerText ?? ''`);
  const settled = (of: Page): Promise<void> => of.value('new Promise((r) => setTimeout(r, 150))');
  const go = async (of: Page, name: string): Promise<void> => {
    await of.value(`void (location.hash = ${JSON.stringify(name === '' ? '' : `#/${encodeURIComponent(name)}`)})`);
    await settled(of);
  };
  const names = (of: Page): Promise<readonly string[]> => of.value(`[...document.querySelectorAll('.list b')].map((b) => b.innerText)`);

  test('the worst stands first; words and verdicts narrow the list, and are counted aloud', () =>
    within(desktop, market, async (p) => {
      await settled(p);
      const all = await names(p);
      expect(all).toHaveLength(5);
      expect(await text(p, '.list li:first-child')).toContain('VIOLATED');
      expect(await text(p, '.list li:last-child')).toContain('PROVEN');
      expect(await text(p, '[role=status]')).toBe('5 features, the worst first');
      await p.press('/');
      await settled(p);
      await p.type('lost seller');
      await settled(p);
      expect(await names(p)).toEqual(['seller_gmv']);
      expect(await text(p, '[role=status]')).toBe('1 of 5 features');
      await p.press('Escape');
      await p.value(`[...document.querySelectorAll('.filter')].find((b) => b.innerText.includes('PROVEN')).click()`);
      await settled(p);
      for (const name of await names(p)) expect(all.indexOf(name)).toBeGreaterThan(0);
    }));

  test('what is proven and differs beside the sample is marked, counted apart, and found', () =>
    within(desktop, night, async (p) => {
      await settled(p);
      expect(await names(p)).toEqual(['user_engagement', 'stream_chat_activity', 'stream_hotness', 'listing_price']);
      expect(await text(p, '.list li:nth-child(2)')).toMatch(/PROVEN\s+not everywhere/);
      expect(await text(p, '.list li:nth-child(4)')).not.toContain('not everywhere');
      expect(await text(p, '.list li:nth-child(2) .counts')).toMatch(/timestamp_precision\s+late 1$/);
      expect(await text(p, '.list li:nth-child(2) .tag.open')).toBe('timestamp_precision');
      expect(await p.value(`document.querySelector('.list .tag.open').title`)).toMatch(/^Data: the stream has times cut/);
      expect(await text(p, '.filters')).toMatch(/3\s+PROVEN\s+2\s+of them with differences beside the sample/);
      await p.value(`document.querySelector('.filter:last-child').click()`);
      await settled(p);
      expect(await names(p)).toEqual(['stream_chat_activity', 'stream_hotness']);
      await go(p, 'stream_hotness');
      expect(await text(p, '.answer + .but')).toContain('But not everywhere: beside the sample 5 points differ');
    }));

  test('a fault of several features is one box above the list: what, since when, whose', () =>
    within(desktop, night, async (p) => {
      await settled(p);
      expect(await p.value(`document.querySelectorAll('.fault').length`)).toBe(1);
      const box = await text(p, '.fault');
      expect(box).toContain('timestamp_precision in chats: 3 features of 2 owners');
      expect(box).toContain('115 of 714 rows of chats have a coarser time in the stream (sent_at). They arrived 2026-03-01 19:08:17');
      expect(box).toMatch(/Features\s+stream_chat_activity, stream_hotness, user_engagement\s+Owners\s+feed-ranking, growth\s+Consumers/);
      expect(box).toContain('The first was asked at 2026-03-01 19:46:05.916001, the last at 2026-03-01 21:03:00.000001.');
      await p.value(`document.querySelector('.fault a').click()`);
      await settled(p);
      expect(await text(p, 'article h2')).toBe('stream_chat_activity');
    }));

  test('a feature says right under its verdict what the rows are, and what was asked when', () =>
    within(desktop, night, async (p) => {
      await go(p, 'stream_hotness');
      const shown = await text(p, 'article');
      const places = [
        'PROVEN',
        'But not everywhere',
        '115 of 714 rows of chats have a coarser time',
        'timestamp_precision: Data: the stream has times cut to a coarser unit',
        'the definition is not the reason',
        'First and last are instants that were asked',
        'Lateness explains 1 point, in one stretch',
        'Not compared',
      ].map((part) => shown.indexOf(part));
      expect(places).not.toContain(-1);
      expect(places).toEqual([...places].sort((a, b) => a - b));
      expect(await p.value(`document.querySelectorAll('.incidents > .scroll tbody tr').length`)).toBe(1);
      expect(await p.value(`document.querySelector('.incidents > details').open`)).toBe(false);
    }));

  test('a point that differs is one entry with its outputs, and those that are left out can be had', () =>
    within(desktop, night, async (p) => {
      await go(p, 'user_engagement');
      expect(await p.value(`document.querySelectorAll('.differences > li').length`)).toBe(1);
      expect(await text(p, '.differences summary')).toMatch(/^user_id = masked .* actions_24h: batch 8 ≠ stream 7, and 1 more output/);
      await p.value(`document.querySelector('.differences details').open = true`);
      await settled(p);
      expect(await text(p, '.differences .body')).toMatch(/last_action_at\s+2026-03-01 20:23:49.080000\s+2026-03-01 20:23:49.000000/);
      const more = await text(p, '.differences + .quiet');
      expect(more).toContain('900 more points differ.');
      expect(more).toContain("SELECT * FROM differences WHERE run_id = 'a' AND feature = 'user_engagement'");
    }));

  test('a row that changed on its way is one row, with both values, in words, in the picture and in the table', () =>
    within(desktop, night, async (p) => {
      await go(p, 'user_engagement');
      await p.value(`document.querySelector('.differences details').open = true`);
      await settled(p);
      const shown = await text(p, '.differences .body');
      expect(shown).toContain('Witness: one row shows it');
      expect(shown).toContain('chats, c416: sent_at 20:23:49.080000 → 20:23:49.000000');
      expect(shown).toContain('This witness shows it in another output: last_action_at, not actions_24h.');
      expect(shown).toContain('Alike on both sides: actions_24h 1.');
      expect(shown).not.toMatch(/batch only|stream only/);
      expect(await text(p, '.differences mark')).toBe('2024-01-07 20:23:49.080000 → 2024-01-07 20:23:49.000000');
      expect(await p.value(`document.querySelectorAll('.timeline .mark').length`)).toBe(1);
      expect(await p.value(`document.querySelector('.timeline text:last-of-type').textContent`)).toContain(
        'c416: sent_at 20:23:49.080000 →',
      );
    }));

  test('columns of the list have a name, in words where there is no room; one night is no trend', async () => {
    await within(desktop, night, async (p) => {
      await settled(p);
      expect(await text(p, '.heads')).toMatch(/^verdict\s+feature, owner\s+over the nights\s+mismatch in the sample\s+points, causes$/);
      const lefts = (selector: string) =>
        p.value(`[...document.querySelector('${selector}').children].map((c) => c.getBoundingClientRect().left)`);
      expect(await lefts('.heads')).toEqual(await lefts('.list .row'));
      expect(await text(p, '.list .picture')).toBe('one night');
      expect(await p.value(`document.querySelectorAll('svg.nights').length`)).toBe(0);
      await go(p, 'stream_hotness');
      expect(await text(p, 'article')).toContain('Compared in one night so far: none (census). A trend needs a second.');
      expect(await p.value(`document.querySelectorAll('svg.nights').length`)).toBe(0);
    });
    await within(phone, night, async (p) => {
      await settled(p);
      expect(await text(p, '.list .bound')).toBe('mismatch: 50 % (census)');
      expect(await p.value(`document.querySelector('.list .said').offsetWidth`)).toBeGreaterThan(40);
    });
  });

  test('on a phone what differs is in sight, instants are not broken, and tables that go on say so', () =>
    within({ ...phone, width: 390, height: 844 }, night, async (p) => {
      await go(p, 'user_engagement');
      await p.value(`document.querySelector('.differences details').open = true`);
      await settled(p);
      const outside = `[...document.querySelectorAll('.differences .body .other, .differences mark')].filter((e) => e.getBoundingClientRect().right > 390)`;
      expect(await p.value(`document.querySelectorAll('.differences .body .other').length`)).toBeGreaterThan(2);
      expect(await p.value(`${outside}.map((e) => e.textContent)`)).toEqual([]);
      expect(await p.value(`document.querySelector('.differences .stack td').dataset.name`)).toBe('batch');
      expect(await p.value(`document.querySelector('.differences .stack [role=columnheader]').textContent`)).toBe('output');
      expect(await p.value(`document.querySelectorAll('article .instant').length`)).toBeGreaterThan(5);
      expect(
        await p.value(
          `[...document.querySelectorAll('article .instant')].filter((e) => e.getClientRects().length > 1).map((e) => e.innerText)`,
        ),
      ).toEqual([]);
      expect(await p.value(`getComputedStyle(document.querySelector('.incidents .scroll')).backgroundImage`)).toContain('gradient');
    }));

  test('by keyboard alone: into the list, open, back to where one was', () =>
    within(desktop, market, async (p) => {
      const focused = (): Promise<string> =>
        p.value(`document.activeElement.querySelector('b')?.innerText ?? document.activeElement.tagName`);
      const all = await names(p);
      await p.press('j');
      await p.press('ArrowDown');
      expect(await focused()).toBe(all[1]);
      await p.press('k');
      expect(await focused()).toBe(all[0]);
      await p.press('Enter');
      await settled(p);
      expect(await text(p, 'article h2')).toBe(all[0]);
      expect(await focused()).toBe('H2');
      await p.press('j');
      await settled(p);
      expect(await text(p, 'article h2')).toBe(all[1]);
      await p.press('Escape');
      await settled(p);
      expect(await focused()).toBe(all[1]);
      expect(await p.value(`getComputedStyle(document.activeElement).outlineStyle`)).toBe('solid');
    }));

  test('a feature shows its verdict, nights, differences, witness, both forms and lineage', () =>
    within(desktop, market, async (p) => {
      await go(p, 'seller_gmv');
      const shown = await text(p, 'article');
      for (const part of [
        'VIOLATED',
        'a census',
        'Over the nights',
        'Not compared',
        'lost',
        'dbt model for Snowflake',
        'Query lambda',
        'Lineage',
        'Freshness',
      ])
        expect(shown).toContain(part);
      await p.value(`document.querySelector('.differences details').open = true`);
      await settled(p);
      expect(await text(p, '.differences details')).toContain('Witness:');
      expect(await p.value(`document.querySelectorAll('.differences .timeline .mark').length`)).toBeGreaterThan(0);
      expect(await p.value(`document.querySelector('.timeline').textContent`)).toMatch(/batch only · .* before/);
    }));

  test('headings go down one by one, tables and pictures say what they are', () =>
    within(desktop, market, async (p) => {
      for (const name of ['', 'seller_gmv']) {
        await go(p, name);
        await p.value(`document.querySelectorAll('article details').forEach((d) => { d.open = true; })`);
        await settled(p);
        const levels = await p.value<readonly number[]>(
          `[...document.querySelectorAll('h1,h2,h3,h4,h5')].filter((h) => h.checkVisibility()).map((h) => Number(h.tagName[1]))`,
        );
        expect(levels[0]).toBe(1);
        for (const [i, level] of levels.entries()) expect(level - (levels[i - 1] ?? 0)).toBeLessThanOrEqual(1);
        expect(await p.value(`[...document.querySelectorAll('th')].filter((t) => !t.scope).length`)).toBe(0);
        expect(await p.value(`[...document.querySelectorAll('table')].filter((t) => !t.caption?.textContent).length`)).toBe(0);
        expect(
          await p.value(
            `[...document.querySelectorAll('svg')].filter((s) => !s.closest('[aria-hidden]') && !(s.querySelector('title')?.textContent && s.querySelector('desc')?.textContent)).length`,
          ),
        ).toBe(0);
        expect(await p.value(`['header', 'main', 'footer', '[role=search]'].filter((s) => document.querySelector(s) === null)`)).toEqual(
          [],
        );
      }
    }));

  test('nothing scrolls sideways on a phone of 360 pixels', () =>
    within(phone, market, async (p) => {
      for (const name of ['', ...(await names(p))]) {
        await go(p, name);
        await p.value(`document.querySelectorAll('article details').forEach((d) => { d.open = true; })`);
        await settled(p);
        expect([name, await p.value('document.documentElement.scrollWidth')]).toEqual([name, 360]);
      }
    }));

  test('texts and their background differ enough, in light and in dark', async () => {
    for (const dark of [false, true])
      await within({ ...desktop, dark }, market, async (p) => {
        await go(p, 'seller_gmv');
        const poor = await p.value<readonly string[]>(`(${contrastBelow.toString()})(4.5)`);
        expect(poor).toEqual([]);
      });
  });

  test('names and values that want to be markup are text', async () => {
    const none = { ...project, features: [], files: [] };
    const url = await page('hostile', [reportedRun('a', '2026-01-01T01:00:00.000000', [featureReport(hostile)])], none);
    await within(desktop, url, async (p) => {
      await p.press('j');
      await p.press('Enter');
      await settled(p);
      await p.value(`document.querySelectorAll('article details').forEach((d) => { d.open = true; })`);
      await settled(p);
      expect(await p.value(`document.querySelector('article h2').textContent`)).toBe(hostile);
      expect(await p.value(`document.querySelectorAll('script').length`)).toBe(2);
    });
  });

  test('500 features: the first are there at once', () =>
    within(desktop, many, async (p) => {
      while ((await names(p)).length < 500) await settled(p);
      const first = await p.value<number>(
        `performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? performance.getEntriesByType('navigation')[0].domComplete`,
      );
      const [search, open] = await p.value<readonly [number, number]>(`(async () => {
        const painted = () => new Promise((r) => requestAnimationFrame(() => setTimeout(r, 0)));
        const input = document.querySelector('#search');
        const from = performance.now();
        input.value = 'seller 7';
        input.dispatchEvent(new Event('input'));
        await painted();
        const searched = performance.now();
        location.hash = document.querySelector('.list a').getAttribute('href');
        await new Promise((r) => addEventListener('hashchange', r, { once: true }));
        await painted();
        return [searched - from, performance.now() - searched];
      })()`);
      const size = (readFileSync(new URL(many)).length / 1024 / 1024).toFixed(1);
      console.log(
        `500 features, ${size} MB: first list after ${first.toFixed(0)} ms, a search ${search.toFixed(0)} ms, a feature open in ${open.toFixed(0)} ms`,
      );
    }));

  test('pictures for people to look at', async () => {
    const views: readonly (readonly [string, Screen])[] = [
      ['desktop-light', desktop],
      ['desktop-dark', { ...desktop, dark: true }],
      ['phone', phone],
      ['phone-dark', { ...phone, dark: true }],
    ];
    for (const [name, screen] of views)
      await within(screen, market, async (p) => {
        await settled(p);
        await p.screenshot(join(pictures, `${name}-list.png`));
        await go(p, 'seller_gmv');
        await p.screenshot(join(pictures, `${name}-feature.png`));
        await p.value(`document.querySelector('.differences details').open = true`);
        await settled(p);
        await p.value(`document.querySelector('.differences').scrollIntoView()`);
        await p.screenshot(join(pictures, `${name}-witness.png`));
        await p.value(`document.querySelector('.sides').scrollIntoView()`);
        await p.screenshot(join(pictures, `${name}-sql.png`));
      });
  });
});

/** Of a browser's world, what is read here: this project has no types of it. */
interface PageWorld {
  readonly document: { readonly body: PageElement; readonly querySelectorAll: (selector: string) => Iterable<PageElement> };
  readonly getComputedStyle: (element: PageElement) => { readonly color: string; readonly fill: string; readonly backgroundColor: string };
}

interface PageElement {
  readonly tagName: string;
  readonly className: unknown;
  readonly namespaceURI: string;
  readonly parentElement: PageElement | null;
  readonly childNodes: Iterable<{ readonly nodeType: number; readonly textContent: string }>;
  readonly checkVisibility: () => boolean;
}

/** Runs in the page: texts whose contrast with what is behind them is below `wanted`. */
function contrastBelow(wanted: number): readonly string[] {
  const page = globalThis as unknown as PageWorld;
  const parts = (color: string): readonly number[] => (color.match(/[\d.]+/g) ?? []).map(Number);
  const light = ([r = 0, g = 0, b = 0]: readonly number[]): number => {
    const [x = 0, y = 0, z = 0] = [r, g, b].map((c) => (c / 255 <= 0.03928 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const poor = new Set<string>();
  for (const element of page.document.querySelectorAll('body *:not(script):not(style)')) {
    const own = [...element.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim() !== '');
    if (!own || !element.checkVisibility()) continue;
    let behind: PageElement | null = element;
    while (behind !== null && (parts(page.getComputedStyle(behind).backgroundColor)[3] ?? 1) === 0) behind = behind.parentElement;
    const style = page.getComputedStyle(element);
    const [a, b]: readonly [number, number] = [
      light(parts(element.namespaceURI.endsWith('svg') ? style.fill : style.color)),
      light(parts(page.getComputedStyle(behind ?? page.document.body).backgroundColor)),
    ];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < wanted) poor.add(`${element.tagName} ${element.className} ${contrast.toFixed(2)}`);
  }
  return [...poor];
}

/** One of every seventh order never reached the stream. */
async function realRun(folder: string): Promise<ReportedRun> {
  const [all, seen] = [join(folder, 'all'), join(folder, 'seen')];
  spawnSync(process.execPath, [
    '--import',
    'tsx',
    join(root, 'examples/marketplace/generate.ts'),
    '--out',
    all,
    '--size',
    '120',
    '--seed',
    '1',
  ]);
  cpSync(all, seen, { recursive: true });
  const orders = readFileSync(join(all, 'orders.ndjson'), 'utf8').split('\n');
  writeFileSync(join(seen, 'orders.ndjson'), orders.filter((_, i) => i % 7 !== 3).join('\n'));
  const features = ['seller_gmv', 'buyer_last_order', 'stream_chat_activity', 'stream_hotness', 'listing_price'];
  const { out } = await lockstep(
    ...['parity', '--project', root, '--mode', 'replay', '--batch', all, '--realtime', seen, '--format', 'json', '--feature', ...features],
  );
  return JSON.parse(out) as ReportedRun;
}

/** Nights before the real one, made up: bounds that sink, and one version before the last. */
function earlierNights(real: ReportedRun): readonly ReportedRun[] {
  const before = Array.from({ length: 13 }, (_, i): ReportedRun => {
    const startedAt = `2026-03-${String(i + 1).padStart(2, '0')}T01:30:00.000000`;
    const upperBound = 0.3 * 0.6 ** i;
    return {
      run: { ...real.run, id: `made-up-${String(i).padStart(2, '0')}`, startedAt, finishedAt: startedAt },
      features: real.features.map((f) => ({
        ...f,
        verdict: upperBound < f.target ? 'PROVEN' : 'UNDECIDED',
        version: i < 9 ? '0123456789abcdef' : f.version,
        upperBound,
        census: i % 5 === 4,
        differences: [],
      })),
      errors: [],
    };
  });
  return [...before, { ...real, run: { ...real.run, startedAt: '2026-03-14T01:30:00.000000' } }];
}

function manyFeatures(real: ReportedRun, project: ReportedProject): readonly [readonly ReportedRun[], ReportedProject] {
  const copies = Array.from({ length: 500 }, (_, i) => i);
  const nights = earlierNights(real).map(({ run, features }) => ({
    run,
    features: copies.map((i) => {
      const of = features[i % features.length] ?? featureReport('none');
      return { ...of, feature: `${of.feature}_${i}` };
    }),
    errors: [],
  }));
  const features = copies.flatMap((i) => {
    const name = real.features[i % real.features.length]?.feature;
    const of = project.features.find((f) => f.feature.name === name);
    return of === undefined ? [] : [{ ...of, feature: { ...of.feature, name: `${name}_${i}` } }];
  });
  return [nights, { ...project, features }];
}
