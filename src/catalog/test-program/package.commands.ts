/** Packages of test programs: received files that are checked before they are kept. */
import { ArchiveProblem, checkArchive } from '../../platform/file-store/archive.ts';
import type { StoredFile } from '../../platform/file-store/file-store.ts';
import { receivedOf, type UploadedFile } from '../../platform/request/uploads.ts';
import { type Rejection, rejection } from '../../platform/rules/rejection.ts';
import {
  MANIFEST,
  manifestFits,
  PACKAGE_LIMITS,
  packageIsBad,
  packageIsTooLarge,
  packageSizeFits,
} from './test-program.rules.ts';
import { manifestIn, type UploadInput } from './test-program.shapes.ts';

/** A package that is in the file store, or why it is refused. */
export type PreparedPackage = { readonly stored: StoredFile } | { readonly rejection: Rejection };

/**
 * TPG-2: Checks a package that came with the request, and keeps it when it is good. Unpacking takes its time and memory
 * outside of any transaction.
 */
export async function keptPackage(
  uploads: readonly UploadedFile[] | undefined,
  { name, package: file }: Pick<UploadInput, 'name' | 'package'>,
): Promise<PreparedPackage> {
  if (file.sha256 === null) return { rejection: packageIsTooLarge() };
  const received = receivedOf(uploads, file.sha256);
  if (received === undefined) return { rejection: NO_FILE };
  const wrongSize = packageSizeFits(received.sizeBytes);
  if (wrongSize !== undefined) return { rejection: wrongSize };
  const archive = await checkArchive(received.file, {
    mostEntries: PACKAGE_LIMITS.entries,
    mostBytes: PACKAGE_LIMITS.unpackedBytes,
    wanted: { name: MANIFEST, mostBytes: PACKAGE_LIMITS.manifestBytes },
  });
  if (archive instanceof ArchiveProblem) return { rejection: packageIsBad(archive.message, archive.isTooLarge) };
  const refused = manifestFits(manifestIn(archive.text), name, archive.names);
  return refused === undefined ? { stored: await received.keep() } : { rejection: refused };
}

const NO_FILE = rejection(
  'INVALID_INPUT',
  'package',
  'The package did not come with this request; send it as a multipart request (docs/test-programs.md).',
);
