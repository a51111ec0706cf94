/**
 * The packages of a release, read from package-lock.json: what `npm ci --omit=dev` installs, on every platform.
 *
 * npm installs more than the server loads: a tool of development that is also an optional peer of a dependency (such as
 * Prisma's command line) stays. `isLoaded` separates the two.
 */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** A package of the release. */
export interface ReleasePackage {
  readonly name: string;
  readonly version: string;
  /** Where npm installs it, below the root. */
  readonly path: string;
  /** As the package declares it; undefined when it does not. */
  readonly licence: string | undefined;
  /** Whether the server depends on it, through dependencies and required peers. */
  readonly isLoaded: boolean;
  /** Whether it is installed on some platforms only. */
  readonly isOptional: boolean;
  readonly integrity: string | undefined;
  readonly resolved: string | undefined;
  /** The paths of the packages that it depends on. */
  readonly dependencies: readonly string[];
}

/** The product and its packages. */
export interface Release {
  readonly name: string;
  readonly version: string;
  readonly licence: string | undefined;
  readonly dependencies: readonly string[];
  readonly packages: readonly ReleasePackage[];
}

interface Locked {
  readonly name?: string;
  readonly version?: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

type Lock = Readonly<Record<string, Locked>>;

const FOLDER = 'node_modules/';

/** Reads the release of the checkout in this directory. */
export function readRelease(root: string): Release {
  const { packages: lock } = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')) as {
    readonly packages: Lock;
  };
  const product = lock[''] ?? {};
  const loaded = loadedPaths(lock);
  const packages = Object.entries(lock)
    .filter(([where, { dev }]) => where !== '' && dev !== true)
    .map(([where, locked]) => ({
      name: locked.name ?? where.slice(where.lastIndexOf(FOLDER) + FOLDER.length),
      version: locked.version ?? '',
      path: where,
      licence: locked.license ?? declaredLicence(path.join(root, where, 'package.json')),
      isLoaded: loaded.has(where),
      isOptional: locked.optional === true,
      integrity: locked.integrity,
      resolved: locked.resolved,
      dependencies: dependenciesOf(lock, where),
    }))
    .toSorted((one, other) => one.path.localeCompare(other.path, 'en'));
  const { name = '', version = '', license } = product;
  return { name, version, licence: license, dependencies: dependenciesOf(lock, ''), packages };
}

function loadedPaths(lock: Lock): ReadonlySet<string> {
  const loaded = new Set(dependenciesOf(lock, ''));
  // Paths that are added during the loop are visited too.
  for (const where of loaded) for (const dependency of dependenciesOf(lock, where)) loaded.add(dependency);
  return loaded;
}

/** The paths of its dependencies and required peers; optional ones count where the lock has them. */
function dependenciesOf(lock: Lock, where: string): readonly string[] {
  const { dependencies, optionalDependencies, peerDependencies, peerDependenciesMeta = {} } = lock[where] ?? {};
  const peers = Object.keys(peerDependencies ?? {}).filter((name) => peerDependenciesMeta[name]?.optional !== true);
  const names = new Set([...Object.keys({ ...dependencies, ...optionalDependencies }), ...peers]);
  return [...names].flatMap((name) => resolvedFrom(lock, where, name) ?? []);
}

/** As Node.js looks a package up: in the package itself, then in the folders around it. */
function resolvedFrom(lock: Lock, where: string, name: string): string | undefined {
  const found = `${where === '' ? '' : `${where}/`}${FOLDER}${name}`;
  if (lock[found] !== undefined) return found;
  if (where === '') return undefined;
  const around = where.lastIndexOf(`/${FOLDER}`);
  return resolvedFrom(lock, around === -1 ? '' : where.slice(0, around), name);
}

/** Old packages declare an object, or a list of them. */
function declaredLicence(file: string): string | undefined {
  if (!existsSync(file)) return undefined;
  const { license, licenses } = JSON.parse(readFileSync(file, 'utf8')) as {
    readonly license?: string | { readonly type?: string };
    readonly licenses?: readonly { readonly type?: string }[];
  };
  if (typeof license === 'string') return license;
  return license?.type ?? licenses?.flatMap(({ type }) => type ?? []).join(' OR ');
}
