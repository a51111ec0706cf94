/**
 * Loaded into each measured process before its own code (`--import`). On request of its parent process it reports what
 * the process has used so far: processor time, busy time and the part of it in garbage collection, statements sent to
 * PostgreSQL, and memory; or the memory in use after a garbage collection.
 */
import { createRequire } from 'node:module';
import { PerformanceObserver, performance } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

let collecting = 0;
const observer = new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) collecting += entry.duration;
});
observer.observe({ entryTypes: ['gc'] });

// The copy of `pg` that the measured program itself imports.
const { Connection } = createRequire(process.argv[1])('pg');
let statements = 0;
for (const way of ['execute', 'query']) {
  const send = Connection.prototype[way];
  Connection.prototype[way] = function counted(...given) {
    statements += 1;
    return send.apply(this, given);
  };
}

process.on('message', (message) => {
  if (message === 'memory') process.send({ memory: memoryInUse() });
  if (message !== 'probe') return;
  for (const entry of observer.takeRecords()) collecting += entry.duration;
  const { user, system } = process.cpuUsage();
  const { rss } = process.memoryUsage();
  process.send({
    probe: {
      processor: (user + system) / 1_000,
      busy: performance.eventLoopUtilization().active,
      collecting,
      statements,
      megabytes: rss / 1_048_576,
    },
  });
});

/**
 * Collects garbage twice, because objects with finalizers are freed only the second time, and returns the memory in
 * use.
 */
function memoryInUse() {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc');
  collect();
  collect();
  const { rss, heapUsed } = process.memoryUsage();
  return { heap: heapUsed / 1_048_576, rss: rss / 1_048_576 };
}

// The benchmark has ended, so the measured process ends too.
process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));
