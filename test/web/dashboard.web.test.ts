/** The dashboard in a real browser, on a simulated plant: the day of a supervisor, a recall, and an alarm of SPC. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { simulate } from '../../src/app/simulation/simulate.ts';
import { type Api, PASSWORD, startApi } from '../support/api.ts';
import {
  accessibilityFaults,
  CHROMIUM,
  openPage,
  startBrowser,
  takePicture,
  type WatchedPage,
} from '../support/browser.ts';
import { done } from '../support/expect.ts';

describe.skipIf(CHROMIUM === undefined)('the dashboard', () => {
  let api: Api;
  let browser: Browser;
  let opened: WatchedPage;
  let page: Page;
  const look = (name: string): Promise<void> => takePicture(page, name);
  const at = (path: string): string => new URL(path, api.url).href;

  beforeAll(async () => {
    api = await startApi();
    await simulate(api.services, {
      lots: 30,
      serialsPerLot: undefined,
      steps: 8,
      seed: 'test',
      until: new Date().toISOString(),
      passwordHash: 'no password',
    });
    browser = await startBrowser();
    opened = await openPage(browser, at('/'), { viewport: { width: 1280, height: 900 } });
    ({ page } = opened);
  });
  afterAll(async () => {
    await browser?.close();
    await api.close();
  });

  test('refuses a wrong password in the words of the server, and signs in with the right one', async () => {
    // In development, the page of this machine is signed in already.
    await page.click('header button');
    await page.fill('[name=username]', 'manager');
    await page.fill('[name=password]', 'Wrong-pass-1');
    await page.click('button[type=submit]');
    await page.waitForSelector('[role=alert]:not(:empty)');
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.fill('[name=password]', PASSWORD);
    await page.click('button[type=submit]');
    await page.waitForSelector('.numbers');
  });

  test('shows the floor with at most eight requests, and what changes within a moment', async () => {
    const requests: string[] = [];
    page.on('request', (request) => requests.push(request.url()));
    await page.reload();
    await page.waitForSelector('.numbers');
    await page.waitForSelector('tbody tr');
    expect(requests.length).toBeLessThanOrEqual(8);
    await look('floor');
    expect(await accessibilityFaults(page)).toEqual([]);

    const { data } = await api.ask(
      '{ lots(filter: { disposition: { eq: UNDECIDED }, status: { eq: IN_PROGRESS } }, first: 1) { nodes { id number displayNumber } } }',
    );
    const [lot] = data.lots.nodes;
    await done(api, 'quarantineLot', { lot: { id: lot.id }, reason: 'Scratches on the housing' }, 'lot { id }');
    await page.waitForSelector('text=Scratches on the housing');
  });

  test('answers why a unit failed: its journey, its readings with their limits, and who changed its record', async () => {
    const { data } = await api.ask(
      '{ processData(filter: { result: { eq: FAIL } }, first: 1, orderBy: [{ field: STARTED_AT, direction: DESC }]) { nodes { unit { number displayNumber } process { name } defects { code } } } }',
    );
    const [failure] = data.processData.nodes;
    await page.fill('[role=search] input', failure.unit.number);
    await page.keyboard.press('Enter');
    await page.waitForSelector(`h1:has-text("${failure.unit.displayNumber}")`);
    await page.waitForSelector('.drawn a');
    const journey = page.locator('section[aria-label=Journey]');
    await expect.poll(() => journey.textContent()).toContain(failure.defects[0].code);
    expect(await journey.textContent()).toContain('Fail');
    expect(await journey.textContent()).toContain(failure.process.name);
    await look('unit');
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(new URL(page.url()).pathname).toBe(`/units/${encodeURIComponent(failure.unit.number)}`);
  });

  test('walks from a unit to its lot and to what it is made of, and back by the buttons of the browser', async () => {
    const before = page.url();
    await page.click('main p a');
    await expect.poll(() => page.url()).not.toBe(before);
    await page.waitForSelector('section[aria-label^="Items"]');
    await look('lot');
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.goBack();
    expect(page.url()).toBe(before);
  });

  test('shows yield, Pareto, trend and a control chart as pictures of the server, each also as a table and as files', async () => {
    await page.click('nav a[href="/quality"]');
    await page.waitForSelector('figure img');
    await page.selectOption('main select', '90');
    await expect.poll(() => new URL(page.url()).search).toContain('days=90');
    await expect.poll(() => page.locator('figure img').count()).toBeGreaterThanOrEqual(5);
    await look('quality');
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.click('section[aria-label="Yield by step"] summary');
    const rows = page.locator('section[aria-label="Yield by step"] tbody tr');
    const { data } = await api.ask('{ yieldReport { rows { process { name } } } }');
    await expect.poll(() => rows.count()).toBe(data.yieldReport.rows.length);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.click('[aria-label="Download Yield by step.csv"]'),
    ]);
    expect(download.suggestedFilename()).toBe('Yield by step.csv');
    await page.reload();
    await page.waitForSelector('figure img');
    expect(await page.inputValue('main select')).toBe('90');
  });

  test('recalls a lot of a supplier: finds what contains it, and puts all its lots on hold with a reason', async () => {
    const { data } = await api.ask(
      '{ componentUses(filter: { externalLotNumber: { isNull: false } }, first: 1) { nodes { externalLotNumber } } }',
    );
    const number = data.componentUses.nodes[0].externalLotNumber;
    await page.goto(at(`/recall?kind=EXTERNAL_LOT&number=${encodeURIComponent(number)}`));
    await page.waitForSelector('section[aria-label=Lots] tbody tr');
    await look('recall');
    expect(await accessibilityFaults(page)).toEqual([]);
    page.on('dialog', (dialog) => void dialog.accept());
    await page.fill('[name=reason]', 'Bad resin');
    await page.click('section[aria-label=Lots] button');
    await expect
      .poll(async () => {
        const used = await api.ask(
          'query ($number: String!) { whereUsed(component: { externalLotNumber: $number }) { lots { disposition } } }',
          { number },
        );
        return used.data.whereUsed.lots.every(({ disposition }: { disposition: string }) =>
          ['QUARANTINED', 'REJECTED'].includes(disposition),
        );
      })
      .toBe(true);
  });

  test('lists all lots, sorted and found by the server, with only the rows in sight in the page', async () => {
    await api.database.reader().sql`
      INSERT INTO lots (number, product_model_id, production_line_id, production_date, target_quantity, status)
      SELECT 'ZZ99' || substr(number, 5, 3) || '990' || 1 + n / 100 || lpad((n % 100)::text, 2, '0'), product_model_id, production_line_id, '2099-11-01', n + 1, 'CREATED'
      FROM (SELECT * FROM lots ORDER BY number LIMIT 1) AS one, generate_series(0, 249) AS n`;
    await page.goto(at('/lots?number=ZZ99&order=NUMBER'));
    await page.waitForSelector('text=250 lots');
    const rows = page.locator('.long tbody tr:not([aria-hidden])');
    expect(await rows.count()).toBeLessThan(80);
    const numbers = (): Promise<readonly string[]> => page.locator('.long tbody a').allTextContents();
    const [first = ''] = await numbers();
    await page.click('.long th button >> nth=0');
    await expect.poll(() => new URL(page.url()).searchParams.get('order')).toBe('-NUMBER');
    await expect.poll(async () => (await numbers())[0]).not.toBe(first);
    const region = page.locator('.long');
    await expect
      .poll(async () => {
        await region.evaluate((element) => element.scrollTo(0, element.scrollHeight));
        return (await numbers()).at(-1);
      })
      .toBe(first);
    expect(await rows.count()).toBeLessThan(80);
    await look('lots');
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.selectOption('main select >> nth=0', 'CLOSED');
    await page.waitForSelector('text=0 lots');
  });

  test('shows an inspection: its verdict, its findings, and where in the picture they are', async () => {
    const { data } = await api.ask(
      '{ artifacts: inspections(first: 100, filter: { status: { eq: COMPLETED } }) { nodes { id sampleCode defects(first: 5) { nodes { type location } } artifacts(first: 5) { nodes { fileName contentType downloadUrl } } } } }',
    );
    const found = data.artifacts.nodes.find(
      (each: { defects: { nodes: readonly object[] }; artifacts: { nodes: readonly { contentType: string }[] } }) =>
        each.defects.nodes.length > 0 && each.artifacts.nodes.some(({ contentType }) => contentType === 'image/png'),
    );
    await page.goto(at(`/inspections/${found.id}`));
    await page.waitForSelector(`h1:has-text("${found.sampleCode}")`);
    await page.waitForSelector('.picture svg rect');
    expect(await page.locator('section[aria-label^=Findings] tbody tr').count()).toBe(found.defects.nodes.length);
    await look('inspection');
    expect(await accessibilityFaults(page)).toEqual([]);
  });

  test('recalls what a machine worked on in a period, by the clocks of the site', async () => {
    const { data } = await api.ask(
      '{ processData(first: 1, filter: { equipment: { isNull: false }, result: { eq: PASS } }, orderBy: [{ field: STARTED_AT }]) { nodes { startedAt completedAt equipment { code } unit { number } } } }',
    );
    const [{ startedAt, completedAt, equipment }] = data.processData.nodes;
    const minute = (at: string, minutes: number): string =>
      new Date(Date.parse(at) + minutes * 60_000).toISOString().slice(0, 16);
    await page.goto(at('/recall?kind=EQUIPMENT'));
    await page.fill('main [name=number]', equipment.code);
    await page.fill('[name=from]', minute(startedAt, -1));
    await page.fill('[name=to]', minute(completedAt, 1));
    await page.click('main form button');
    await page.waitForSelector('section[aria-label=Lots] tbody tr');
    expect(await page.textContent('main p strong')).toMatch(/^[1-9]\d* executions;/);
    expect(new URL(page.url()).searchParams.get('from')).toBe(minute(startedAt, -1));
    expect(await accessibilityFaults(page)).toEqual([]);
  });

  test('shows times by the clocks of the site, and the theme that was chosen, in pictures too', async () => {
    const zone = { key: 'site.time_zone', environment: 'TESTING', value: 'Asia/Seoul' };
    const { configEntry } = await done(api, 'setConfigEntry', zone, 'configEntry { id }');
    await page.goto(at('/quality'));
    expect(await page.getAttribute('meta[name=time-zone]', 'content')).toBe('Asia/Seoul');
    await page.selectOption('header select[aria-label=Theme]', 'DARK');
    expect(await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).toBe('rgb(17, 22, 27)');
    await page.waitForSelector('figure img');
    await page.reload();
    await page.waitForSelector('figure img');
    expect(await page.inputValue('header select[aria-label=Theme]')).toBe('DARK');
    await look('quality-dark');
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.selectOption('header select[aria-label=Theme]', 'SYSTEM');
    await done(api, 'deleteConfigEntry', { id: configEntry.id }, 'deletedId');
  });

  test('compares the revisions of a route, says what a lot demands, and releases a draft with a reason (RTE-3)', async () => {
    const { data } = await api.ask(
      '{ lots(first: 1, filter: { route: { isNull: false } }) { nodes { number displayNumber productModel { code releasedRoute { id revision steps { number process { id code } isOptional } } } } } }',
    );
    const [lot] = data.lots.nodes;
    const { code, releasedRoute } = lot.productModel;
    const last = releasedRoute.steps.at(-1);
    const { route: draft } = await done(
      api,
      'createRoute',
      {
        productModel: { code },
        name: 'With seven attempts',
        steps: releasedRoute.steps.map((step: { number: number; process: { id: string }; isOptional: boolean }) => ({
          number: step.number,
          isOptional: step.isOptional,
          process: { id: step.process.id },
          ...(step === last ? { maxAttempts: 7 } : {}),
        })),
      },
      'route { id revision }',
    );
    await page.click('nav a[href="/routes"]');
    await page.selectOption('[name=model]', code);
    await expect.poll(() => page.url()).toContain(`model=${code}`);
    await page.fill('[name=lot]', lot.number);
    await page.click('main form button');
    await page.waitForSelector(`section[aria-label*="${lot.displayNumber}"] tbody tr`);
    await expect.poll(() => new URL(page.url()).searchParams.get('lot')).toBe(lot.number);
    const steps = page.locator('section[aria-label="Revisions side by side"]');
    await expect.poll(() => steps.locator('ins').allTextContents()).toContain('at most 7 attempts');
    expect(await steps.locator('.change.CHANGED').count()).toBeGreaterThan(0);
    await look('routes');
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.emulateMedia({ colorScheme: 'dark' });
    await look('routes-dark');
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.emulateMedia({ colorScheme: 'light' });

    await page.click('section[aria-label=Revisions] tbody button');
    await page.waitForSelector('dialog[open]');
    expect(await page.isDisabled('dialog button[type=submit]')).toBe(true);
    await page.fill('dialog [name=reason]', 'Approved after the trial lots');
    await look('routes-release');
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.click('dialog button[type=submit]');
    await page.waitForSelector(`text=Revision ${draft.revision} is released.`);
    await page.waitForSelector('section[aria-label=Revisions] tbody >> text=Approved after the trial lots');
    expect(await page.locator('dialog').count()).toBe(0);
    const after = await api.ask(
      'query ($code: String!) { productModelByCode(code: $code) { releasedRoute { id releaseReason releasedBy { username } } } }',
      { code },
    );
    expect(after.data.productModelByCode.releasedRoute).toEqual({
      id: draft.id,
      releaseReason: 'Approved after the trial lots',
      releasedBy: { username: 'manager' },
    });
  });

  test('lets those who may read the audit trail search it by its address, and verify it', async () => {
    await page.click('nav a[href="/audit"]');
    await page.fill('[name=action]', 'lot.quarantined');
    await page.click('main form button');
    await expect.poll(() => page.url()).toContain('action=lot.quarantined');
    const entries = page.locator('section[aria-label=Entries]');
    await expect.poll(() => entries.textContent()).toContain('Scratches on the housing');
    await page.click('text=Verify the whole trail');
    await page.waitForSelector('[role=status] strong');
    expect(await page.textContent('[role=status]')).toMatch(/^Intact: \d+ blocks/);
    await look('audit');
    expect(await accessibilityFaults(page)).toEqual([]);
  });

  test('shows each role what it may see: an operator neither the audit trail, nor how to hold a lot', async () => {
    expect(await page.locator('nav a[href="/operate"]').count()).toBe(0);
    const operator = await openPage(browser, at('/'), { viewport: { width: 1280, height: 900 } });
    const signedIn = operator.page;
    await signedIn.click('header button');
    await signedIn.fill('[name=username]', 'operator');
    await signedIn.fill('[name=password]', PASSWORD);
    await signedIn.click('button[type=submit]');
    await signedIn.waitForSelector('.numbers');
    await expect
      .poll(() => signedIn.locator('nav a').allTextContents())
      .toEqual(['Floor', 'Lots', 'Quality', 'Recall', 'Routes', 'Station']);
    const { data } = await api.ask('{ serials(first: 1) { nodes { number displayNumber } } }');
    await signedIn.goto(at(`/units/${data.serials.nodes[0].number}`));
    await signedIn.waitForSelector('section[aria-label=Journey] tbody tr');
    await signedIn.waitForSelector('section[aria-label=Inspections]');
    expect(await signedIn.locator('[role=alert]').count()).toBe(0);
    expect(await signedIn.locator('section[aria-label="History of the record"]').count()).toBe(0);
    const released = await api.ask(
      '{ routes(first: 1, filter: { status: { eq: RELEASED } }) { nodes { id productModel { code } } } }',
    );
    const [{ id, productModel }] = released.data.routes.nodes;
    await done(api, 'createRoute', { productModel, copyFrom: id }, 'route { id }');
    await signedIn.goto(at(`/routes?model=${productModel.code}`));
    await signedIn.waitForSelector('section[aria-label=Revisions] .DRAFT');
    expect(await signedIn.locator('section[aria-label=Revisions] button').count()).toBe(0);
    expect(operator.faults).toEqual([]);
    await operator.context.close();
  });

  test('shows an administrator how the service is, what happened in it, and what is slow', async () => {
    const administrator = await openPage(browser, at('/operate?level=DEBUG'), {
      viewport: { width: 1280, height: 900 },
    });
    await administrator.page.waitForSelector('section[aria-label=Events]');
    await administrator.page.waitForSelector('section[aria-label=Operations] tbody tr');
    expect(await administrator.page.textContent('.numbers')).toContain('Healthy');
    expect(await accessibilityFaults(administrator.page)).toEqual([]);
    await takePicture(administrator.page, 'operate');
    expect(administrator.faults).toEqual([]);
    await administrator.context.close();
  });

  test('speaks German, and is as legible in the dark', async () => {
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.goto(at('/'));
    await page.selectOption('header select[aria-label=Language]', 'de');
    await page.waitForSelector('text=Lose in Arbeit');
    expect(await page.getAttribute('html', 'lang')).toBe('de');
    await look('floor-dark');
    expect(await accessibilityFaults(page)).toEqual([]);
  });

  test('asks no other server, and writes no error on the console', () => {
    expect(opened.faults).toEqual([]);
  });
});
