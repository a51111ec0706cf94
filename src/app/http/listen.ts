/** Listening on the configured address. What can go wrong there is for the operator to mend, so it is said in one sentence. */
import { createServer, type Server } from 'node:http';
import type { Config } from '../../platform/process/config.ts';
import { AppError } from '../../platform/values/assert.ts';
import { errorCodeOf } from '../../platform/values/system-error.ts';

/** The address of a server. */
export type Address = Pick<Config, 'host' | 'port'>;

/** Listens on an address. Throws an AppError that says what to change if that is not possible. */
export function listen(server: Server, { host, port }: Address): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => reject(listenError(error, { host, port }));
    server.once('error', fail);
    server.listen(port, host, () => {
      server.off('error', fail);
      resolve();
    });
  });
}

/** Throws an AppError if the server could not listen on this address, before anything else is started. */
export async function checkAddress(address: Address): Promise<void> {
  const probe = createServer();
  await listen(probe, address);
  await new Promise((resolve) => probe.close(resolve));
}

function listenError(error: Error, { host, port }: Address): Error {
  const message = MESSAGES.get(errorCodeOf(error) ?? '')?.({ host, port });
  return message === undefined ? error : new AppError(message, { cause: error });
}

const NO_ADDRESS = ({ host }: Address): string =>
  `This machine has no address ${host}; choose another with LOTGRAPH_HOST.`;

const MESSAGES: ReadonlyMap<string, (address: Address) => string> = new Map([
  ['EADDRINUSE', ({ port }) => `Port ${port} is taken by another program; choose another with LOTGRAPH_PORT.`],
  ['EACCES', ({ port }) => `This user may not listen on port ${port}; choose another with LOTGRAPH_PORT.`],
  ['EADDRNOTAVAIL', NO_ADDRESS],
  ['ENOTFOUND', NO_ADDRESS],
]);
