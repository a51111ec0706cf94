/** `npm run audit:licences`: lists the licences of a release, and fails on one that is not allowed. */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { judgeLicences, type LicenceFinding } from './licences.ts';
import { readRelease } from './packages.ts';

const HELP = `npm run audit:licences -- [flags]

Lists the licences of all packages that npm ci --omit=dev installs, on every platform, and of the software inside of
them. It reads package-lock.json and, for packages without a licence there, node_modules; it needs no network.

  --json        print every package with its licence as JSON
  --root DIR    the checkout (this one)
  --help        this text

Exit code 1: a licence is not in the list of tools/release/licences.ts, or a package declares none.`;

const { values } = parseArgs({
  options: {
    help: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    root: { type: 'string', default: path.resolve(import.meta.dirname, '../..') },
  },
});

if (values.help) process.stdout.write(`${HELP}\n`);
else process.exitCode = audit(values.root, values.json);

function audit(root: string, isJson: boolean): number {
  const findings = judgeLicences(readRelease(root).packages);
  const refused = findings.filter(({ isAllowed }) => !isAllowed);
  process.stdout.write(
    isJson ? `${JSON.stringify({ isAllowed: refused.length === 0, findings }, null, 1)}\n` : textOf(findings),
  );
  for (const { name, licence } of refused)
    process.stderr.write(`${name}: ${licence ?? 'declares no licence'}, which is not allowed.\n`);
  return refused.length === 0 ? 0 : 1;
}

function textOf(findings: readonly LicenceFinding[]): string {
  const byLicence = new Map<string, string[]>();
  for (const { name, licence = 'none declared' } of findings)
    byLicence.set(licence, [...(byLicence.get(licence) ?? []), name]);
  const lines = [...byLicence]
    .toSorted(([, one], [, other]) => other.length - one.length)
    .map(([licence, names]) => `${licence}: ${names.length > 5 ? names.length : names.join(', ')}`);
  const exceptions = findings.flatMap(({ name, exception }) =>
    exception === undefined ? [] : [`Allowed although not in the list: ${name} (${exception})`],
  );
  return `${[...lines, ...exceptions].join('\n')}\n`;
}
