/** The arguments of a figure as options of the command line, by the schema. */
import {
  getNamedType,
  getNullableType,
  type GraphQLArgument,
  type GraphQLInputField,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
} from 'graphql';
import { Option } from 'commander';
import { AppError, assert } from '../../../platform/values/assert.ts';
import { startOfDayIn } from '../../../platform/values/zoned-time.ts';

/** An option, and the place in the arguments that it fills. */
export interface FigureOption {
  readonly name: string;
  readonly path: readonly string[];
  readonly option: Option;
  /** What its text becomes. */
  readonly kind: 'TEXT' | 'NUMBER' | 'INSTANT' | 'REFERENCE' | 'RECORDS';
}

/** What was typed, by the names of options. */
export type Typed = Readonly<Record<string, unknown>>;

/** The values of the arguments of a figure. */
export type FigureArguments = Readonly<Record<string, unknown>>;

/** The lists of a scope, by the queries that find their records by code, number or username. */
export const RECORDS: Readonly<Record<string, readonly [query: string, argument: string, what: string]>> = {
  productModels: ['productModelByCode', 'code', 'product model'],
  productionLines: ['productionLineByCode', 'code', 'production line'],
  lots: ['lotByNumber', 'number', 'lot'],
  processes: ['processByCode', 'code', 'step'],
  equipment: ['equipmentByCode', 'code', 'piece of equipment'],
  operators: ['userByUsername', 'username', 'user'],
};

/** The options for arguments; the time zone is an option of every figure. */
export function optionsFor(
  args: readonly (GraphQLArgument | GraphQLInputField)[],
  { at = [], isNeeded = true }: { readonly at?: readonly string[]; readonly isNeeded?: boolean } = {},
): readonly FigureOption[] {
  return args.flatMap((argument): readonly FigureOption[] => {
    const type = getNamedType(argument.type);
    const path = [...at, argument.name];
    const isMandatory = isNeeded && isNonNullType(argument.type) && argument.defaultValue === undefined;
    if (argument.name === 'timeZone') return [];
    if (isInputObjectType(type) && !type.isOneOf)
      return optionsFor(Object.values(type.getFields()), { at: path, isNeeded: isMandatory });
    const kind = kindOf(argument, at);
    return [{ name: argument.name, path, kind, option: optionOf(argument, kind, isMandatory) }];
  });
}

function kindOf({ name, type }: GraphQLArgument | GraphQLInputField, at: readonly string[]): FigureOption['kind'] {
  const named = getNamedType(type);
  if (isInputObjectType(named)) return 'REFERENCE';
  if (named.name === 'DateTime') return 'INSTANT';
  if (named.name === 'Int' || named.name === 'Float') return 'NUMBER';
  return at.includes('scope') && name in RECORDS ? 'RECORDS' : 'TEXT';
}

/** The placeholders of values, and what people may write for instants. */
const WORDS: Readonly<Record<FigureOption['kind'], string>> = {
  TEXT: 'value',
  NUMBER: 'number',
  INSTANT: 'time',
  REFERENCE: 'code',
  RECORDS: 'code',
};
const INSTANTS: Readonly<Record<string, string>> = {
  from: 'The first instant of the period, or its first day.',
  to: 'The first instant after the period, or the first day after it.',
};

function optionOf(
  { name, type, description }: GraphQLArgument | GraphQLInputField,
  kind: FigureOption['kind'],
  isMandatory: boolean,
): Option {
  const named = getNamedType(type);
  const flag = `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  const word = (kind === 'RECORDS' ? RECORDS[name]?.[1] : undefined) ?? WORDS[kind];
  const isList = isListType(getNullableType(type));
  const value = named.name === 'Boolean' ? '' : isList ? ` <${word}...>` : ` <${word}>`;
  const option = new Option(
    `${flag}${value}`,
    (kind === 'INSTANT' ? INSTANTS[name] : undefined) ?? description ?? '',
  ).makeOptionMandatory(isMandatory);
  return isEnumType(named) ? option.choices(named.getValues().map((each) => each.name)) : option;
}

/** The arguments of a figure from what was typed. `recordsOf` finds the ids of records. */
export async function argumentsFrom(
  options: readonly FigureOption[],
  typed: Typed,
  timeZone: string,
  recordsOf: (list: string, keys: readonly string[]) => Promise<readonly string[]>,
): Promise<FigureArguments> {
  const given = options.filter(({ name }) => typed[name] !== undefined);
  const names = new Set(given.map(({ name }) => name));
  assert(names.has('from') === names.has('to'), '--from and --to go together.');
  const values: Record<string, unknown> = {};
  for (const { name, path, kind } of given) {
    const value =
      kind === 'RECORDS' ? await recordsOf(name, typed[name] as string[]) : valueOf(kind, typed[name], timeZone);
    put(values, path, value);
  }
  return values;
}

function put(values: Record<string, unknown>, [name, ...rest]: readonly string[], value: unknown): void {
  if (name === undefined) return;
  if (rest.length === 0) values[name] = value;
  else put((values[name] ??= {}) as Record<string, unknown>, rest, value);
}

function valueOf(kind: FigureOption['kind'], typed: unknown, timeZone: string): unknown {
  if (kind === 'REFERENCE') return { code: typed };
  if (kind === 'INSTANT') return instantOf(String(typed), timeZone);
  return kind === 'NUMBER' && Number.isFinite(Number(typed)) ? Number(typed) : typed;
}

/** An instant; a day alone is its midnight in the time zone. */
function instantOf(text: string, timeZone: string): string {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return text;
  try {
    return startOfDayIn(timeZone, text);
  } catch {
    throw new AppError(`There is no day ${text} in the time zone ${timeZone}.`);
  }
}
