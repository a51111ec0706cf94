/** TCP ports of the loopback address 127.0.0.1. */
import { createServer } from 'node:net';
import { AppError } from '../values/assert.ts';

/** True when nothing listens on the port. */
export async function isPortFree(port: number): Promise<boolean> {
  return (await listenOn(port)) !== undefined;
}

/** A free port that the operating system chooses. Throws an AppError when there is none. */
export async function anyFreePort(): Promise<number> {
  const port = await listenOn(0);
  if (port === undefined) throw new AppError('No port is free on 127.0.0.1.');
  return port;
}

/**
 * Listens on the port for a moment and returns its number (for port 0, the one that was chosen); undefined when that is
 * not possible.
 */
function listenOn(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(address !== null && typeof address === 'object' ? address.port : undefined));
    });
  });
}
