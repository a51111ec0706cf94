/**
 * Keeps the pages of the station terminal in the browser, so that it opens without a network. Records never pass through
 * here: the outbox has them.
 *
 * 1. The page comes from the server where it can be reached, and from the cache otherwise.
 * 2. Its scripts and styles have the hash of their content in their names, so what is cached never changes.
 */
const worker = globalThis as unknown as ServiceWorkerGlobalScope;
const PAGE = '/station';
const CACHE = 'lotgraph-station-1';

worker.addEventListener('install', (event) => {
  event.waitUntil(keepPage().then(() => worker.skipWaiting()));
});
worker.addEventListener('activate', (event) => event.waitUntil(worker.clients.claim()));
worker.addEventListener('fetch', (event) => {
  const { request } = event;
  const { pathname } = new URL(request.url);
  if (request.method !== 'GET') return;
  if (pathname === PAGE) event.respondWith(pageFor(request));
  else if (pathname.startsWith('/assets/')) event.respondWith(fileFor(request));
});

/** Keeps the page of today with its files, and forgets the files of older pages. */
async function keepPage(): Promise<Response> {
  const cache = await caches.open(CACHE);
  const response = await fetch(PAGE, { cache: 'no-store' });
  if (!response.ok) return response;
  const html = await response.clone().text();
  const files = [...html.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].flatMap(([, file]) => file ?? []);
  await cache.addAll(files);
  await cache.put(PAGE, response.clone());
  for (const { url } of await cache.keys()) {
    const { pathname } = new URL(url);
    if (pathname !== PAGE && !files.includes(pathname)) await cache.delete(url);
  }
  return response;
}

async function pageFor(request: Request): Promise<Response> {
  try {
    return await keepPage();
  } catch {
    return (await caches.match(PAGE)) ?? fetch(request);
  }
}

async function fileFor(request: Request): Promise<Response> {
  return (await caches.match(request)) ?? fetch(request);
}
