import { AppError } from '../values/assert.ts';
import { rejection, type Answer } from './rejection.ts';

/** The roles of users. */
export const ROLES = ['ADMIN', 'MANAGER', 'ENGINEER', 'INSPECTOR', 'OPERATOR', 'AUDITOR', 'VIEWER'] as const;
/** One of ROLES. */
export type Role = (typeof ROLES)[number];

/** The station that a request acts for. */
export interface ActingStation {
  readonly id: string;
  readonly code: string;
}

/** A user who signed in. A user without a session is one for whom the command line acts. */
export interface UserViewer {
  readonly kind: 'USER';
  readonly id: string;
  readonly username: string;
  readonly role: Role;
  readonly sessionId?: string;
  /** The station whose key was sent together with the token of the user (AUT-5). */
  readonly station?: ActingStation;
}

/** A station with its API key. */
interface StationViewer extends ActingStation {
  readonly kind: 'STATION';
}

/** A service, such as an ERP system, with an API key of its own (AUT-6). `id` and `name` are those of the key. */
interface ServiceViewer {
  readonly kind: 'SERVICE';
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  /** AUT-7: Whether the service may call no mutation. */
  readonly isReadOnly: boolean;
}

/** The command line, for those who operate the installation. Requests never have this viewer. */
export interface SystemViewer {
  readonly kind: 'SYSTEM';
  readonly id: string;
  readonly name: string;
  readonly role: 'ADMIN';
}

/**
 * The principal of a request: a user who signed in, a station or a service with its API key, or the command line. When
 * a token and the key of a station were sent, the user acts and `station` is where they work (AUT-5).
 */
export type Viewer = UserViewer | StationViewer | ServiceViewer | SystemViewer;

/**
 * The viewer as a user, for operations that only persons may call. Throws an AppError for any other, which the access
 * check must have rejected before.
 */
export function userViewerOf(viewer: Viewer): UserViewer {
  if (viewer.kind === 'USER') return viewer;
  throw new AppError('A station or a service asked for what only persons may do.');
}

/**
 * The station whose API key was sent, with or without the access token of a user; undefined when there was no such key.
 */
export function actingStation(viewer: Viewer): ActingStation | undefined {
  if (viewer.kind === 'STATION') return viewer;
  return viewer.kind === 'USER' ? viewer.station : undefined;
}

/** The viewer in words, as the subject of a sentence: `Station ST-1`, `Service ERP`, or the username of a user. */
export function nameOfViewer(viewer: Viewer): string {
  if (viewer.kind === 'USER') return viewer.username;
  if (viewer.kind === 'SYSTEM') return viewer.name;
  return viewer.kind === 'STATION' ? `Station ${viewer.code}` : `Service ${viewer.name}`;
}

/**
 * Who may call an operation: users and services by role, or users only, and all stations or none. `name` is the name of
 * the group in documentation.
 */
export interface Access {
  readonly name: string;
  readonly roles: readonly Role[];
  readonly hasStations: boolean;
  readonly hasServices: boolean;
  readonly isPublic: boolean;
}

/** Every user and every service; no stations. */
export const USERS = group('USERS', ROLES);
/** Every user; neither stations nor services. */
export const PERSONS = personsOf(USERS);
/** Every user, every service and every station. */
export const ANY = group('ANY', ROLES, { hasStations: true });
/** Everybody, also without credentials. */
export const PUBLIC: Access = { ...ANY, name: 'PUBLIC', isPublic: true };
/** Users who work in the factory; no auditors and viewers. */
export const CREW = group('CREW', ['ADMIN', 'MANAGER', 'ENGINEER', 'INSPECTOR', 'OPERATOR']);
/** Users who work in the factory, and stations. */
export const FLOOR = group('FLOOR', CREW.roles, { hasStations: true });
/** Users who decide about quality: inspectors, engineers, managers and administrators. */
export const QUALITY = group('QUALITY', ['ADMIN', 'MANAGER', 'ENGINEER', 'INSPECTOR']);
/** The group QUALITY, and stations with their own API key. */
export const QUALITY_AND_STATION = group('QUALITY_AND_STATION', QUALITY.roles, { hasStations: true });
/** The group QUALITY, and auditors. */
export const QUALITY_AND_AUDITORS = group('QUALITY_AND_AUDITORS', [...QUALITY.roles, 'AUDITOR']);
/** Engineers, managers and administrators. */
export const ENG = group('ENG', ['ADMIN', 'MANAGER', 'ENGINEER']);
/**
 * The group ENG, and stations with their own API key; the command checks that the key belongs to the station concerned.
 */
