/** Ports of this machine's loopback address. */
import { createServer } from 'node:net';
import { AppError } from '../values/assert.ts';

export async function isPortFree(port: number): Promise<boolean> {
  return (await listenOn(port)) !== undefined;
}

export async function anyFreePort(): Promise<number> {
  const port = await listenOn(0);
  if (port === undefined) throw new AppError('No port is free on 127.0.0.1.');
  return port;
}

/** The port, when it could be listened on for a moment. */
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
