/** The commands of `lotgraph figures`, one for each figure. */
import { plantSettings } from '../../../platform/request/plant-settings.ts';
import { Command, Option } from 'commander';
import { getNamedType, type GraphQLField, type GraphQLObjectType } from 'graphql';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Services } from '../../../platform/request/context.ts';
import { errorMessageOf } from '../../../platform/values/system-error.ts';
import { AppError, assert, present } from '../../../platform/values/assert.ts';
import { isTimeZone } from '../../../platform/values/zoned-time.ts';
import { schema } from '../../schema.ts';
import { report } from '../output.ts';
import { withServices } from '../services.ts';
import { answerOf, findRecords } from './ask.ts';
import { argumentsFrom, type FigureOption, optionsFor, type Typed } from './question.ts';
import { shapeOf, type FigureShape } from './shape.ts';
import { type FigureAnswer, figureCsv, figureText } from './tables.ts';

/** The queries of the graph that are figures, in the order of the help. */
export const FIGURES = [
  'serialYield',
  'yieldReport',
  'defectsPerMillion',
  'defectPareto',
  'defectTrend',
  'processPerformance',
  'cycleTimes',
  'wipByProcess',
  'operatorPerformance',
  'productionStatistics',
  'productionSummary',
  'qualityMetrics',
  'qualityTrend',
  'oee',
  'measurementSummary',
  'spcChart',
  'processCapability',
  'commonality',
] as const;

const FORMATS = ['table', 'json', 'csv', 'svg'] as const;
type Format = (typeof FORMATS)[number];

/** The options that all figures have. */
interface CommonOptions {
  readonly timeZone?: string;
  readonly format?: Format;
  readonly output?: string;
  readonly list?: string;
}

interface FigureCommand {
  readonly query: GraphQLField<unknown, unknown>;
  readonly shape: FigureShape;
  readonly options: readonly FigureOption[];
  /** Of the picture: width, height and theme; none for a figure without one. */
  readonly looks: readonly FigureOption[];
}

/** The program `lotgraph figures`, with the figures as its commands. */
export function figureProgram(): Command {
  const program = new Command('lotgraph figures')
    .description('Figures of the factory: the same numbers as the queries of the graph.')
    .showHelpAfterError()
    .addHelpText('after', '\nEach has a help of its own: lotgraph figures yield-report --help');
  const queries = present(schema.getQueryType(), 'The queries').getFields();
  for (const name of FIGURES) addFigure(program, present(queries[name], name));
  return program;
}

function addFigure(program: Command, query: GraphQLField<unknown, unknown>): void {
  const type = getNamedType(query.type) as GraphQLObjectType;
  const svg = type.getFields()['svg'];
  const figure: FigureCommand = {
    query,
    shape: shapeOf(type),
    options: optionsFor(query.args),
    looks: optionsFor(svg?.args ?? []),
  };
  const formats = FORMATS.filter((format) => format !== 'svg' || svg !== undefined);
  const command = program
    .command(query.name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`))
    .description(query.description ?? '');
  for (const { option } of figure.options) command.addOption(option);
  command
    .option('--time-zone <name>', 'the IANA time zone of days and shifts; default: the one of the site')
    .addOption(new Option('--format <format>', 'default: that of the output file, else table').choices(formats));
  const { lists } = figure.shape;
  if (lists.length > 1)
    command.addOption(
      new Option('--list <name>', 'which list is in CSV; default: the first').choices(lists.map(({ name }) => name)),
    );
  for (const { option } of figure.looks) command.addOption(option);
  command
    .option('--output <file>', 'write into this file')
    .addHelpText('after', '\nA day such as 2026-11-02 is its midnight in the time zone.')
    .action((typed: Typed & CommonOptions) => withServices((services) => run(figure, typed, services)));
}

async function run(figure: FigureCommand, typed: Typed & CommonOptions, services: Services): Promise<void> {
  const { query, shape, options, looks } = figure;
  const { timeZone, output } = typed;
  assert(timeZone === undefined || isTimeZone(timeZone), `${timeZone} is no IANA time zone like Europe/Berlin.`);
  const zone = timeZone ?? plantSettings(services).siteTimeZone;
  const format = typed.format ?? formatOf(output, looks.length > 0);
  const given = await argumentsFrom(options, typed, zone, (list, keys) => findRecords(services, list, keys));
  const look = await argumentsFrom(looks, typed, zone, () => Promise.resolve([]));
  const isPicture = format === 'svg';
  const answered = await answerOf(services, {
    query,
    given: { ...given, ...inTimeZone(query, given, timeZone) },
    selection: isPicture ? 'svg(width: $width, height: $height, theme: $theme)' : shape.selection,
    look: isPicture ? look : undefined,
  });
  const text = isPicture ? String(answered['svg']) : textOf(answered, { format, shape, list: typed.list });
  if (output === undefined) process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
  else await write(output, text);
}

/** The format of a file by its name; a table without a file. */
function formatOf(output: string | undefined, hasPicture: boolean): Format {
  const extension = path.extname(output ?? '').slice(1);
  const format = FORMATS.find((each) => each === extension) ?? 'table';
  assert(format !== 'svg' || hasPicture, 'This figure has no picture.');
  return format;
}

/** The time zone as an argument, of the query or of its input; nothing where the figure has no clocks. */
function inTimeZone(
  { args }: GraphQLField<unknown, unknown>,
  given: Readonly<Record<string, unknown>>,
  timeZone: string | undefined,
): Readonly<Record<string, unknown>> {
  if (timeZone === undefined) return {};
  if (args.some(({ name }) => name === 'timeZone')) return { timeZone };
  return args.some(({ name }) => name === 'input') ? { input: { ...(given['input'] as object), timeZone } } : {};
}

function textOf(
  figure: FigureAnswer,
  { format, shape, list }: { readonly format: Format; readonly shape: FigureShape; readonly list: string | undefined },
): string {
  if (format === 'json') return JSON.stringify(figure, undefined, 2);
  if (format === 'table') return figureText(figure, shape);
  const [first] = shape.lists;
  return figureCsv(figure, shape.lists.find(({ name }) => name === list) ?? first, shape.columns);
}

async function write(file: string, text: string): Promise<void> {
  await writeFile(file, text).catch((error: unknown) => {
    throw new AppError(`The file cannot be written: ${errorMessageOf(error)}`);
  });
  report(`Wrote ${file}.`);
}
