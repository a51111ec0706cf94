/**
 * Measures by how much the event loop is late. While JavaScript computes, the server answers nobody, and no deadline can
 * end it: a late event loop is the sign of an overloaded process.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';

/** The delay of the event loop of this process. */
export interface EventLoopMonitor {
  /** The median delay of the last second, in milliseconds. A single long computation does not change it. */
  readonly delayMilliseconds: number;
  stop(): void;
}

const RESOLUTION_MILLISECONDS = 20;
const SAMPLE_MILLISECONDS = 1_000;

/** Starts to measure. `onSample` is called after each second with the median delay. */
export function monitorEventLoop(onSample: (delayMilliseconds: number) => void): EventLoopMonitor {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MILLISECONDS });
  let delayMilliseconds = 0;
  histogram.enable();
  const timer = setInterval(() => {
    // The histogram holds the time between two ticks of a timer, which is the resolution when nothing is late.
    const median = histogram.count === 0 ? 0 : histogram.percentile(50) / 1_000_000 - RESOLUTION_MILLISECONDS;
    delayMilliseconds = Math.max(0, Math.round(median));
    histogram.reset();
    onSample(delayMilliseconds);
  }, SAMPLE_MILLISECONDS);
  timer.unref();
  return {
    get delayMilliseconds() {
      return delayMilliseconds;
    },
    stop() {
      clearInterval(timer);
      histogram.disable();
    },
  };
}
