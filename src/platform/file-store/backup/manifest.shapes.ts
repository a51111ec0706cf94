/** What a backup consists of. Its manifest is written last: a backup without one does not exist. */
import { z } from 'zod';

const digest = z.string().regex(/^[\da-f]{64}$/);

const content = z.object({ path: z.string(), sizeBytes: z.int(), sha256: digest });

const manifestShape = z.object({
  format: z.literal(1),
  /** Unique, and in the order of time: the instant at which it began. */
  id: z.string().regex(/^\d{8}T\d{6}Z$/),
  startedAt: z.iso.datetime(),
  /** When everything that it needs was in the repository. */
  endedAt: z.iso.datetime(),
  /** The version of lotgraph, the newest migration, and the version of PostgreSQL. */
  appVersion: z.string(),
  migration: z.string().nullable(),
  serverVersion: z.string(),
  /** The same for this database and its restored copies, and for no other one. */
  systemIdentifier: z.string(),
  /** The first segment of the write-ahead log that a restore needs, and the last one without which it is not consistent. */
  firstSegment: z.string(),
  lastSegment: z.string(),
  /** The newest sealed block of the audit trail; null when nothing was sealed yet. */
  anchor: z.object({ number: z.int(), hash: digest }).nullable(),
  /** The files of PostgreSQL, and the folders that have to exist, relative to the directory of the built-in server. */
  database: z.array(content),
  folders: z.array(z.string()),
  /** The contents of the file store, by location and key. */
  files: z.array(content),
});

/** The manifest of a backup. */
export type BackupManifest = z.infer<typeof manifestShape>;

/** Reads a manifest; undefined when it is not one. */
export function readManifest(json: string): BackupManifest | undefined {
  try {
    return manifestShape.safeParse(JSON.parse(json)).data;
  } catch {
    return undefined;
  }
}
