/**
 * The files in deploy/prometheus and deploy/grafana, tried by a real Prometheus that reads a server of ours. No Grafana was
 * there to draw the dashboards; their expressions are asked of Prometheus. Skipped where Prometheus is not installed
 * (Debian: `apt-get install prometheus`).
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { anyFreePort } from '../../../src/platform/embedded-postgres/port.ts';
import { startApi, type Api } from '../../support/api.ts';
import { makeDefect, makeInspection } from '../../support/build.ts';
import { done, expectRefused } from '../../support/expect.ts';
import { makeScratchDirectory } from '../../support/scratch.ts';
import { makeFloor, oneSerial, record } from '../../support/work.ts';

const DEPLOY = path.resolve(import.meta.dirname, '../../../deploy');
const TOKEN = 'scrape-token-of-the-tests-0123456789';
const isInstalled = ['prometheus', 'promtool'].every((program) => spawnSync(program, ['--version']).status === 0);

interface Target {
  readonly expr: string;
}
interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly panels: readonly {
    readonly title: string;
    readonly description: string;
    readonly targets: readonly Target[];
  }[];
}

async function dashboards(): Promise<readonly Dashboard[]> {
  const folder = path.join(DEPLOY, 'grafana');
  const files = await readdir(folder);
  return Promise.all(files.map(async (file) => JSON.parse(await readFile(path.join(folder, file), 'utf8'))));
}

test('every dashboard has a title, and every panel a title, an explanation and a question', async () => {
  for (const { uid, title, panels } of await dashboards()) {
    expect([uid, title]).toEqual([expect.stringMatching(/^lotgraph-/), expect.stringMatching(/^lotgraph: /)]);
    for (const panel of panels) expect([panel.title, panel.description, panel.targets.length > 0]).not.toContain('');
  }
});

describe.skipIf(!isInstalled)('a Prometheus that reads a server (skipped where it is not installed)', () => {
  let api: Api;
  let folder: string;
  let prometheus: ChildProcess;
  let address: string;
  beforeAll(async () => {
    api = await startApi({ metricsToken: TOKEN });
    const floor = await makeFloor(api);
    const { serial, lot } = await oneSerial(api, floor);
    await record(api, serial, floor.burnIn, { result: 'FAIL' });
    await expectRefused(api, 'createProductModel', { code: 'PSA', name: 'Again' }, [['CONFLICT', 'code', 'GEN-3']]);
    const defect = await makeDefect(api, await makeInspection(api, lot));
    await done(api, 'reviewDefect', { id: defect.id, reviewStatus: 'FALSE_POSITIVE' }, 'defect { id }');
    await api.ask('query Board { lots { totalCount } }');

    folder = await makeScratchDirectory();
    await cp(path.join(DEPLOY, 'prometheus'), folder, { recursive: true });
    await writeFile(path.join(folder, 'metrics-token'), TOKEN);
    const config = path.join(folder, 'prometheus.yml');
    const text = await readFile(config, 'utf8');
    await writeFile(config, text.replace('127.0.0.1:4000', new URL(api.url).host).replaceAll(': 15s', ': 1s'));
    const port = await anyFreePort();
    address = `http://127.0.0.1:${port}`;
    const flags = ['--config.file', config, '--storage.tsdb.path', path.join(folder, 'data')];
    prometheus = spawn('prometheus', [...flags, '--web.listen-address', `127.0.0.1:${port}`], { stdio: 'ignore' });
  });
  afterAll(async () => {
    if (prometheus.kill('SIGTERM')) await once(prometheus, 'exit');
    await rm(folder, { recursive: true, force: true });
    await api.close();
  });

  const ask = async (expr: string): Promise<readonly unknown[]> => {
    const query = new URLSearchParams({ query: expr.replaceAll('$__rate_interval', '5m') });
    const response = await fetch(`${address}/api/v1/query?${query.toString()}`).catch(() => undefined);
    const body = (await response?.json()) as { data?: { result: readonly unknown[] }; error?: string } | undefined;
    if (body?.error !== undefined) throw new Error(`${expr}: ${body.error}`);
    return body?.data?.result ?? [];
  };

  test('promtool finds nothing wrong with the configuration and the rules', () => {
    for (const args of [
      ['check', 'config', path.join(folder, 'prometheus.yml')],
      ['check', 'rules', path.join(folder, 'alerts.yml')],
    ]) {
      const { status, stdout, stderr } = spawnSync('promtool', args, { encoding: 'utf8' });
      expect([status, `${stdout}${stderr}`]).toEqual([0, expect.stringContaining('SUCCESS')]);
    }
  });

  test('every expression of the dashboards has an answer (MON-3)', async () => {
    const asked = (await dashboards()).flatMap(({ panels }) => panels.flatMap(({ targets }) => targets));
    for (const { expr } of asked)
      await expect.poll(async () => [expr, (await ask(expr)).length > 0]).toEqual([expr, true]);
  });

  test('every alert asks for a metric that is there, and none fires for a healthy server', async () => {
    const rules = await readFile(path.join(DEPLOY, 'prometheus/alerts.yml'), 'utf8');
    const expressions = [...rules.matchAll(/^ +expr: (.+)$/gm)].map(([, expr = '']) => expr);
    expect(expressions.length).toBe(rules.match(/- alert: /g)?.length);
    for (const expr of expressions) {
      const [, measured = ''] = /^(.*) (?:==|>) [\d.]+$/.exec(expr) ?? [];
      await expect.poll(async () => [expr, (await ask(measured)).length > 0]).toEqual([expr, true]);
      // How long something takes depends on what else the machine does.
      if (!/seconds/.test(expr)) expect([expr, await ask(expr)]).toEqual([expr, []]);
    }
  });
});
