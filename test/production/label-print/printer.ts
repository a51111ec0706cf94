/** Printers for tests: real TCP servers of this machine. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { LabelPrinter } from '../../../src/platform/process/config-entries.ts';

export interface TestPrinter extends LabelPrinter {
  /** The programs that it got, each by a connection of its own. */
  readonly programs: readonly string[];
  close(): Promise<void>;
}

/** How a printer behaves: it takes labels, takes bytes and never ends, or breaks the connection at once. */
export type Behaviour = 'PRINTS' | 'HANGS' | 'BREAKS';

export async function startPrinter(name: string, behaviour: Behaviour = 'PRINTS'): Promise<TestPrinter> {
  const programs: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    if (behaviour === 'BREAKS') return void socket.resetAndDestroy();
    let program = '';
    socket.setEncoding('utf8').on('data', (text) => (program += text));
    socket.on('end', () => {
      programs.push(program);
      if (behaviour === 'PRINTS') socket.end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    name,
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    programs,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** The fields of a program of ZPL, with the escapes of `^FH` undone: first the code, then the line below it. */
export function fieldsOf(program: string): readonly string[] {
  return [...program.matchAll(/\^FH\^FD(.*?)\^FS/gs)].map(([, data = '']) =>
    Buffer.from(
      data.replace(/_([0-9A-F]{2})|[^_]/g, (character, hex: string | undefined) =>
        hex === undefined
          ? Buffer.from(character, 'utf8').toString('latin1')
          : String.fromCharCode(Number.parseInt(hex, 16)),
      ),
      'latin1',
    ).toString('utf8'),
  );
}
