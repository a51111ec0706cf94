/** A real browser, Debian's Chromium, for tests of the pages. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';

/** Where Chromium is; undefined where there is none, so that tests of pages are skipped. */
export const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((file) =>
  existsSync(file),
);

if (CHROMIUM === undefined) console.warn('Tests of the pages are skipped: there is no Chromium on this machine.');

/** Starts the browser. */
export function startBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: CHROMIUM ?? '',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking', '--disable-sync'],
  });
}

/** A page that keeps what must not happen on any page of ours. */
export interface WatchedPage {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Errors on the console, uncaught errors, and requests to another server. */
  readonly faults: string[];
}

/** Opens a page of the server. Failed requests are faults unless `isCut` says that the network is cut. */
export async function openPage(
  browser: Browser,
  url: string,
  { isCut = () => false, ...options }: { readonly isCut?: () => boolean } & Parameters<Browser['newContext']>[0] = {},
): Promise<WatchedPage> {
  const context = await browser.newContext({ locale: 'en-GB', timezoneId: 'Europe/Berlin', ...options });
  // What is waited for comes at once, or on a busy machine a little later.
  context.setDefaultTimeout(120_000);
  const faults: string[] = [];
  context.on('page', (page) => watch(page, new URL(url).origin, faults, isCut));
  const page = await context.newPage();
  await page.goto(url);
  return { page, context, faults };
}

function watch(page: Page, origin: string, faults: string[], isCut: () => boolean): void {
  page.on('console', (message) => {
    const isOfCut = isCut() || message.text().includes('ERR_INTERNET_DISCONNECTED');
    if (message.type() === 'error' && !isOfCut) faults.push(message.text());
  });
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('request', (request) => {
    if (!request.url().startsWith(origin) && !/^(?:blob|data):/.test(request.url())) faults.push(request.url());
  });
}

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** What axe finds wrong with a page by WCAG 2.2, levels A and AA. */
export async function accessibilityFaults(page: Page): Promise<readonly string[]> {
  await page.evaluate(await readFile(AXE, 'utf8'));
  const found = await page.evaluate<readonly { id: string; nodes: readonly { html: string }[] }[]>(
    `axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }).then(({ violations }) => violations.map(({ id, nodes }) => ({ id, nodes: nodes.map(({ html }) => ({ html })) })))`,
  );
  return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}

/**
 * Keeps a picture of the whole page in the folder that LOTGRAPH_PICTURES names; nothing without it. In `docs`, only pictures
 * that are there already are made again.
 */
export async function takePicture(page: Page, name: string): Promise<void> {
  const folder = process.env['LOTGRAPH_PICTURES'];
  if (folder === undefined) return;
  const file = path.join(folder, `${name}.png`);
  if (!folder.startsWith('docs') || existsSync(file)) await page.screenshot({ path: file, fullPage: true });
}
