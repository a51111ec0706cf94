/** Why the content of an artifact is not known to be what it was. */
export const CONTENT_PROBLEMS = ['NOT_STORED', 'MISSING', 'WRONG_SIZE', 'WRONG_CHECKSUM'] as const;
/** One of CONTENT_PROBLEMS. */
export type ContentProblem = (typeof CONTENT_PROBLEMS)[number];

/** ART-2: Compares what a record says of its content with what was found; null when it is the same. */
export function contentProblem(
  expected: { readonly sizeBytes: string; readonly checksumSha256: string },
  isStored: boolean,
  found: { readonly sizeBytes: number; readonly sha256: string } | undefined,
): ContentProblem | null {
  if (!isStored) return 'NOT_STORED';
  if (found === undefined) return 'MISSING';
  if (String(found.sizeBytes) !== expected.sizeBytes) return 'WRONG_SIZE';
  return found.sha256 === expected.checksumSha256 ? null : 'WRONG_CHECKSUM';
}
