/** The station terminal in a real browser: the day of an operator, with the network cut and the tab killed. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Api, startApi } from '../support/api.ts';
import {
  accessibilityFaults,
  CHROMIUM,
  openPage,
  startBrowser,
  takePicture,
  type WatchedPage,
} from '../support/browser.ts';
import { makeLine, makeManyItems, makeModel, makeStep } from '../support/build.ts';
import { rounds } from '../faults/rounds.ts';
import { done } from '../support/expect.ts';
import { makeStation } from '../support/station.ts';

/** How many units are worked on without a network; a start and a result each. All of 8 hours with LOTGRAPH_FULL_ROUNDS. */
const OFFLINE = rounds(1_000, 8);
const KILLS = rounds(10, 2);

describe.skipIf(CHROMIUM === undefined)('the station terminal', () => {
  let api: Api;
  let browser: Browser;
  let station: WatchedPage;
  let page: Page;
  let items: readonly { readonly number: string }[];
  let isCut = false;
  const look = (name: string): Promise<void> => takePicture(page, `station-${name}`);

  beforeAll(async () => {
    api = await startApi();
    await makeModel(api);
    await makeLine(api);
    await makeStep(api, 10, 'MOUNT', {
      qualityCriteria: {
        characteristics: {
          TORQUE: { unit: 'Nm', lowerLimit: '0.9', target: '1.0', upperLimit: '1.1', required: true },
        },
      },
    });
    await makeStep(api, 20, 'TEST');
    items = await makeManyItems(api, OFFLINE + 10);
    await done(
      api,
      'createUser',
      { username: 'mina', fullName: 'Mina Park', password: 'Abcdef-12', role: 'OPERATOR', badgeCode: 'B-7' },
      'user { id }',
    );
    const { apiKey } = await makeStation(api, 'ST-1');
    browser = await startBrowser();
    station = await openPage(browser, new URL('/station', api.url).href, {
      isCut: () => isCut,
      viewport: { width: 1024, height: 1100 },
    });
    ({ page } = station);
    // The browser itself notes an answer with 401 on the console.
    isCut = true;
    await page.fill('[name=key]', 'lgk_wrong');
    await page.click('button[type=submit]');
    await page.waitForSelector('[role=alert]:not(:empty)');
    isCut = false;
    await page.fill('[name=key]', apiKey);
    await look('setup');
    await page.click('button[type=submit]');
    await page.selectOption('[name=process]', 'MOUNT');
    await page.click('button[type=submit]');
    await page.evaluate('navigator.serviceWorker.ready.then(() => null)');
  });
  afterAll(async () => {
    await browser?.close();
    await api.close();
  });

  const scan = async (code: string): Promise<void> => {
    await page.waitForSelector('[name=code]');
    // As a scanner types: the text, then Enter.
    await page.locator('[name=code]').pressSequentially(code);
    await page.keyboard.press('Enter');
    await page.waitForSelector('.verdict');
  };
  /** Kills the process of the tab, as a crash does, and opens the page again. */
  const killTab = async (): Promise<void> => {
    const killed = page;
    const crashed = new Promise((resolve) => killed.once('crash', resolve));
    const session = await station.context.newCDPSession(killed);
    session.send('Page.crash').catch(() => undefined);
    await crashed;
    page = await station.context.newPage();
    await killed.close();
    await page.goto(new URL('/station', api.url).href);
    await page.waitForSelector('.reading');
  };
  const executions = async () => {
    const { data } = await api.ask(
      '{ processData(first: 100, orderBy: [{ field: STARTED_AT, direction: ASC }]) { nodes { unit { number } result startedAt completedAt operator { username } station { code } measurements { code value verdict } defects { code } } } }',
    );
    return data.processData.nodes;
  };
  const item = (index: number): string => items[index]?.number ?? '';

  test('takes an operator from the scan of a badge to a PASS with judged readings, by keyboard alone', async () => {
    await page.locator('[name=operator]').pressSequentially('B-7');
    await page.keyboard.press('Enter');
    await scan(item(0));
    await look('ready');
    expect(await page.textContent('.verdict .answer')).toBe('May start: MOUNT');
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.click('.verdict button');
    await page.waitForSelector('.reading');
    expect(await page.isDisabled('button.PASS')).toBe(true);
    await page.fill('#reading-TORQUE', '1.2');
    expect(await page.textContent('.reading output')).toBe('too high');
    expect(await page.isDisabled('button.PASS')).toBe(true);
    await look('too-high');
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.fill('#reading-TORQUE', '1.1');
    expect(await page.textContent('.reading output')).toBe('good');
    await page.click('button.PASS');
    await page.waitForSelector('.recent .RECORDED');
    await expect.poll(() => page.locator('.recent .RECORDED').count()).toBe(2);
    expect(await executions()).toMatchObject([
      {
        unit: { number: item(0) },
        result: 'PASS',
        operator: { username: 'mina' },
        station: { code: 'ST-1' },
        measurements: [{ code: 'TORQUE', value: '1.1', verdict: 'IN_SPEC' }],
      },
    ]);
  });

  test('says why a unit may not go on, in the words of the refusal', async () => {
    await scan(item(0));
    expect(await page.textContent('.verdict')).toContain('May not start: MOUNT');
    expect(await page.locator('.verdict li').count()).toBeGreaterThan(0);
    await look('not-ready');
    await scan('NO-SUCH-CODE');
    await expect.poll(() => page.textContent('.verdict')).toContain('unknown here');
  });

  test('records a FAIL with its defects only', async () => {
    await scan(item(1));
    await expect.poll(() => page.textContent('.verdict')).toContain(item(1));
    await page.click('.verdict button');
    await page.waitForSelector('.reading');
    expect(await page.isDisabled('button.FAIL')).toBe(true);
    await page.fill('[name=defect]', 'scratch');
    await page.keyboard.press('Enter');
    await page.click('button.FAIL');
    await expect
      .poll(async () => (await executions()).at(-1))
      .toMatchObject({ unit: { number: item(1) }, result: 'FAIL', defects: [{ code: 'SCRATCH' }] });
  });

  test('goes on without a network, also when the tab is killed, and records everything once when it is back', async () => {
    isCut = true;
    await station.context.setOffline(true);
    const offline = [2, 3, 4].map(item);
    for (const number of offline) {
      await scan(number);
      await expect.poll(() => page.textContent('.verdict')).toContain(number);
      expect(await page.textContent('.verdict')).toContain('The server was not asked');
      await page.click('.verdict button');
      await page.waitForSelector('.reading');
      await page.fill('#reading-TORQUE', '1.0');
      await page.click('button.PASS');
      await page.waitForSelector('[name=code]');
    }
    await look('offline');
    expect(await page.textContent('.connection')).toContain('6 recordings wait');
    expect(await executions()).toHaveLength(2);

    const before = page;
    page = await station.context.newPage();
    await before.close({ runBeforeUnload: false });
    await page.goto(new URL('/station', api.url).href);
    await expect.poll(() => page.textContent('.connection')).toContain('6 recordings wait');

    isCut = false;
    await station.context.setOffline(false);
    await expect
      .poll(async () => (await executions()).map((each: { unit: { number: string } }) => each.unit.number))
      .toEqual([item(0), item(1), ...offline]);
    await expect.poll(() => page.textContent('.connection')).not.toContain('wait');
    expect((await executions()).slice(2)).toMatchObject(
      offline.map((number) => ({ unit: { number }, result: 'PASS' })),
    );
  });

  test(`records ${2 * OFFLINE} recordings without a network once each, although the tab is killed ${KILLS} times`, {
    timeout: 1_800_000,
  }, async () => {
    isCut = true;
    await station.context.setOffline(true);
    const units = items.slice(5, 5 + OFFLINE).map(({ number }) => number);
    const each = Math.ceil(OFFLINE / KILLS);
    for (const [index, number] of units.entries()) {
      await scan(number);
      await expect.poll(() => page.textContent('.verdict')).toContain(number);
      await page.click('.verdict button');
      await page.waitForSelector('.reading');
      if (index % each === 0) await killTab();
      await page.fill('#reading-TORQUE', '1.0');
      await page.click('button.PASS');
      await page.waitForSelector('[name=code]');
    }
    isCut = false;
    await station.context.setOffline(false);
    await expect.poll(() => page.textContent('.connection'), { timeout: 600_000 }).not.toContain('wait');
    const recorded = await api.database.reader().sql<{ number: string; result: string; count: number }>`
      SELECT i.number, min(d.result::text) AS result, count(*)::int AS count
      FROM process_data d JOIN wip_items i ON i.id = d.wip_item_id WHERE i.number = ANY(${units}) GROUP BY i.number`;
    expect(recorded).toHaveLength(OFFLINE);
    expect(recorded.filter(({ result, count }) => result !== 'PASS' || count !== 1)).toEqual([]);
  });

  test('keeps what the server refuses, with its reasons, until somebody decides', async () => {
    isCut = true;
    await station.context.setOffline(true);
    await scan(item(0));
    await page.click('.verdict button');
    await page.waitForSelector('.reading');
    await page.fill('#reading-TORQUE', '1.0');
    await page.click('button.PASS');
    isCut = false;
    await station.context.setOffline(false);
    await page.waitForSelector('.refused');
    await look('refused');
    expect(await page.textContent('.refused')).toMatch(/\(PD-\d+\).*1 recording waits behind it/s);
    expect(await accessibilityFaults(page)).toEqual([]);
    const before = await executions();

    await page.reload();
    await page.waitForSelector('.refused');
    page.on('dialog', (dialog) => void dialog.accept());
    await page.click('.refused button.quiet');
    await expect.poll(() => page.textContent('.refused')).toContain('PASS');
    await page.click('.refused button.quiet');
    await page.waitForSelector('.refused', { state: 'detached' });
    expect(await executions()).toEqual(before);
  });

  test('asks no other server, and writes no error on the console', () => {
    expect(station.faults).toEqual([]);
  });
});
