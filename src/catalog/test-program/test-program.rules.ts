import type { Viewer } from '../../platform/rules/access.ts';
import { isDeletable, type TextForm } from '../../platform/rules/natural-key.ts';
import { type Answer, type Rejection, rejection } from '../../platform/rules/rejection.ts';
import { mayMove, type StateMachine } from '../../platform/rules/state-machine.ts';

/** TPG-1: A program name is 1..100 of letters, digits, `. _ -`; it begins with a letter or a digit. */
export const TEST_PROGRAM_NAME: TextForm = {
  rule: 'TPG-1',
  pattern: /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/,
  form: '1 to 100 letters, digits, `.`, `_` and `-`, beginning with a letter or digit',
};

/** The greatest lengths of the texts of a program, in characters. */
export const TEST_PROGRAM_LENGTHS = {
  displayName: 200,
  description: 2_000,
  changeNotes: 2_000,
  batchCode: 200,
  errorMessage: 2_000,
} as const;

/** TPG-2: The number of a version. */
export const VERSION_FORM: TextForm = {
  rule: 'TPG-2',
  pattern: /^(?:0|[1-9]\d{0,5})\.(?:0|[1-9]\d{0,5})\.(?:0|[1-9]\d{0,5})$/,
  form: 'a version such as 1.0.3',
};
/** TPG-2: The number of the first version of a program. */
export const FIRST_VERSION = '1.0.0';
/** TPG-2: The maximum number of steps that a version lists. */
export const MOST_STEPS = 200;

const MEBIBYTE = 1_048_576;
/** TPG-2: What a package may have: the bytes as it is sent, its entries, and the bytes of its files unpacked. */
export const PACKAGE_LIMITS = {
  bytes: 50 * MEBIBYTE,
  entries: 1_000,
  unpackedBytes: 500 * MEBIBYTE,
  manifestBytes: 65_536,
} as const;
/** TPG-2: The name of the file, at the root of a package, that describes it. */
export const MANIFEST = 'manifest.json';

/** TPG-4: The statuses of a deployment. */
export const DEPLOYMENT_STATUSES = ['PENDING', 'DEPLOYED', 'FAILED', 'ROLLED_BACK'] as const;
/** The status of a deployment. */
export type DeploymentStatus = (typeof DEPLOYMENT_STATUSES)[number];

/** TPG-4: The statuses to which a deployment may move. */
export const DEPLOYMENT_FLOW: StateMachine<DeploymentStatus> = {
  machine: 'test_program_deployments.status',
  rule: 'TPG-4',
  moves: {
    PENDING: ['DEPLOYED', 'FAILED'],
    DEPLOYED: ['ROLLED_BACK', 'FAILED'],
    FAILED: [],
    ROLLED_BACK: [],
  },
};

/** TPG-4: Why a deployment FAILED when a newer one took its place. */
export const SUPERSEDED = 'superseded';
/** TPG-3: Why a deployment that no station had fetched FAILED when its version was left. */
export const ROLLED_BACK = 'rolled back';

/** A program in messages: `Test program psa-final`. */
export function testProgramLabel({ name }: { readonly name: string }): string {
  return `Test program ${name}`;
}

/** TPG-2: The version after the highest one: its patch + 1; the first one when there is none. */
export function nextVersion(highest: string | undefined): string {
  if (highest === undefined) return FIRST_VERSION;
  const [major, minor, patch] = highest.split('.');
  return `${major}.${minor}.${Number(patch) + 1}`;
}

/** TPG-2: A package has at least one byte and at most 50 MiB. */
export function packageSizeFits(sizeBytes: number): Answer {
  if (sizeBytes === 0) return rejection('TPG-2', 'package', 'The package is empty.', 'INVALID_INPUT');
  return sizeBytes <= PACKAGE_LIMITS.bytes ? undefined : packageIsTooLarge();
}

