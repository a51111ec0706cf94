/** The contents of the file store in a backup: those that the restored database refers to. */
import { Readable } from 'node:stream';
import type { FileStore } from '../file-store.ts';
import { sha256OfKey } from '../key.ts';
import { fileReferences } from '../references.ts';
import type { Reader } from '../../postgres/client.ts';
import { hasContent, readContent, type Repository } from './repository.ts';

const PAGE = 500;
const FIRST_ID = '00000000-0000-0000-0000-000000000000';

/** What came back, and the keys of contents that the repository does not have. */
export interface RestoredFiles {
  readonly count: number;
  readonly missing: readonly string[];
}

/** Puts each content to which a row refers into the file store, at its location. */
export async function restoreFiles(db: Reader, repository: Repository, files: FileStore): Promise<RestoredFiles> {
  const missing: string[] = [];
  let [count, after] = [0, FIRST_ID];
  for (;;) {
    const page = await fileReferences(db, after, PAGE);
    for (const { key, location } of page) {
      if (await files.exists(key, location)) continue;
      const sha256 = sha256OfKey(key);
      if (!(await hasContent(repository, sha256))) {
        missing.push(key);
        continue;
      }
      await files.put(Readable.from(readContent(repository, { sha256 })));
      if (location !== 'PRIMARY') {
        await files.copy(key, 'PRIMARY', location);
        await files.remove(key);
      }
      count += 1;
    }
    const last = page.at(-1);
    if (last === undefined) return { count, missing };
    after = last.id;
  }
}