export const ENG_AND_STATION = group('ENG_AND_STATION', ENG.roles, { hasStations: true });
/** Administrators and engineers, and stations with their own API key: those for whom workers of inference jobs run. */
export const OPS_AND_STATION = group('OPS_AND_STATION', ['ADMIN', 'ENGINEER'], { hasStations: true });
/** Administrators and engineers: those who look after the server. */
export const OPS = group('OPS', ['ADMIN', 'ENGINEER']);
/** Managers and administrators. */
export const LEADS = group('LEADS', ['ADMIN', 'MANAGER']);
/** Users who may request reports. */
export const CREW_AND_AUDITORS = group('CREW_AND_AUDITORS', [...CREW.roles, 'AUDITOR']);
export const REPORTERS = group('REPORTERS', ['ADMIN', 'MANAGER', 'ENGINEER', 'INSPECTOR', 'AUDITOR']);
/** Users who may read the audit trail. */
export const AUDIT = group('AUDIT', ['ADMIN', 'MANAGER', 'AUDITOR']);
/** Users who inspect the operation of the server, such as its migrations. */
export const ADMINS_AND_AUDITORS = group('ADMINS_AND_AUDITORS', ['ADMIN', 'AUDITOR']);
/** Administrators only. */
export const ADMINS = group('ADMINS', ['ADMIN']);

/** The principal in a signed address, which a later request reads: `USER 0199…`. */
export function principalText(viewer: Viewer): string {
  return `${viewer.kind} ${viewer.id}`;
}

/** The id of the person who acts, for columns that name who decided; null for a station. */
export function personOf(viewer: Viewer): string | null {
  return viewer.kind === 'USER' ? viewer.id : null;
}

/** True when the access includes the viewer; null is a request without credentials. */
export function allows(access: Access, viewer: Viewer | null): boolean {
  if (access.isPublic) return true;
  if (viewer === null) return false;
  if (viewer.kind === 'STATION') return access.hasStations;
  return access.roles.includes(viewer.role) && (viewer.kind !== 'SERVICE' || access.hasServices);
}

/** The access without services, for what is done in the name of a person: a signature, a session (AUT-6). */
export function personsOf(access: Access): Access {
  return { ...access, name: `${access.name}_PERSONS`, hasServices: false };
}

/** AUT-7: The key of a service that is for reading calls no mutation, not even one that is for everybody. */
export function mayChange(viewer: Viewer | null): Answer {
  if (viewer?.kind !== 'SERVICE' || !viewer.isReadOnly) return undefined;
  const message = `The key of the service ${viewer.name} is for reading only; a change needs a key that is not.`;
  return { code: 'FORBIDDEN', message, path: [], rule: 'AUT-7' };
}

/**
 * AUT-1: every operation needs a principal, except the few that are public. Returns undefined when the viewer has
 * access, and otherwise UNAUTHENTICATED or FORBIDDEN.
 */
export function mayAccess(access: Access, viewer: Viewer | null): Answer {
  if (allows(access, viewer)) return undefined;
  if (viewer === null) {
    return {
      code: 'UNAUTHENTICATED',
      message: 'Sign in first: send an access token as "Authorization: Bearer …", or an API key as "X-API-Key: …".',
      path: [],
      rule: 'AUT-1',
    };
  }
  return rejection(
    'FORBIDDEN',
    '',
    `${refusedMember(access, viewer)} may not do this; it is for ${nameMembers(access)}.`,
  );
}

function refusedMember(access: Access, viewer: Viewer): string {
  if (viewer.kind === 'STATION') return 'A station';
  return access.roles.includes(viewer.role) ? 'A service' : `The role ${viewer.role}`;
}

function nameMembers(access: Access): string {
  const roles = access.roles.join(', ');
  return `${access.hasServices ? roles : `persons: ${roles}`}${access.hasStations ? ', stations' : ''}`;
}

function group(name: string, roles: readonly Role[], options: { hasStations?: boolean } = {}): Access {
  return { name, roles, hasStations: options.hasStations ?? false, hasServices: true, isPublic: false };
}
