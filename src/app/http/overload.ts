/** Sheds load: while the event loop is late, new requests are answered with 503 before anything is done for them. */
import { monitorEventLoop } from '../../platform/process/event-loop.ts';
import type { Services } from '../../platform/request/context.ts';

/** Whether a server process is overloaded. */
export interface OverloadGuard {
  /** The median delay of the event loop in the last second, in milliseconds. */
  readonly delayMilliseconds: number;
  readonly isOverloaded: boolean;
  stop(): void;
}

/** Starts to watch the event loop of this process. The beginning and the end of an overload are logged. */
export function overloadGuard({ config, log }: Pick<Services, 'config' | 'log'>): OverloadGuard {
  const limit = config.maxEventLoopDelayMilliseconds;
  let isOverloaded = false;
  const eventLoop = monitorEventLoop((delayMilliseconds) => {
    const wasOverloaded = isOverloaded;
    isOverloaded = limit > 0 && delayMilliseconds > limit;
    if (isOverloaded === wasOverloaded) return;
    const event = isOverloaded ? 'server.overloaded' : 'server.recovered';
    const message = isOverloaded ? 'the event loop is late; new requests are rejected' : 'requests are accepted again';
    log.warn({ event, delayMilliseconds, limit }, message);
  });
  return {
    get delayMilliseconds() {
      return eventLoop.delayMilliseconds;
    },
    get isOverloaded() {
      return isOverloaded;
    },
    stop: () => eventLoop.stop(),
  };
}
