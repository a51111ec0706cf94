import { assert } from '../values/assert.ts';
import type { StorageLocation } from '../values/storage-location.ts';

const KEY = /^sha256\/([0-9a-f]{2})\/([0-9a-f]{2})\/(\1\2[0-9a-f]{60})$/;

/** The key of the content with this SHA-256. */
export function keyOf(sha256: string): string {
  return `sha256/${sha256.slice(0, 2)}/${sha256.slice(2, 4)}/${sha256}`;
}

/** True for a text that is the key of a content. */
export function isKey(text: string): boolean {
  return KEY.test(text);
}

/** The SHA-256 of the content with this key. Any other text fails, so a key never leads out of the store. */
export function sha256OfKey(key: string): string {
  assert(isKey(key), 'A key of the file store is expected.');
  return key.slice(-64);
}

/** The name of each location in a store: of a directory, or the beginning of the keys of objects. */
export const DIRECTORIES: Readonly<Record<StorageLocation, string>> = {
  PRIMARY: 'primary',
  ARCHIVE: 'archive',
  COLD_STORAGE: 'cold-storage',
  TEMPORARY: 'temporary',
};
