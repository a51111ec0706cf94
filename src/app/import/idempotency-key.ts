import { createHash } from 'node:crypto';
import type { ImportMap } from './map.ts';

/**
 * Returns the idempotency key of a piece of work. It is the same in every run, so that two imports of one file at the
 * same time do the work only once (IDK-1).
 */
export function importKeyOf(map: Pick<ImportMap, 'name'>, what: string, about: readonly string[]): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([map.name, what, ...about]))
    .digest('hex');
  return `import ${what} ${digest.slice(0, 32)}`;
}
