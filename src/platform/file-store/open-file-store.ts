import path from 'node:path';
import { AppError } from '../values/assert.ts';
import { fileStoreAddressOf } from '../values/file-store-address.ts';
import type { Config } from '../process/config.ts';
import type { FileStore } from './file-store.ts';
import { folderStore } from './folder-store.ts';

/** Opens the file store that the configuration names. Whether it can be reached, `FileStore.check` finds out. */
export async function openFileStore({
  files,
  dataDirectory,
}: Pick<Config, 'files' | 'dataDirectory'>): Promise<FileStore> {
  const address = fileStoreAddressOf(files ?? path.join(dataDirectory, 'files'));
  if ('problem' in address) throw new AppError(`LOTGRAPH_FILES: ${address.problem}`);
  if ('folder' in address) return folderStore(path.resolve(address.folder));
  // Imported here, because the client of S3 is large and most plants have a folder.
  const { s3Store } = await import('./s3-store.ts');
  return s3Store(address, path.resolve(dataDirectory, 'incoming'));
}
