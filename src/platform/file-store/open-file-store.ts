import path from 'node:path';
import type { Config } from '../process/config.ts';
import type { FileStore } from './file-store.ts';
import { folderStore } from './folder-store.ts';

/** Opens the file store that the configuration names. */
export async function openFileStore({
  files,
  dataDirectory,
}: Pick<Config, 'files' | 'dataDirectory'>): Promise<FileStore> {
  return folderStore(path.resolve(files ?? path.join(dataDirectory, 'files')));
}
