/** The peer: PostGraphile 5, in a folder of its own, on a Node of its own, installed when it is asked for the first time. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { ROOT, type Plant } from '../plant.ts';
import { JSON_HEADERS, POOL_SIZE, memoryOf, probeOf, spawnMeasured, stopped, urlOf, versionOf, type Contender } from './contender.ts';

const PEERS = path.join(ROOT, 'bench/peers');
const NODE = path.join(PEERS, 'node_modules/node/bin/node');

export async function startPostgraphile(plant: Plant, report: (message: string) => void): Promise<Contender> {
  if (!existsSync(NODE)) {
    report('Installing the peers, once.');
    const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: PEERS, stdio: ['ignore', 'ignore', 'inherit'] });
    if (status !== 0) throw new Error('The peers could not be installed; leave them out with --without PostGraphile.');
  }
  const child = spawnMeasured(NODE, [path.join(PEERS, 'postgraphile.mjs')], { GRAPHILE_ENV: 'production', DATABASE_URL: plant.url, POOL_SIZE: String(POOL_SIZE) });
  return {
    name: 'PostGraphile',
    what: `PostGraphile 5, no authentication, no limits, ${versionOf(NODE)}`,
    url: await urlOf(child),
    probe: () => probeOf(child),
    memory: () => memoryOf(child),
    headers: async () => JSON_HEADERS,
    stop: () => stopped(child),
  };
}
