import type { Viewer } from '../../platform/rules/access.ts';
import { canonical } from '../../platform/values/json.ts';
import { lruCache } from '../../platform/values/lru-cache.ts';

/** Answers of figures that are kept for some seconds. Times are milliseconds of one clock. */
export interface AnswerCache {
  /** The answer that was kept under the key, as long as it is young enough. */
  get(key: string, now: number): { readonly value: unknown } | undefined;
  /** Keeps an answer whose question was asked at this time. */
  set(key: string, value: unknown, askedAt: number): void;
}

/** MON-5: Keeps at most so many answers, each for so many seconds from its question on. */
export function answerCache(seconds: number, most: number): AnswerCache {
  const answers = lruCache<{ readonly value: unknown; readonly askedAt: number }>(most);
  return {
    get(key, now) {
      const answer = answers.get(key);
      if (answer === undefined) return undefined;
      const age = now - answer.askedAt;
      return age >= 0 && age < seconds * 1000 ? answer : undefined;
    },
    set: (key, value, askedAt) => answers.set(key, { value, askedAt }),
  };
}

/**
 * MON-5: The key of an answer: the field, all values of its arguments, and the access group of the viewer: who may see
 * the same. Different arguments and different groups never have one key.
 */
export function answerKey(
  field: string,
  args: object,
  viewer: Pick<Viewer, 'kind'> & { readonly role?: string },
): string {
  return canonical([field, args, viewer.kind, viewer.role ?? null]);
}
