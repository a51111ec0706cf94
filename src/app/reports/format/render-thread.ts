/** The thread in which a report is rendered (render.ts). */
import { parentPort, workerData } from 'node:worker_threads';
import { render } from './formats.ts';
import type { RenderRequest } from './render.ts';

const { content, format } = workerData as RenderRequest;
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
parentPort?.postMessage(await render(content, format));
