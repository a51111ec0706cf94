/**
 * `npm run sbom`: writes the software bill of materials of a release as CycloneDX JSON.
 *
 * `npm sbom --omit=dev` leaves out packages that a tool of development needs too, such as `graphql`, so the list is
 * made from package-lock.json here.
 */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { bundledIn } from './bundled.ts';
import { readRelease, type Release, type ReleasePackage } from './packages.ts';

const HELP = `npm run sbom -- [flags]

Writes what a release consists of as CycloneDX 1.6 JSON: all packages that npm ci --omit=dev installs, on every platform,
and the software inside of them. It reads package-lock.json and needs no network.

  --output FILE   where to write (sbom.cdx.json); - is standard output
  --root DIR      the checkout (this one)
  --json          the same as --output -
  --help          this text

The scope of a component is "required", "optional" (installed on some platforms only) or "excluded" (installed by npm as
an optional peer, and never loaded by the server).`;

const { values } = parseArgs({
  options: {
    help: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    output: { type: 'string', default: 'sbom.cdx.json' },
    root: { type: 'string', default: path.resolve(import.meta.dirname, '../..') },
  },
});

if (values.help) process.stdout.write(`${HELP}\n`);
else write(readRelease(values.root), values.json ? '-' : values.output);

function write(release: Release, output: string): void {
  const text = `${JSON.stringify(sbomOf(release, new Date().toISOString()), null, 2)}\n`;
  if (output === '-') return void process.stdout.write(text);
  writeFileSync(output, text);
  process.stderr.write(
    `Wrote ${release.packages.length} packages of ${release.name} ${release.version} to ${output}.\n`,
  );
}

function sbomOf(release: Release, timestamp: string): object {
  const components = release.packages.map(componentOf);
  const product = purlOf(release);
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: `urn:uuid:${uuidOf(JSON.stringify(components))}`,
    version: 1,
    metadata: {
      timestamp,
      lifecycles: [{ phase: 'build' }],
      component: {
        'bom-ref': product,
        type: 'application',
        name: release.name,
        version: release.version,
        purl: product,
        ...licencesOf(release.licence),
      },
    },
    components,
    dependencies: [
      { ref: product, dependsOn: release.dependencies },
      ...release.packages.map(({ path: ref, dependencies }) => ({ ref, dependsOn: dependencies })),
    ],
  };
}

function componentOf(each: ReleasePackage): object {
  const { name, version, path: where, licence, integrity, resolved, isLoaded, isOptional } = each;
  const inside = bundledIn(each).map((part) => ({
    'bom-ref': `${where}#${part.name}`,
    type: part.name === 'postgresql' ? 'application' : 'library',
    name: part.name,
    ...(part.version === undefined ? {} : { version: part.version }),
    ...licencesOf(part.licence),
  }));
  return {
    'bom-ref': where,
    type: 'library',
    name,
    version,
    scope: !isLoaded ? 'excluded' : isOptional ? 'optional' : 'required',
    purl: purlOf({ name, version }),
    ...licencesOf(licence),
    ...(integrity === undefined ? {} : { hashes: [hashOf(integrity)] }),
    ...(resolved === undefined ? {} : { externalReferences: [{ type: 'distribution', url: resolved }] }),
    ...(inside.length === 0 ? {} : { components: inside }),
  };
}

function licencesOf(licence: string | undefined): object {
  if (licence === undefined) return {};
  if (!/\s/.test(licence)) return { licenses: [{ license: { id: licence } }] };
  return { licenses: [{ expression: licence.replaceAll(/\b(?:and|or)\b/g, (operator) => operator.toUpperCase()) }] };
}

/** https://github.com/package-url/purl-spec: the `@` of a scope is encoded. */
function purlOf({ name, version }: { readonly name: string; readonly version: string }): string {
  return `pkg:npm/${name.replace('@', '%40')}@${version}`;
}

/** npm writes `sha512-<base64>`. */
function hashOf(integrity: string): object {
  const [algorithm = '', digest = ''] = integrity.split('-', 2);
  return { alg: algorithm.replace(/^sha/, 'SHA-'), content: Buffer.from(digest, 'base64').toString('hex') };
}

/** The same components give the same number (a UUID of version 8). */
function uuidOf(text: string): string {
  const digits = createHash('sha256').update(text).digest('hex');
  return [
    digits.slice(0, 8),
    digits.slice(8, 12),
    `8${digits.slice(13, 16)}`,
    `8${digits.slice(17, 20)}`,
    digits.slice(20, 32),
  ].join('-');
}
