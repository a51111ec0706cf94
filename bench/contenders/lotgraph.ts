/**
 * This server, built and started as in production: authenticated, all limits on; only the rate of requests is not
 * limited.
 */
import { MAIN, PASSWORD, type Plant } from '../plant.ts';
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

/** An access token lives for a quarter of an hour; a slice is shorter than the rest. */
const RENEW_MILLISECONDS = 5 * 60_000;

export async function startLotgraph(plant: Plant, node: string, nodeFlags: readonly string[]): Promise<Contender> {
  const environment = {
    LOTGRAPH_DATA: plant.directory,
    LOTGRAPH_TOKEN_SECRET: 'a secret of the bench, which guards nothing',
    LOTGRAPH_ADMIN_PASSWORD: PASSWORD,
    LOTGRAPH_REQUESTS_PER_SECOND: '0',
    LOTGRAPH_ANONYMOUS_REQUESTS_PER_SECOND: '0',
    LOTGRAPH_POOL_SIZE: String(POOL_SIZE),
  };
  const child = spawnMeasured(node, [...nodeFlags, MAIN, 'start', '--port', '0'], environment, 'pipe');
  let words = '';
  const url = await new Promise<string>((resolve, reject) => {
    child.stderr?.on('data', (chunk) => {
      words += String(chunk);
      const [, found] = /listens on (\S+)/.exec(words) ?? [];
      if (found !== undefined) resolve(found);
    });
    child.once('exit', () => reject(new Error(`The server ended early:\n${words}`)));
  });
  let admin: { readonly at: number; readonly headers: Readonly<Record<string, string>> } = {
    at: -RENEW_MILLISECONDS,
    headers: {},
  };
  return {
    name: 'lotgraph',
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

/** The headers of a user, all of whom have one password. */
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
