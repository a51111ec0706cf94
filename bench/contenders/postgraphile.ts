/** The peer: PostGraphile 5, in a folder of its own with the Node.js that it needs, installed on first use. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { ROOT, type Plant } from '../plant.ts';
import {
  JSON_HEADERS,
  POOL_SIZE,
  memoryOf,
  probeOf,
  spawnMeasured,
  stopped,
  urlOf,
  versionOf,
  type Contender,
} from './contender.ts';

const PEERS = path.join(ROOT, 'bench/peers');
const NODE = path.join(PEERS, 'node_modules/node/bin/node');

/** Returns the Node.js of the peer. All contenders run on it, so that only the servers differ. */
export function nodeOfPeer(report: (message: string) => void): string {
  if (existsSync(NODE)) return NODE;
  report('Installing the peer, once.');
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], {
    cwd: PEERS,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (status !== 0) throw new Error('The peer could not be installed; leave it out with --without PostGraphile.');
  return NODE;
}

/** Starts PostGraphile. */
export async function startPostgraphile(plant: Plant, node: string): Promise<Contender> {
  const child = spawnMeasured(node, [path.join(PEERS, 'postgraphile.mjs')], {
    GRAPHILE_ENV: 'production',
    DATABASE_URL: plant.url,
    POOL_SIZE: String(POOL_SIZE),
  });
  return {
    name: 'PostGraphile',
    what: `PostGraphile 5, no authentication, no limits, ${versionOf(node)}`,
    url: await urlOf(child),
    probe: () => probeOf(child),
    memory: () => memoryOf(child),
    headers: async () => JSON_HEADERS,
    stop: () => stopped(child),
  };
}
