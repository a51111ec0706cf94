/** A report in its format. It is rendered in a thread of its own, because a large PDF takes seconds. */
import { Worker, type WorkerOptions } from 'node:worker_threads';
import type { ReportFormat } from '../../../quality/report/report.rules.ts';
import { AppError } from '../../../platform/values/assert.ts';
import type { ReportContent } from '../content/content.ts';

/** What the thread gets, and what it answers. */
export interface RenderRequest {
  readonly content: ReportContent;
  readonly format: ReportFormat;
}

/** The most memory of the thread, in MiB: some times what 10,000 rows of a PDF take. */
const MEMORY_MEBIBYTES = 1_024;

/** How long a thread waits for the next report. To start one takes longer than to render a small report. */
const IDLE_MILLISECONDS = 10_000;

/** The thread that waits. It does not keep the process alive. */
let waiting: { readonly thread: Worker; readonly end: NodeJS.Timeout } | undefined;

/** Renders a report in a thread. When the signal is aborted, the thread ends and this rejects. */
export function renderInThread(request: RenderRequest, stopping?: AbortSignal): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const thread = takeThread();
    const stop = (): void => void thread.terminate();
    const leave = (): void => {
      stopping?.removeEventListener('abort', stop);
      thread.removeAllListeners();
    };
    stopping?.addEventListener('abort', stop, { once: true });
    thread.once('message', (bytes: Uint8Array) => {
      leave();
      keep(thread);
      resolve(bytes);
    });
    thread.once('error', (error) => {
      leave();
      reject(error);
    });
    thread.once('exit', () => {
      leave();
      reject(new AppError('The thread that renders a report has ended without an answer.'));
    });
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
    thread.postMessage(request);
  });
}

function takeThread(): Worker {
  const thread = waiting?.thread ?? startThread();
  clearTimeout(waiting?.end);
  waiting = undefined;
  thread.removeAllListeners();
  thread.ref();
  return thread;
}

function keep(thread: Worker): void {
  if (waiting !== undefined) return void thread.terminate();
  thread.unref();
  thread.once('exit', takeThread);
  waiting = { thread, end: setTimeout(() => void takeThread().terminate(), IDLE_MILLISECONDS).unref() };
}

function startThread(): Worker {
  const options = { resourceLimits: { maxOldGenerationSizeMb: MEMORY_MEBIBYTES } };
  return import.meta.url.endsWith('.ts')
    ? threadOfSource(options)
    : new Worker(new URL('./render-thread.js', import.meta.url), options);
}

/** In tests and in development the sources run: the thread needs the loader of TypeScript, which it does not inherit. */
function threadOfSource(options: WorkerOptions): Worker {
  const file = new URL('./render-thread.ts', import.meta.url).href;
  const code = `import('tsx/esm/api').then(({ register }) => (register(), import(${JSON.stringify(file)})));`;
  return new Worker(code, { ...options, eval: true });
}
