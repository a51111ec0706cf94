/** What is wrong with a setting, in words: what it must be, and what it is unless it may be a secret. */
import { z } from 'zod';

/** The part of a JSON schema that a demand is made of. */
interface Demand {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly minLength?: number;
}

/** The problem of one variable as a sentence: "LOTGRAPH_PORT must be a whole number from 0 to 65535, but is abc." */
export function settingProblem(
  { code, message, path }: z.core.$ZodIssue,
  shape: Readonly<Record<string, z.ZodType>>,
  variables: Readonly<Record<string, string | undefined>>,
): string {
  const name = path.join('.');
  const schema = shape[name];
  // A check of our own has a text of its own.
  if (code === 'custom' || schema === undefined) return `${name}: ${message}`;
  const demand: Demand = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Demand;
  const isPublic = demand.enum !== undefined || demand.type === 'integer' || demand.type === 'number';
  return `${name} must be ${demandText(demand)}${isPublic ? `, but is ${variables[name]}` : ''}.`;
}

function demandText({ type, enum: values, format, minLength, ...range }: Demand): string {
  if (values !== undefined) return `one of ${values.join(', ')}`;
  if (type === 'integer' || type === 'number')
    return `a ${type === 'integer' ? 'whole ' : ''}number${rangeText(range)}`;
  if (format === 'uri') return 'a URL like postgres://user:password@host/database';
  return minLength === undefined ? 'a text' : `a text of at least ${minLength} characters`;
}

function rangeText({ minimum, maximum, exclusiveMinimum }: Demand): string {
  if (exclusiveMinimum !== undefined) return ` greater than ${exclusiveMinimum}`;
  if (minimum === undefined) return '';
  return maximum === undefined || maximum >= Number.MAX_SAFE_INTEGER
    ? ` of at least ${minimum}`
    : ` from ${minimum} to ${maximum}`;
}

/** A variable that looks like a setting and is not one, with the setting that it may have been meant to be. */
export function unknownSettingWarning(name: string, known: readonly string[]): string {
  // Some settings have no prefix, such as DATABASE_URL.
  const spellings = [name.toUpperCase(), name.toUpperCase().replace(/^LOTGRAPH_/, '')].map((each) =>
    each.slice(0, MAX_SHOWN_NAME),
  );
  const [nearest] = known
    .map((each) => ({ each, distance: Math.min(...spellings.map((spelling) => editDistance(spelling, each))) }))
    .toSorted((one, other) => one.distance - other.distance);
  const isNear = nearest !== undefined && nearest.distance <= Math.max(2, nearest.each.length / 5);
  const shown = name.slice(0, MAX_SHOWN_NAME).replaceAll(/[^\w.-]/g, '?');
  return `${shown} has no effect: lotgraph has no such setting. ${isNear ? `Did you mean ${nearest.each}?` : '`lotgraph config` lists all.'}`;
}

const MAX_SHOWN_NAME = 100;

/** The number of letters to insert, remove or replace to make one text of the other (Levenshtein). */
function editDistance(one: string, other: string): number {
  let above = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const [row, letter] of [...one].entries()) {
    const current = [row + 1];
    for (const [column, against] of [...other].entries()) {
      const replaced = (above[column] ?? 0) + (letter === against ? 0 : 1);
      current.push(Math.min(replaced, (above[column + 1] ?? 0) + 1, (current[column] ?? 0) + 1));
    }
    above = current;
  }
  return above[other.length] ?? 0;
}
