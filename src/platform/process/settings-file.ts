/** The file of settings that LOTGRAPH_SETTINGS names: lines `NAME=value`, as in a file `.env`. */
import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';

/** The variables of the file; none when no file is named. The problem when it cannot be read. */
export function settingsFile(
  file: string | undefined,
): { readonly variables: Readonly<Record<string, string | undefined>> } | { readonly problem: string } {
  if (file === undefined) return { variables: {} };
  try {
    return { variables: parseEnv(readFileSync(file, 'utf8')) };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { problem: `LOTGRAPH_SETTINGS: the file cannot be read: ${why}` };
  }
}
