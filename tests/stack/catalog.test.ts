/** The catalogue in a real browser: it groups, filters, keeps both in its address, and shows what is deprecated. Pictures go to `.stack/report/`. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sha256 } from '../../compiler/artifacts/version.ts';
import { loadProject } from '../../runners/cli/load.ts';
import { stackFolder } from '../../runners/engines/clickhouse.ts';
import { type CatalogAsked, type CatalogProject, catalogData } from '../../runners/report/catalog/build.ts';
import { serverFacts } from '../../runners/report/catalog/server-facts.ts';
import { catalogHtml } from '../../runners/report/html.ts';
import { project as small } from '../cli/viewers.ts';
import { batch, profile } from '../profile/profiles.ts';
import { featureReport, hostile, reportedRun } from '../report/runs.ts';
import { openPage, type Page, type Screen } from './chromium.ts';
import { missingParts } from './in-stack.ts';

const root = join(import.meta.dirname, '../..');
const pictures = join(stackFolder, 'report');
const desktop: Screen = { width: 1280, height: 900 };
const phone: Screen = { width: 360, height: 780, phone: true };
const written = { at: '2026-03-15T06:00:00.000000', lockstep: '0.1.0' };
const nobody: CatalogAsked = { runs: null, server: null, profiles: null };
const counts = (header: string): string =>
  `/*---\nentity: stream_id\n${header}---*/\nSELECT stream_id, COUNT(*) AS n FROM views GROUP BY stream_id\n`;

describe.skipIf(missingParts.includes('chromium'))('the catalogue', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-catalog-'));
  let few = '';
  let market = '';
  let alien = '';

  beforeAll(async () => {
    mkdirSync(pictures, { recursive: true });
    const of = await projectIn(
      await small({
        'transforms/features/viewers.sql': counts('owner: feed\nconsumers: [ranker, search]\n'),
        'transforms/features/old_viewers.sql': counts(
          'owner: feed\nstatus: deprecated\ndeprecation_date: 2027-03-01\nconsumers: [ranker]\n',
        ),
        'transforms/features/a_draft.sql': counts('status: draft\n'),
      }),
    );
    few = await page('few', of, nobody);
    const whole = await projectIn(root);
    market = await page('market', whole, askedOf(whole));
    const [first] = of.authored.features;
    if (first === undefined) throw new Error('no feature');
    const { header } = first;
    const features = [{ ...first, name: hostile, header: { ...header, owner: hostile, description: hostile, consumers: [hostile] } }];
    alien = await page('hostile', { ...of, name: hostile, authored: { ...of.authored, features }, unread: [hostile] }, nobody);
  }, 120_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  async function projectIn(place: string): Promise<CatalogProject> {
    const { authored, compiled } = await loadProject(place);
    return { name: 'marketplace', authored, compiled: compiled.features, unread: [] };
  }

  /** Nights that come and go, a server with an older version in production, a profile. */
  function askedOf({ compiled }: CatalogProject): CatalogAsked {
    const runs = Array.from({ length: 14 }, (_, i) =>
      reportedRun(
        `r${i}`,
        `2026-03-${String(i + 1).padStart(2, '0')}T01:30:00.000000`,
        compiled.flatMap(({ feature: { name }, version }, f) => {
          const own = { version, batchVersion: version, lambdaVersion: f === 3 ? 'eeee' : version };
          const verdict = (['PROVEN', 'PROVEN', 'UNDECIDED', 'VIOLATED'] as const)[(i + f) % 4] ?? 'PROVEN';
          return (i + f) % 5 === 0 ? [] : [featureReport(name, { ...own, verdict, unexplained: verdict === 'PROVEN' ? f % 2 : 4 })];
        }),
      ),
    );
    const features = compiled.map(({ feature: { name }, version, lambdaSql }, f) => ({
      feature: name,
      tags: f === 1 ? { latest: version } : { latest: version, production: f === 2 ? 'aaaabbbbccccdddd' : version },
      versions: [{ version, sql_sha256: sha256(lambdaSql), last_executed: f % 2 === 0 ? '2026-03-15T05:59:00.000Z' : null }],
    }));
    const held = {
      source: 'chats',
      latest: '2026-03-15T05:00:00.000000',
      complete_since: '2026-01-01T00:00:00.000000',
      to_be_read: 0,
      stale: null,
    };
    const server = serverFacts('http://127.0.0.1:8080', { executed_since: '2026-03-14T00:00:00.000Z', features }, { sources: [held] });
    const profiles = compiled.slice(0, 2).map(({ feature: { name }, version, lambdaSql }) => ({
      file: 'p.json',
      profile: profile({ feature: name, version, sqlSha256: sha256(lambdaSql), batches: [batch({ p99: 34.5 })] }),
    }));
    return { runs, server, profiles };
  }

  async function page(name: string, of: CatalogProject, asked: CatalogAsked): Promise<string> {
    const file = join(folder, `${name}.html`);
    writeFileSync(file, await catalogHtml(catalogData(of, asked, written)));
    return pathToFileURL(file).href;
  }

  async function within(screen: Screen, url: string, use: (page: Page) => Promise<void>): Promise<void> {
    const opened = await openPage(screen);
    try {
      await opened.open(url);
      await use(opened);
      // The policy lets nothing out, and what it forbids is said on the console.
      expect(opened.said).toEqual([]);
      expect(opened.asked.filter((asked) => !asked.startsWith(url.split('#')[0] ?? ''))).toEqual([]);
    } finally {
      await opened.close();
    }
  }
  const settled = (of: Page): Promise<void> => of.value('new Promise((r) => setTimeout(r, 150))');
  /** Of each group its name and its features. */
  const shown = (of: Page): Promise<readonly (readonly [string, readonly string[]])[]> =>
    of.value(
      `[...document.querySelectorAll('.group')].map((g) => [g.querySelector('h2 .name').textContent, [...g.querySelectorAll('h3 .name')].map((n) => n.textContent)])`,
    );
  const by = async (of: Page, name: string): Promise<void> => {
    await of.value(`document.querySelector('[data-by=${name}]').click()`);
    await settled(of);
  };

  test('one click groups anew, words narrow it, and the address keeps both', async () => {
    await within(desktop, few, async (p) => {
      expect(await shown(p)).toEqual([['stream_id', ['a_draft', 'viewers', 'old_viewers']]]);
      await by(p, 'owner');
      expect(await shown(p)).toEqual([
        ['feed', ['viewers', 'old_viewers']],
        ['No owner is named', ['a_draft']],
      ]);
      await by(p, 'source');
      expect(await shown(p)).toEqual([['views', ['a_draft', 'viewers', 'old_viewers']]]);
      await by(p, 'consumer');
      expect(await shown(p)).toEqual([
        ['ranker', ['viewers', 'old_viewers']],
        ['search', ['viewers']],
        ['No consumer is named', ['a_draft']],
      ]);
      expect(await p.value(`[...document.querySelectorAll('[aria-pressed=true]')].map((b) => b.dataset.by)`)).toEqual(['consumer']);
      await p.value(`document.querySelector('#search').focus()`);
      await p.type('ranker depr');
      await settled(p);
      expect(await shown(p)).toEqual([['ranker', ['old_viewers']]]);
      expect(await p.value(`document.querySelector('[role=status]').textContent`)).toBe('1 of 3 features');
      expect(await p.value('location.hash')).toBe('#by=consumer&find=ranker+depr');
    });
    await within(desktop, `${few}#by=owner&find=search`, async (p) => {
      expect(await shown(p)).toEqual([['feed', ['viewers']]]);
      expect(await p.value(`document.querySelector('#search').value`)).toBe('search');
    });
  });

  test('what is deprecated is struck, last, and says who still reads it; what nobody was asked is not known', () =>
    within(desktop, few, async (p) => {
      expect(await p.value(`[...document.querySelectorAll('s')].map((s) => s.textContent)`)).toEqual(['old_viewers']);
      const card = (name: string): Promise<string> => p.value(`document.querySelector('[data-name=${name}]').innerText`);
      expect(await card('old_viewers')).toContain('Deprecated, and still read by ranker.');
      expect(await card('old_viewers')).toContain('until 2027-03-01');
      const viewers = await card('viewers');
      for (const said of ['the catalogue was written without a history', 'no server was asked', 'no profile was given'])
        expect(viewers).toContain(`Not known: ${said}`);
    }));

  test('names and texts that want to be markup are text', () =>
    within(desktop, alien, async (p) => {
      expect(await p.value(`document.querySelector('h3 .name').textContent`)).toBe(hostile);
      expect(await p.value(`document.querySelectorAll('script').length`)).toBe(2);
      await by(p, 'owner');
      expect(await p.value(`document.querySelector('h2 .name').textContent`)).toBe(hostile);
    }));

  test('a verdict of other artifacts is struck; fourteen squares; nothing scrolls sideways on a phone', async () => {
    await within(desktop, market, async (p) => {
      const all = await p.value<number>(`document.querySelectorAll('.feature').length`);
      expect(all).toBeGreaterThan(5);
      expect(await p.value(`document.querySelectorAll('.squares').length`)).toBe(all);
      expect(
        await p.value(`[...new Set([...document.querySelectorAll('.squares')].map((s) => s.querySelectorAll('rect').length))]`),
      ).toEqual([14]);
      expect(
        await p.value(`[...document.querySelectorAll('.badge.past')].map((b) => b.innerText.includes('a lambda of version eeee'))`),
      ).toEqual([true]);
      expect(await p.value(`document.body.innerText.includes('other version than now')`)).toBe(true);
      await p.screenshot(join(pictures, 'catalog.png'));
    });
    await within({ ...desktop, dark: true }, market, async (p) => p.screenshot(join(pictures, 'catalog-dark.png')));
    await within(phone, market, async (p) => {
      expect(await p.value('document.documentElement.scrollWidth')).toBe(360);
      await p.screenshot(join(pictures, 'catalog-phone.png'));
    });
  });
});
