import type { GraphQLResolveInfo } from 'graphql';
import { LIMITS } from '../../platform/process/limits.ts';
import type { Context, Services } from '../../platform/request/context.ts';
import { present } from '../../platform/values/assert.ts';
import { type AnswerCache, answerCache, answerKey } from './answer-cache.rules.ts';

/**
 * MON-5: The resolver of a figure that is the same for everybody who may ask for it. Where the configuration says so, its
 * answer is kept for some seconds in this process, and a dashboard that many people watch is computed once. What the
 * access check refuses does not come here, and errors are not kept. Relations of the answer are loaded each time.
 */
export function cached<Root, Args extends object, Value>(
  resolve: (root: Root, args: Args, context: Context) => Value | Promise<Value>,
): (root: Root, args: Args, context: Context, info: GraphQLResolveInfo) => Value | Promise<Value> {
  return (root, args, context, { fieldName }) => {
    const { answerCacheSeconds } = context.services.config;
    if (answerCacheSeconds === 0) return resolve(root, args, context);
    const answers = answersOf(context.services);
    const key = answerKey(fieldName, args, present(context.viewer, 'The viewer of a figure'));
    const askedAt = Date.parse(context.now);
    const known = answers.get(key, askedAt);
    // The key names the field, so the value is of its type.
    if (known !== undefined) return known.value as Value;
    return keep(resolve(root, args, context), (value) => answers.set(key, value, askedAt));
  };
}

async function keep<Value>(answer: Value | Promise<Value>, keepIt: (value: Value) => void): Promise<Value> {
  const value = await answer;
  keepIt(value);
  return value;
}

function answersOf(services: Services): AnswerCache {
  const known = caches.get(services) ?? answerCache(services.config.answerCacheSeconds, LIMITS.cache.answers);
  caches.set(services, known);
  return known;
}

const caches = new WeakMap<Services, AnswerCache>();
