import { readFileSync } from 'node:fs';
import path from 'node:path';

/** The version of the product. */
export const VERSION: string = versionOf(path.resolve(import.meta.dirname, '../../../package.json'));

function versionOf(packageFile: string): string {
  const content: unknown = JSON.parse(readFileSync(packageFile, 'utf8'));
  return typeof content === 'object' && content !== null && 'version' in content ? String(content.version) : 'unknown';
}
