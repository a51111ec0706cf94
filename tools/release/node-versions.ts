/** The versions of Node.js that the product allows, compared with those that its packages allow. */
import { readFileSync } from 'node:fs';
import path from 'node:path';

/** From a version, inclusive, to another one, exclusive. A version is one number: 1,000,000 for each major version. */
type Interval = readonly [from: number, to: number];

/**
 * The packages of package-lock.json that do not allow every version of Node.js that the product allows; npm would warn
 * of each (EBADENGINE). Each as its path, version and range.
 */
export function packagesThatAllowLess(root: string): readonly string[] {
  const { packages } = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')) as {
    readonly packages: Readonly<
      Record<string, { readonly version?: string; readonly engines?: { readonly node?: string } }>
    >;
  };
  const ours = packages['']?.engines?.node ?? '';
  return Object.entries(packages)
    .filter(([, { engines }]) => !allowsAll(engines?.node ?? '*', ours))
    .map(([where, { version, engines }]) => `${where} ${version}: ${engines?.node}`);
}

/** True when a range of versions contains every version of another range. Throws for a range that it cannot read. */
export function allowsAll(range: string, wanted: string): boolean {
  const allowed = intervalsOf(range).toSorted(([one], [other]) => one - other);
  return intervalsOf(wanted).every(([from, to]) => {
    let reached = from;
    for (const [start, end] of allowed) if (start <= reached) reached = Math.max(reached, end);
    return reached >= to;
  });
}

function intervalsOf(range: string): readonly Interval[] {
  return range.split('||').map((text) => {
    const parsed = /^(\^|>=)?\s*(\*|(\d+)(?:\.(\d+|\*|x))?(?:\.(\d+|\*|x))?)$/.exec(text.trim());
    if (parsed === null) throw new Error(`"${text}" is a range of versions of a form that is not known here.`);
    const [, operator, all, major = '', minor = '*', patch = '*'] = parsed;
    if (all === '*') return [0, Infinity];
    const [first, second, third] = [major, minor, patch].map((part) => (/^\d+$/.test(part) ? Number(part) : 0));
    const from = versionOf(first, second, third);
    if (operator === '>=') return [from, Infinity];
    // ^20.19 and 20 end with the major version, 20.19 with the minor one; ^0.1 does not occur among versions of Node.js.
    if (operator === '^' || !/^\d+$/.test(minor)) return [from, versionOf((first ?? 0) + 1)];
    return [from, /^\d+$/.test(patch) ? from + 1 : versionOf(first, (second ?? 0) + 1)];
  });
}

function versionOf(major = 0, minor = 0, patch = 0): number {
  return (major * 1_000 + minor) * 1_000 + patch;
}
