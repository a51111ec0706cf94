/** Runs the product over HTTP: a server of its own on a database of its own. */
import { hash } from '@node-rs/argon2';
import { v7 as uuid7 } from 'uuid';
import { type RunningServer, startServer } from '../../src/app/server.ts';
import { openSession } from '../../src/identity/user/login-session.commands.ts';
import { openStoredEntries } from '../../src/operation/config-entry/config-entry.loaders.ts';
import { eventKeeper } from '../../src/operation/system-event/system-event.commands.ts';
import type { Database } from '../../src/platform/postgres/client.ts';
import { openDatabase } from '../../src/platform/postgres/database.ts';
import { type Config, readConfig } from '../../src/platform/process/config.ts';
import { startMonitor } from '../../src/platform/process/monitoring/monitor.ts';
import { createLog, type Log } from '../../src/platform/process/log.ts';
import type { Services } from '../../src/platform/request/context.ts';
import { type Role, ROLES } from '../../src/platform/rules/access.ts';
import { signAccessToken } from '../../src/platform/security/access-token.ts';
import { freshDatabase } from './database.ts';
import { openFolder, type TestStore } from './file-stores.ts';

export interface Answer {
  readonly status: number;
  // oxlint-disable-next-line typescript/no-explicit-any -- the tests state what they expect of an answer
  readonly data: any;
  readonly errors: readonly {
    readonly message: string;
    readonly path?: readonly string[];
    readonly extensions: Readonly<Record<string, unknown>>;
  }[];
  /** The number of statements that the request sent, without the look-up of the viewer. */
  readonly statements: number;
}

export interface Credentials {
  readonly token?: string;
  readonly apiKey?: string;
}

/** The password of the users that every test server has. */
export const PASSWORD = 'Abcdef-1';

export interface Api extends AsyncDisposable {
  readonly url: string;
  readonly database: Database;
  readonly databaseUrl: string;
  readonly services: Services;
  /** Its file store, as its operator sees it. */
  readonly store: TestStore;
  readonly config: Config;
  /** Sends a request as a user of this role; null sends it without credentials. The default is ADMIN. */
  ask(document: string, variables?: object, role?: Role | null): Promise<Answer>;
  /** Sends a request with the token of a user, with the key of a station, or with both. */
  askWith(credentials: string | null | Credentials, document: string, variables?: object): Promise<Answer>;
  tokenOf(role: Role): Promise<string>;
  /** A token of a new session, which a test may end without harm. */
  newTokenOf(role: Role): Promise<string>;
  userIdOf(role: Role): string;
  close(): Promise<void>;
}

