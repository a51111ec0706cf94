/** The files that come with a request, and how the variables of its operation refer to them. */
import type { ReceivedFile } from '../file-store/file-store.ts';

/** A file that came with a request and was received in full, or was too large. */
export interface UploadedFile {
  /** What the client says of it: nothing here is checked. */
  readonly fileName: string;
  readonly contentType: string;
  readonly received: ReceivedFile | 'TOO_LARGE';
}

/**
 * The value of a variable of the type `Upload`. It says what the file is and not where it came from, so that the same
 * request has the same input when it is repeated (IDK-1).
 */
export interface UploadValue {
  readonly fileName: string;
  readonly contentType: string;
  /** Null for a file that was too large. */
  readonly sha256: string | null;
}

/** The variable that stands for a file. */
export function uploadValueOf({ fileName, contentType, received }: UploadedFile): UploadValue {
  return { fileName, contentType, sha256: received === 'TOO_LARGE' ? null : received.sha256 };
}

/** The content of an `Upload`, if it came with this request: a client can write such a value into JSON by hand. */
export function receivedOf(uploads: readonly UploadedFile[] | undefined, sha256: string): ReceivedFile | undefined {
  for (const { received } of uploads ?? []) if (received !== 'TOO_LARGE' && received.sha256 === sha256) return received;
  return undefined;
}
