/** Uses the built-in PostgreSQL in a process of its own until its input ends. One JSON argument sets the options. */
import { startEmbeddedServer } from '../../src/platform/embedded-postgres/server.ts';

const { directory, systemUser } = JSON.parse(process.argv[2] ?? '{}');
const log: string[] = [];
const embedded = await startEmbeddedServer({
  directory,
  log: (message) => log.push(message),
  ...(systemUser === undefined ? {} : { systemUser }),
});
process.stdout.write(`${JSON.stringify({ url: embedded.url, directory: embedded.directory, log })}\n`);
process.stdin.resume();
process.stdin.once('end', async () => {
  await embedded.stop();
  process.stdout.write(`${JSON.stringify({ log })}\n`);
});
