/** Which licences a release may contain. */
import { bundledIn } from './bundled.ts';
import type { ReleasePackage } from './packages.ts';

/** SPDX ids of licences that ask for no more than their text and the names of the authors. */
const ALLOWED: ReadonlySet<string> = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BSL-1.0',
  'CC0-1.0',
  'ICU',
  'ISC',
  'MIT',
  'OpenSSL',
  'PostgreSQL',
  'Unlicense',
  'Zlib',
]);

interface Exception {
  readonly licence: string | undefined;
  readonly reason: string;
  /** Whether the server may load it. */
  readonly isForServer?: true;
}

/** Packages that were looked at one by one. Another version has to be looked at again. */
const EXCEPTIONS: Readonly<Record<string, Exception>> = {
  'elkjs@0.11.1': {
    licence: 'EPL-2.0',
    reason: "part of Prisma's command line, an optional peer; unchanged, and never loaded by the server",
  },
  'png-js@1.1.0': {
    licence: undefined,
    reason: 'declares none, its file LICENSE is MIT; a part of pdfkit, for pictures in PDF, which reports do not have',
    isForServer: true,
  },
  'seq-queue@0.0.5': {
    licence: undefined,
    reason: "declares none, its file LICENSE is MIT; part of Prisma's command line, never loaded by the server",
  },
};

/** A package or something inside of it, with its licence and what is wrong with that. */
export interface LicenceFinding {
  readonly name: string;
  readonly licence: string | undefined;
  readonly isAllowed: boolean;
  /** Why it is allowed although its licence is not. */
  readonly exception?: string;
}

/** Every package, and everything inside of it, with its judgement. */
export function judgeLicences(packages: readonly ReleasePackage[]): readonly LicenceFinding[] {
  return packages.flatMap((each) => {
    const name = `${each.name}@${each.version}`;
    const inside = bundledIn(each).map(({ name: part, licence }) => finding(`${part} in ${name}`, licence));
    const known = EXCEPTIONS[name];
    const own = finding(name, each.licence);
    return [
      own.isAllowed ||
      known === undefined ||
      known.licence !== each.licence ||
      (each.isLoaded && known.isForServer !== true)
        ? own
        : { ...own, isAllowed: true, exception: known.reason },
      ...inside,
    ];
  });
}

function finding(name: string, licence: string | undefined): LicenceFinding {
  return { name, licence, isAllowed: licence !== undefined && isAllowed(licence) };
}

/**
 * Whether an SPDX expression allows the use: of alternatives, one must be allowed; of parts, each. Nested expressions
 * are not understood, and so not allowed.
 */
export function isAllowed(expression: string): boolean {
  const flat = expression.replace(/^\((.*)\)$/, '$1').trim();
  if (/[()]/.test(flat)) return false;
  return flat
    .split(/\s+or\s+/i)
    .some((alternative) => alternative.split(/\s+and\s+/i).every((licence) => ALLOWED.has(licence.trim())));
}
