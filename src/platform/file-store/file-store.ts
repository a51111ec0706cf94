/**
 * The file store: where the contents of artifacts and reports are kept. The rest of the program knows only this gateway;
 * behind it is a folder (folder-store.ts) or a bucket of an S3 server (s3-store.ts).
 *
 * 1. The key of a content is made from its SHA-256, so equal contents are stored once, and a content is never changed.
 * 2. A content is complete before it has its key: nobody ever reads half of one.
 * 3. A content is stored before the row that refers to it is committed. A crash between the two leaves a content that
 *    nothing refers to; the sweep removes it after a day.
 */
import type { Readable } from 'node:stream';
import type { StorageLocation } from '../values/storage-location.ts';

/** A stored content: `sha256` has 64 hexadecimal digits. */
export interface StoredFile {
  readonly key: string;
  readonly sha256: string;
  readonly sizeBytes: number;
}

/** A content that was received in full and is not stored yet. */
export interface ReceivedFile {
  readonly sha256: string;
  readonly sizeBytes: number;
  /** The path of the file of this machine that has the content until it is discarded, for checks before it is kept. */
  readonly file: string;
  /** Stores it at PRIMARY, where it stays. May be called more than once. */
  keep(): Promise<StoredFile>;
  /** Removes what was received. What `keep` has stored stays. */
  discard(): Promise<void>;
}

/** A stored content that is being read. */
export interface OpenedFile {
  readonly sizeBytes: number;
  /** Reads it from the beginning, once. Destroy it when it is not read to its end. */
  readonly content: Readable;
}

/** An entry of the list of all contents. */
export interface ListedFile {
  readonly key: string;
  readonly location: StorageLocation;
  readonly sizeBytes: number;
  /** When it was stored, or was found to be there when it was stored again, in milliseconds since 1970. */
  readonly storedAtMilliseconds: number;
}

/** The gateway of all backends. Where no location is named, it is PRIMARY. */
export interface FileStore {
  /** Fails with a sentence for the operator when contents cannot be stored there. */
  check(): Promise<void>;
  /**
   * Receives a content with constant memory. Fails with `FileTooLarge` as soon as it has more than `mostBytes`, and then
   * leaves nothing behind.
   */
  receive(content: AsyncIterable<Uint8Array>, mostBytes: number): Promise<ReceivedFile>;
  /** Stores a content. Fails like `receive`. */
  put(content: AsyncIterable<Uint8Array>, mostBytes?: number): Promise<StoredFile>;
  /** Opens a content for reading; undefined when there is none of this key. */
  open(key: string, location?: StorageLocation): Promise<OpenedFile | undefined>;
  /** Whether there is a content of this key. */
  exists(key: string, location?: StorageLocation): Promise<boolean>;
  /** Removes a content; false when there was none. */
  remove(key: string, location?: StorageLocation): Promise<boolean>;
  /** Stores a content at a second location; false when there is none of this key at the first. */
  copy(key: string, from: StorageLocation, to: StorageLocation): Promise<boolean>;
  /** All contents, in no particular order. */
  list(): AsyncIterable<ListedFile>;
  /** Removes what interrupted uploads have left behind before this instant; returns the number of files. */
  removeUnfinished(beforeMilliseconds: number): Promise<number>;
}

/** The error of a content that is larger than it may be. */
export class FileTooLarge extends Error {
  override readonly name = 'FileTooLarge';
}

/** The error of a store that cannot be reached, or does not do what it should. A retry may succeed later. */
export class FileStoreUnavailable extends Error {
  override readonly name = 'FileStoreUnavailable';
}

/** The error of a store that has no room for a content. Its code is that of a full disk. */
export class FileStoreFull extends Error {
  override readonly name = 'FileStoreFull';
  readonly code = 'ENOSPC';
}
