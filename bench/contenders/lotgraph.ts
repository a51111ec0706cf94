/**
 * lotgraph, built and started as in production: with authentication and all limits, except that the rate of requests is
 * unlimited. It is the build of this checkout, or that of another one (--before).
 */
import path from 'node:path';
import { PASSWORD, type Plant } from '../plant.ts';
import {
  JSON_HEADERS,
  POOL_SIZE,
  memoryOf,
  probeOf,
  spawnMeasured,
  stopped,
  versionOf,
  type Contender,
} from './contender.ts';

const LOGIN = 'mutation ($input: LoginInput!) { login(input: $input) { session { accessToken } errors { message } } }';

/** An access token is valid for a quarter of an hour; a slice takes less than the remaining time. */
const RENEW_MILLISECONDS = 5 * 60_000;

/** A build of lotgraph, and the Node.js that runs it. */
export interface LotgraphBuild {
  readonly name: 'lotgraph' | 'before';
  /** A checkout that is built. */
  readonly root: string;
  readonly node: string;
  readonly nodeFlags: readonly string[];
}

/** Starts a build of lotgraph on the plant. */
export async function startLotgraph(plant: Plant, { name, root, node, nodeFlags }: LotgraphBuild): Promise<Contender> {
  const environment = {
    LOTGRAPH_DATA: plant.directory,
    LOTGRAPH_TOKEN_SECRET: 'a secret of the bench, which guards nothing',
    LOTGRAPH_ADMIN_PASSWORD: PASSWORD,
    LOTGRAPH_REQUESTS_PER_SECOND: '0',
    LOTGRAPH_ANONYMOUS_REQUESTS_PER_SECOND: '0',
    LOTGRAPH_POOL_SIZE: String(POOL_SIZE),
  };
  const child = spawnMeasured(
    node,
    [...nodeFlags, path.join(root, 'dist/main.js'), 'start', '--port', '0'],
    environment,
    'pipe',
  );
  let output = '';
  let isFound = false;
  const url = await new Promise<string>((resolve, reject) => {
    child.stderr?.on('data', (chunk) => {
      if (isFound) return;
      output += String(chunk);
      const [, found] = /listens on ([^\s"]+)/.exec(output) ?? [];
      isFound = found !== undefined;
      if (found !== undefined) resolve(found);
    });
    child.once('exit', () => reject(new Error(`The server ended early:\n${output}`)));
  });
  let admin: { readonly at: number; readonly headers: Readonly<Record<string, string>> } = {
    at: -RENEW_MILLISECONDS,
    headers: {},
  };
  return {
    name,
    what: `dist/main.js start, NODE_ENV=production, ${versionOf(node)}${nodeFlags.map((flag) => ` ${flag}`).join('')}`,
    url,
    probe: () => probeOf(child),
    memory: () => memoryOf(child),
    async headers() {
      if (performance.now() - admin.at >= RENEW_MILLISECONDS)
        admin = { at: performance.now(), headers: await signedIn(url, 'admin') };
      return admin.headers;
    },
    stop: () => stopped(child),
  };
}

/** Signs a user in and returns the headers of their requests. All users have the same password. */
export async function signedIn(url: string, username: string): Promise<Readonly<Record<string, string>>> {
  const response = await fetch(url, {
    method: 'POST',
    headers: JSON_HEADERS,
    body: JSON.stringify({ query: LOGIN, variables: { input: { username, password: PASSWORD } } }),
  });
  const answer = (await response.json()) as { data?: { login: { session: { accessToken: string } | null } } };
  const token = answer.data?.login.session?.accessToken;
  if (token === undefined) throw new Error(`${username} could not sign in: ${JSON.stringify(answer)}`);
  return { ...JSON_HEADERS, authorization: `Bearer ${token}` };
}
