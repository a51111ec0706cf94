/** A server of its own on the built-in PostgreSQL, with one lot and one inspection, for the measurements of quality. */
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { Agent, type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { Client } from 'pg';
import { startEmbeddedServer } from '../../src/platform/embedded-postgres/server.ts';
import { startLotgraph } from '../../test/support/command-line.ts';
import { makeScratchDirectory } from '../../test/support/scratch.ts';
import { familyMilliseconds, parentOf } from '../process-time.ts';

/** The server, its database and its files. */
export interface QualityPlant {
  /** The settings of every process on this plant. */
  readonly environment: Readonly<Record<string, string>>;
  readonly databaseUrl: string;
  /** The uuids of the lot and of the inspection that is IN_PROGRESS. */
  readonly lotId: string;
  readonly inspectionId: string;
  /** Sends an operation whose only root field is `payload`, and returns the payload. Throws if anything goes wrong. */
  // oxlint-disable-next-line typescript/no-explicit-any -- the bench reads fields that it requested
  ask(document: string, variables?: object): Promise<any>;
  /** A connection of its own, as the owner of the tables. The plant ends it. */
  connect(): Promise<Client>;
  /** The milliseconds of processor time of the server and of PostgreSQL so far. */
  spent(): { readonly node: number; readonly postgres: number };
  stop(): Promise<void>;
}

/** Starts the server. It does no background work, so that nothing happens at once with what is measured. */
export async function startQualityPlant(settings: Readonly<Record<string, string>> = {}): Promise<QualityPlant> {
  const directory = await makeScratchDirectory();
  const environment = {
    LOTGRAPH_DATA: directory,
    LOTGRAPH_REQUESTS_PER_SECOND: '0',
    // Other work on the machine must not be taken for an overload.
    LOTGRAPH_MAX_EVENT_LOOP_DELAY_MILLISECONDS: '0',
    LOTGRAPH_LOG_LEVEL: 'error',
    ...settings,
  };
  const server = await startLotgraph({ ...environment, LOTGRAPH_LOG_LEVEL: 'info', LOTGRAPH_WORKER: 'off' });
  const embedded = await startEmbeddedServer({ directory, log: () => undefined });
  const clients: Client[] = [];
  const headers = { authorization: `Bearer ${server.token}`, 'content-type': 'application/json' };
  // The bench works on the processors that it measures, and `fetch` costs as much as the server does. Answers are not
  // compressed, as the statements are not that they are compared with.
  const agent = new Agent({ keepAlive: true });
  const ask: QualityPlant['ask'] = async (query, variables = {}) => {
    const sent = request(server.url, { method: 'POST', headers, agent });
    sent.end(JSON.stringify({ query, variables }));
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    const { data, errors } = JSON.parse(await text(response)) as {
      data?: { payload: { errors?: readonly unknown[] } };
      errors?: unknown;
    };
    if (errors !== undefined || (data?.payload.errors ?? []).length > 0)
      throw new Error(JSON.stringify(errors ?? data?.payload.errors));
    return data?.payload;
  };
  const connect = async (): Promise<Client> => {
    const client = new Client({ connectionString: embedded.url });
    clients.push(client);
    await client.connect();
    return client;
  };
  const {
    rows: [place],
  } = await (await connect()).query<{ pid: number; folder: string }>(
    `SELECT pg_backend_pid() AS pid, current_setting('data_directory') AS folder`,
  );
  const postmaster = parentOf(place?.pid ?? 0) ?? 0;
  const { lotId, inspectionId } = await makeRecords(ask);
  return {
    environment,
    databaseUrl: embedded.url,
    lotId,
    inspectionId,
    ask,
    connect,
    spent: () => ({ node: familyMilliseconds(server.child.pid ?? 0), postgres: familyMilliseconds(postmaster) }),
    async stop() {
      agent.destroy();
      for (const client of clients) await client.end();
      server.child.kill('SIGTERM');
      await server.ended;
      await embedded.stop();
      // As root, the data of PostgreSQL are in a folder of another user.
      for (const folder of [directory, place?.folder ?? directory]) await rm(folder, { recursive: true, force: true });
    },
  };
}

async function makeRecords(ask: QualityPlant['ask']): Promise<Pick<QualityPlant, 'lotId' | 'inspectionId'>> {
  const errors = 'errors { code message path }';
  await ask(`mutation { payload: createProductModel(input: { code: "PSA", name: "Sensor" }) { ${errors} } }`);
  await ask(`mutation { payload: createProductionLine(input: { code: "KR01", name: "Line" }) { ${errors} } }`);
  const { lot } = await ask(
    `mutation { payload: createLot(input: { productModel: { code: "PSA" }, productionLine: { code: "KR01" }, productionDate: "2026-11-20" }) { lot { id } ${errors} } }`,
  );
  const { inspection } = await ask(
    `mutation ($lot: ID!) { payload: createInspection(input: { lot: { id: $lot }, type: VISUAL, sampleCode: "JOBS" }) { inspection { id } ${errors} } }`,
    { lot: lot.id },
  );
  await ask(`mutation ($id: ID!) { payload: startInspection(input: { id: $id }) { ${errors} } }`, {
    id: inspection.id,
  });
  return { lotId: uuidIn(lot.id), inspectionId: uuidIn(inspection.id) };
}

/** The uuid inside a global id. */
export function uuidIn(id: string): string {
  return Buffer.from(id, 'base64url').toString('latin1').split(':')[1] ?? '';
}

/** The value in the middle. */
export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? 0) + (sorted[Math.floor(middle)] ?? 0)) / 2;
}

/** The median, and the lowest and the highest value. */
export function spread(numbers: readonly number[], digits = 2): string {
  const text = (value: number): string => value.toFixed(digits);
  return `${text(median(numbers))} (${text(Math.min(...numbers))} to ${text(Math.max(...numbers))})`;
}
