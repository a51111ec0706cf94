/** The thread in which reports are rendered, one after the other (render.ts). */
import { parentPort } from 'node:worker_threads';
import { render } from './formats.ts';
import type { RenderRequest } from './render.ts';

parentPort?.on('message', async ({ content, format }: RenderRequest) => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  parentPort?.postMessage(await render(content, format));
});