/** Users `admin`, `manager`, … exist, one of each role, with the password PASSWORD. It closes its file store, too. */
export async function startApi(
  overrides: Partial<Config> = {},
  openStore: () => Promise<TestStore> = openFolder,
): Promise<Api> {
  const fresh = await freshDatabase();
  const reading = readConfig({
    NODE_ENV: 'test',
    LOTGRAPH_PORT: '0',
    LOTGRAPH_REQUESTS_PER_SECOND: '0',
    LOTGRAPH_ANONYMOUS_REQUESTS_PER_SECOND: '0',
    LOTGRAPH_LOG_LEVEL: process.env['TEST_LOG'] ?? 'silent',
    // Nothing here may depend on the load of the machine.
    LOTGRAPH_DEADLINE_SECONDS: '100',
    LOTGRAPH_STATEMENT_TIMEOUT_SECONDS: '90',
    LOTGRAPH_MAX_EVENT_LOOP_DELAY_MILLISECONDS: '0',
  });
  if ('problems' in reading) throw new Error(reading.problems.join('\n'));
  const config = { ...reading.config, ...overrides };
  const log = logOf(config.logLevel);
  const monitor = startMonitor({ thresholds: config.thresholds, log });
  const database = openDatabase({
    onStatement: (run) => monitor.noteStatement(run),
    url: fresh.url,
    poolSize: config.poolSize,
    statementTimeoutSeconds: config.statementTimeoutSeconds,
    onConnectionError: () => undefined,
  });
  const { userIds, sessionIds } = await makeUsers(database);
  const store = await openStore();
  const events = eventKeeper(database, log);
  const entries = await openStoredEntries(database, config.environment, log);
  const services: Services = { config, database, entries, files: store.files, log, monitor, events, version: 'test' };
  const server: RunningServer = await startServer(services);
  const tokens = new Map<Role, Promise<string>>();

  const api: Api = {
    url: server.url,
    database,
    databaseUrl: fresh.url,
    services,
    store,
    config,
    ask: async (document, variables, role = 'ADMIN') =>
      api.askWith(role === null ? null : await api.tokenOf(role), document, variables),
    askWith: (credentials, document, variables) =>
      post(
        server.url,
        typeof credentials === 'string' ? { token: credentials } : (credentials ?? {}),
        document,
        variables,
      ),
    tokenOf(role) {
      const known =
        tokens.get(role) ??
        signAccessToken(
          { userId: api.userIdOf(role), sessionId: sessionIds.get(role) ?? '' },
          config.tokenSecret,
          3600,
        );
      tokens.set(role, known);
      return known;
    },
    async newTokenOf(role) {
      const userId = api.userIdOf(role);
      const { sessionId } = await database.transaction((tx) =>
        openSession(tx, { userId, origin: NOWHERE, now: new Date().toISOString() }),
      );
      return signAccessToken({ userId, sessionId }, config.tokenSecret, 3600);
    },
    userIdOf: (role) => userIds.get(role) ?? '',
    async close() {
      await server.stop();
      await events.settled();
      await database.close();
      await fresh.drop();
      await store.close();
    },
    [Symbol.asyncDispose]: () => api.close(),
  };
  return api;
}

/** The logs of all servers of this process, by their level: each log looks ten times a second for what is to be written. */
const logs = new Map<string, Log>();

function logOf(level: string): Log {
  const log = logs.get(level) ?? createLog(level);
  logs.set(level, log);
  return log;
}

const NOWHERE = { ip: null, userAgent: null };

async function post(
  url: string,
  { token, apiKey }: Credentials,
  query: string,
  variables: object = {},
): Promise<Answer> {
  const credentials = {
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(apiKey === undefined ? {} : { 'x-api-key': apiKey }),
  };
  const headers = {
    'content-type': 'application/json',
    accept: 'application/graphql-response+json',
    // Packing and unpacking the answers would only take time.
    'accept-encoding': 'identity',
    ...credentials,
  };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query, variables }) });
  const body = (await response.json()) as { data?: unknown; errors?: Answer['errors'] };
  return {
    status: response.status,
    data: body.data,
    errors: body.errors ?? [],
    statements: Number(response.headers.get('x-lotgraph-statements')),
  };
}

interface Made {
  readonly userIds: ReadonlyMap<Role, string>;
  readonly sessionIds: ReadonlyMap<Role, string>;
}

/** One user of each role, signed in. A weak hash is sufficient here, and fast. */
async function makeUsers(database: Database): Promise<Made> {
  const userIds = new Map(ROLES.map((role) => [role, uuid7()]));
  const sessionIds = new Map<Role, string>();
  const passwordHash = await hash(PASSWORD, { memoryCost: 8, timeCost: 1, parallelism: 1 });
  await database.transaction(async (tx) => {
    // These sessions are not under test. A test that counts audit entries finds those of its own mutations and of seven
    // users.
    await tx.sql`ALTER TABLE login_sessions DISABLE TRIGGER tg_login_sessions_audit_insert`;
    for (const [role, id] of userIds) {
      await tx.user.create({
        data: { id, username: role.toLowerCase(), fullName: `${role} of the tests`, role, passwordHash },
      });
      const { sessionId } = await openSession(tx, { userId: id, origin: NOWHERE, now: new Date().toISOString() });
      sessionIds.set(role, sessionId);
    }
    await tx.sql`ALTER TABLE login_sessions ENABLE TRIGGER tg_login_sessions_audit_insert`;
  });
  return { userIds, sessionIds };
}
