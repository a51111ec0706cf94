import { rejection, type Answer, type RuleId } from './rejection.ts';

/** The form of a code: what a shape checks, the words it says, and the rule that stands behind both. */
export interface TextForm {
  readonly rule: RuleId;
  readonly pattern: RegExp;
  /** Completes the sentence "It must be …". */
  readonly form: string;
}

/** How often other records refer to a record, by the plural of what refers: `{ lots: 3 }`. */
export type Uses = Readonly<Record<string, number>>;

/** The one spelling of a code. It is stored so, and every look-up normalises its argument alike. */
export function normalizedCode(text: string): string {
  return text.trim().toUpperCase();
}

/** GEN-1: A master record in use cannot be deleted; it is deactivated instead. */
export function isDeletable(what: string, uses: Uses, path: string): Answer {
  const found = namedUses(uses);
  return found === ''
    ? undefined
    : rejection('GEN-1', path, `${what} is in use (${found}); deactivate it instead of deleting it.`);
}

/** `lots: 3, process data: 1`; empty when nothing refers to the record. */
export function namedUses(uses: Uses): string {
  return Object.entries(uses)
    .filter(([, count]) => count > 0)
    .map(([what, count]) => `${what.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)}: ${count}`)
    .join(', ');
}

/**
 * GEN-3: A natural key exists once. `existing` is the record that has it, compared after normalising; an entity's own
 * rule may say so too.
 */
export function isKeyFree(
  what: string,
  path: string,
  value: string,
  existing: object | undefined,
  rule: RuleId = 'GEN-3',
): Answer {
  return existing === undefined
    ? undefined
    : rejection(rule, path, `${what} ${value} exists already; choose another ${path}.`, 'CONFLICT');
}