/** TPG-2: The rejection of a package that has more bytes than a request may bring, or than a package may have. */
export function packageIsTooLarge(): Rejection {
  const message = `The package has more than ${PACKAGE_LIMITS.bytes} bytes, or than this server takes.`;
  return rejection('TPG-2', 'package', message, 'LIMIT_EXCEEDED');
}

/** TPG-2: The rejection of a package that is not a good archive; `problem` is a sentence. */
export function packageIsBad(problem: string, isTooLarge: boolean): Rejection {
  return rejection(
    'TPG-2',
    'package',
    `The package is refused. ${problem}`,
    isTooLarge ? 'LIMIT_EXCEEDED' : 'INVALID_INPUT',
  );
}

/** TPG-2: The manifest names the program that the package is for, and the main file, which is in the package. */
export function manifestFits(
  manifest: { readonly name: string; readonly mainFile: string } | undefined,
  program: string,
  names: ReadonlySet<string>,
): Answer {
  const bad = (problem: string): Answer => packageIsBad(problem, false);
  if (manifest === undefined)
    return bad(`It needs a file ${MANIFEST} at its root, with the texts \`name\` and \`mainFile\`.`);
  if (manifest.name !== program)
    return bad(`Its ${MANIFEST} names the program ${JSON.stringify(manifest.name)}, not ${JSON.stringify(program)}.`);
  if (names.has(manifest.mainFile)) return undefined;
  return bad(`It has no file ${JSON.stringify(manifest.mainFile)}, which its ${MANIFEST} names as the main file.`);
}

/** TPG-3: A rollback goes to another version than the current one. */
export function mayRollBack(
  program: { readonly name: string },
  current: { readonly id: string; readonly version: string },
  target: { readonly id: string },
): Answer {
  if (current.id !== target.id) return undefined;
  const message = `${testProgramLabel(program)} is at version ${current.version} already; roll back to another one.`;
  return rejection('TPG-3', 'version', message);
}

/** TPG-4: Only an active, not deprecated program is deployed. */
export function mayBeDeployed(program: {
  readonly name: string;
  readonly isActive: boolean;
  readonly isDeprecated: boolean;
}): Answer {
  if (program.isActive && !program.isDeprecated) return undefined;
  const state = program.isActive ? 'deprecated' : 'inactive';
  return rejection('TPG-4', 'testProgram', `${testProgramLabel(program)} is ${state}; it is not deployed any more.`);
}

/** TPG-4: The status of a deployment moves only as its table allows. */
export function deploymentMayMove(status: DeploymentStatus, to: DeploymentStatus): Answer {
  const answer = mayMove(DEPLOYMENT_FLOW, 'The deployment', status, to);
  return answer === undefined ? undefined : { ...answer, path: ['id'] };
}

/** TPG-5: A station pulls for itself, when its key names a station by id or code. */
export function pullsForItself(viewer: Viewer, named: { readonly key: string; readonly value: unknown }): Answer {
  if (viewer.kind !== 'STATION' || (named.key === 'id' ? viewer.id : viewer.code) === named.value) return undefined;
  const message = `The key of station ${viewer.code} pulls for that station only.`;
  return rejection('TPG-5', 'station', message, 'FORBIDDEN');
}

/**
 * TPG-5: A station reports only on deployments to itself. The answer is the same for one that does not exist, so it does
 * not say which ids exist.
 */
export function reportsOnItself(viewer: Viewer, deployment: { readonly stationId: string | null } | undefined): Answer {
  if (viewer.kind !== 'STATION' || deployment?.stationId === viewer.id) return undefined;
  const message = `The key of station ${viewer.code} reports on deployments to that station only.`;
  return rejection('TPG-5', 'id', message, 'FORBIDDEN');
}

/** GEN-1: A program that was deployed, or ran in a session, cannot be deleted; it is deactivated instead. */
export function isTestProgramUnused(
  program: { readonly name: string },
  uses: Readonly<Record<'deployments' | 'sessions', number>>,
): Answer {
  return isDeletable(testProgramLabel(program), uses, 'testProgram');
}
