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

/** Renders a report in a thread. When the signal is aborted, the thread ends and this rejects. */
export function renderInThread(request: RenderRequest, stopping?: AbortSignal): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const options = { workerData: request, resourceLimits: { maxOldGenerationSizeMb: MEMORY_MEBIBYTES } };
    const thread = import.meta.url.endsWith('.ts')
      ? threadOfSource(options)
      : new Worker(new URL('./render-thread.js', import.meta.url), options);
    const stop = (): void => void thread.terminate();
    stopping?.addEventListener('abort', stop, { once: true });
    thread.once('message', (bytes: Uint8Array) => resolve(bytes));
    thread.once('error', reject);
    thread.once('exit', () => {
      stopping?.removeEventListener('abort', stop);
      reject(new AppError('The thread that renders a report has ended without an answer.'));
    });
  });
}

/** In tests and in development the sources run: the thread needs the loader of TypeScript, which it does not inherit. */
function threadOfSource(options: WorkerOptions): Worker {
  const file = new URL('./render-thread.ts', import.meta.url).href;
  const code = `import('tsx/esm/api').then(({ register }) => (register(), import(${JSON.stringify(file)})));`;
  return new Worker(code, { ...options, eval: true });
}
