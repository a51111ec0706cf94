import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { answer, errorText, progress, report } from './output.ts';
import { type ImportMap, readMap } from '../import/map.ts';
import { formatRowError } from '../import/report.ts';
import { importFile } from '../import/run.ts';
import type { Summary } from '../import/summary.ts';
import { contextFor } from '../request/context.ts';
import { openRuntime, validConfig } from '../start/runtime.ts';
import { normalizedLoginName } from '../../identity/user/user.rules.ts';
import { HISTORY_USER_AGENT } from '../../platform/request/actor.ts';
import type { Services } from '../../platform/request/context.ts';
import type { UserViewer } from '../../platform/rules/access.ts';
import { AppError } from '../../platform/values/assert.ts';
import { errorMessageOf } from '../../platform/values/system-error.ts';

interface ImportOptions {
  readonly map: string;
  readonly as?: string;
  readonly report?: string;
  readonly json?: boolean;
}

const SOME_REJECTED = 1;
const UNUSABLE = 2;

/** Adds `lotgraph import`. */
export function addImport(program: Command): void {
  program
    .command('import')
    .description('Bring finished units in from a CSV or JSON Lines file, by the same rules as everything else.')
    .argument('<file>', 'the file: CSV with a header, or JSON Lines (.jsonl, .ndjson, .json); UTF-8')
    .requiredOption('--map <file>', 'the map: which column says what (JSON, see below)')
    .option('--as <username>', 'the user who imports, ADMIN or MANAGER; the first active ADMIN unless given')
    .option('--report <file>', 'write what became of each row: CSV for .csv, else JSON Lines')
    .option('--json', 'answer as JSON')
    .addHelpText('after', MAP_HELP)
    .action(importAs);
}

async function importAs(file: string, options: ImportOptions): Promise<void> {
  try {
    const map = await readMapFile(options.map);
    const runtime = await openRuntime(validConfig(), report, { mayUpgrade: false });
    try {
      const context = contextFor(runtime.services, await importingUser(runtime.services, options.as), randomUUID(), {
        ip: null,
        userAgent: HISTORY_USER_AGENT,
      });
      const summary = await importFile(
        { file, map, reportPath: options.report, progress: (rows) => progress('Rows', rows) },
        context,
      );
      answer(summary, summaryText(summary, options.report), options.json === true);
      if (summary.refused > 0) process.exitCode = SOME_REJECTED;
    } finally {
      await runtime.close();
    }
  } catch (error) {
    // Exit code 1 means that every row was read and some were rejected. An import that could not run exits with 2.
    report(errorText(error));
    process.exitCode = UNUSABLE;
  }
}

async function readMapFile(file: string): Promise<ImportMap> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new AppError(`The map cannot be read: ${errorMessageOf(error)}`);
  });
  const reading = readMap(text);
  if ('map' in reading) return reading.map;
  throw new AppError(
    `The map ${file} is not usable:\n${reading.problems.map((problem) => `  - ${problem}`).join('\n')}`,
  );
}

/** Returns the active user of this name, or the first active administrator. */
async function importingUser(services: Services, username: string | undefined): Promise<UserViewer> {
  const loginName = username === undefined ? null : normalizedLoginName(username);
  const [user] = await services.database.reader().sql<Omit<UserViewer, 'kind'>>`
    SELECT id, username, role FROM users
    WHERE is_active AND CASE WHEN ${loginName}::text IS NULL THEN role = 'ADMIN' ELSE username = ${loginName}::text END
    ORDER BY created_at, id LIMIT 1`;
  if (user === undefined)
    throw new AppError(
      loginName === null
        ? 'There is no active ADMIN to import as.'
        : `There is no active user ${loginName} to import as.`,
    );
  return { kind: 'USER', ...user };
}

function summaryText(summary: Summary, reportPath: string | undefined): string {
  const defects = Object.entries(summary.defects).map(([code, count]) => `${code} ${count}`);
  return [
    `${summary.rows} rows: ${summary.imported} imported, ${summary.unchanged} unchanged, ${summary.refused} refused.`,
    `Results: ${summary.results.PASS} PASS, ${summary.results.FAIL} FAIL${defects.length === 0 ? '' : ` (${defects.join(', ')})`}.`,
    `Made: ${[`${summary.lotsMade} ${summary.lotsMade === 1 ? 'lot' : 'lots'}`, ...summary.mastersMade].join(', ')}.`,
    ...(summary.noted === 0
      ? []
      : [`Odd and kept as it is: ${summary.noted} rows${reportPath === undefined ? '; --report tells which' : ''}.`]),
    ...summary.firstRefused.map(
      ({ row, line, unit, errors }) =>
        `Row ${row} (line ${line}${unit === null ? '' : `, unit ${unit}`}) refused: ${errors.map(formatRowError).join(' ')}`,
    ),
    ...(summary.refused > summary.firstRefused.length
      ? [`and ${summary.refused - summary.firstRefused.length} more.`]
      : []),
    ...(reportPath === undefined ? [] : [`Each row: ${reportPath}`]),
  ].join('\n');
}

const MAP_HELP = `
Exit code: 0 everything is in, 1 some rows were refused, 2 the file, the map or the database is not usable.
An import that was stopped is finished by running it again; a second run changes nothing.

The map is a JSON object; maps/ai4i2020.json is an example. A source is {"column": …}, perhaps with {"values": {as written: code}},
or {"constant": …}.
  name        stands before the external numbers of the lots, so that the next run knows them: A-Z 0-9 _ . -
  unit        {"column"}: the unit's number; it becomes the external number of item and serial
  product     source of the product model's code
  time        when a unit was finished: {"column", "offset"?: "+09:00"} or {"startAt", "intervalSeconds"} from row to row
  operator    source of a username; the importing user unless given
  equipment   source of an equipment code; none unless given
  lots        {"productionLine", "size": 100, "productionDate"?}: lots of a model in the order of the file; date of the first unit unless given
  steps       [{"process", "seconds": 0, "isAtEquipment": true}] as on the route: the last, of SERIAL level, has readings and result, the
              others are passed; without a SERIAL_CONVERSION step the items are converted before the first SERIAL-level one
  readings    [{"column", "code", "unit"?, "isText": false, "lowerLimit"?, "upperLimit"?, "target"?}]; an empty cell is no reading
  result      {"column", "pass": [values], "fail": [values]}
  defects     {"flags": [{"column", "code", "description"?, "severity"?}], "set": ["1"], "clear": ["0", ""],
              "list"?: {"column", "separator": ";"}, "unspecified": "UNSPECIFIED"}: the last is the code of a failure that names none
  notes       {"column"}: free words
  csv         {"delimiter": ","}
  masters     {"productionLines", "productModels", "processes", "equipment", "operators"}: lists of inputs of createProductionLine,
              createProductModel, createProcess, createEquipment and createUser, made when missing (operators with a password nobody knows);
              a product model may have "route": {"steps", "name"?, "notes"?} as createRoute takes them, made and released when it has none
`;
