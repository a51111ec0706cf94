/** Simulates a bad network: a TCP proxy in front of a server, which delays, drops, cuts and resets connections. */
import { createConnection, createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Proxy extends AsyncDisposable {
  readonly port: number;
  /** Delays each packet by this time, in both directions, in order. 0 restores the network. */
  delay(milliseconds: number): void;
  /** Holds back all packets in both directions without notice to either side; they arrive when the hole closes. */
  blackHole(isOpen: boolean): void;
  /**
   * The existing connections carry nothing any more, without notice to either side, as after a firewall has dropped
   * them; new connections work.
   */
  forget(): void;
  /** Requests arrive; each connection is cut before its answer. */
  cutAnswers(isCutting: boolean): void;
  /** Ends every connection by RST. */
  reset(): void;
}

/** `port` may be a function for a server that is started again on another port. */
export async function proxyTo(host: string, port: number | (() => number)): Promise<Proxy> {
  const wire = { delay: 0, isCutting: false, healed: Promise.resolve(), heal: (): void => undefined };
  const sockets = new Set<Socket>();
  const forgotten = new WeakSet<Socket>();
  const cut = (): void => {
    for (const socket of sockets) socket.resetAndDestroy();
  };

  const carry = (from: Socket, to: Socket, isAnswer: boolean): void => {
    const isForgotten = (): boolean => forgotten.has(from) || forgotten.has(to);
    let last = Promise.resolve();
    const inTurn = (work: () => void): void => {
      const [before, { delay }] = [last, wire];
      last = (async () => {
        await before;
        if (delay > 0) await sleep(delay);
        await wire.healed;
        if (!isForgotten()) work();
      })();
    };
    from.on('data', (chunk) => {
      if (isAnswer && wire.isCutting) {
        from.resetAndDestroy();
        to.resetAndDestroy();
        return;
      }
      inTurn(() => to.destroyed || to.write(chunk));
    });
    from.on('end', () => inTurn(() => to.destroyed || to.end()));
    from.on('error', () => inTurn(() => to.destroyed || to.resetAndDestroy()));
    // A dropped connection stays open towards its peer and is closed with the proxy.
    from.on('close', () => isForgotten() || sockets.delete(from));
  };

  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const beyond = createConnection({
      host,
      port: typeof port === 'number' ? port : port(),
      allowHalfOpen: true,
      noDelay: true,
    });
    sockets.add(client).add(beyond);
    carry(client, beyond, false);
    carry(beyond, client, true);
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));

  return {
    port: (server.address() as AddressInfo).port,
    delay: (milliseconds) => (wire.delay = milliseconds),
    blackHole(isOpen) {
      wire.heal();
      if (isOpen) wire.healed = new Promise((resolve) => (wire.heal = resolve));
    },
    forget() {
      for (const socket of sockets) forgotten.add(socket);
    },
    cutAnswers: (isCutting) => (wire.isCutting = isCutting),
    reset: cut,
    async [Symbol.asyncDispose]() {
      wire.heal();
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
