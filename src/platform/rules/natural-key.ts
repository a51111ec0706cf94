import { scannedText } from '../values/characters.ts';
import { rejection, type Answer, type RuleId } from './rejection.ts';

/**
 * The form of a code: the pattern that the input schema checks, its description for messages, and the rule behind both.
 */
export interface TextForm {
  readonly rule: RuleId;
  readonly pattern: RegExp;
  /** Completes the sentence "It must be …". */
  readonly form: string;
}

/** How many other records refer to a record, by the plural name of what refers to it: `{ lots: 3 }`. */
export type Uses = Readonly<Record<string, number>>;

/**
 * The canonical spelling of a code: as scanned, with the letters a-z in upper case. Codes are stored in this form, and
 * every look-up normalises its argument in the same way. Other letters stay, because some become ASCII letters in upper
 * case (`ſ` and `ﬁ`).
 */
export function normalizedCode(text: string): string {
  return scannedText(text).replaceAll(/[a-z]+/g, (letters) => letters.toUpperCase());
}

/**
 * GEN-1: master data that is in use cannot be deleted, only deactivated. `what` names the record, `path` is the input
 * field.
 */
export function isDeletable(what: string, uses: Uses, path: string): Answer {
  const found = namedUses(uses);
  return found === ''
    ? undefined
    : rejection('GEN-1', path, `${what} is in use (${found}); deactivate it instead of deleting it.`);
}

/** The uses as text, `lots: 3, process data: 1`; empty when nothing refers to the record. */
export function namedUses(uses: Uses): string {
  return Object.entries(uses)
    .filter(([, count]) => count > 0)
    .map(([what, count]) => `${what.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)}: ${count}`)
    .join(', ');
}

/** A natural key that is requested for a record. */
export interface RequestedKey {
  /** The input field of the key. */
  readonly path: string;
  readonly value: string;
  /** The other record that has the key, compared after normalising; undefined when there is none. */
  readonly existing: object | undefined;
  /** The rule of an entity that has its own for this; GEN-3 when absent. */
  readonly rule?: RuleId;
}

/** GEN-3: a natural key exists only once. `what` names the entity in the message. */
export function isKeyFree(what: string, { path, value, existing, rule = 'GEN-3' }: RequestedKey): Answer {
  return existing === undefined
    ? undefined
    : rejection(rule, path, `${what} ${value} exists already; choose another ${path}.`, 'CONFLICT');
}
