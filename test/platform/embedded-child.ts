/**
 * A process of its own that uses the built-in PostgreSQL until its input ends; told what to do by one JSON argument.
 */
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
