/** Subscriptions over server-sent events, read by `fetch`, because the browser's own reader cannot say who asks. */
import { bodyOf } from '../server.ts';
import { authorization } from './session.ts';

/**
 * Calls back for each event but the very first one, which has the state that the page has just asked for, until the
 * returned function is called. A broken stream is opened again; its first event stands for all that were missed.
 */
export function listen(document: Parameters<typeof bodyOf>[0], onEvent: () => void): () => void {
  const end = new AbortController();
  let count = 0;
  const tell = (): void => {
    count += 1;
    if (count > 1) onEvent();
  };
  const run = async (): Promise<void> => {
    for (let failures = 0; !end.signal.aborted; failures += 1) {
      try {
        const response = await fetch('/graphql', {
          method: 'POST',
          headers: { ...authorization(), 'content-type': 'application/json', accept: 'text/event-stream' },
          body: JSON.stringify(bodyOf(document)),
          signal: end.signal,
        });
        if (response.ok && response.body !== null) {
          failures = 0;
          await readEvents(response.body, tell);
        }
      } catch {
        // The next round opens it again.
      }
      await new Promise((resolve) => setTimeout(resolve, Math.min(2 ** failures, LONGEST_PAUSE) * 1_000));
    }
  };
  void run();
  return () => end.abort();
}

/** Seconds. */
const LONGEST_PAUSE = 30;

async function readEvents(body: ReadableStream<Uint8Array>, onEvent: () => void): Promise<void> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  for (let text = ''; ; ) {
    const { done, value } = await reader.read();
    if (done) return;
    const events = (text + decoder.decode(value, { stream: true })).split('\n\n');
    text = events.pop() ?? '';
    for (const event of events) if (/^event: ?next$/m.test(event)) onEvent();
  }
}
