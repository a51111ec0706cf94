/**
 * The house rules as a function from a file to its violations, so that the rules themselves can be tested with planted
 * ones.
 */
import path from 'node:path';

export interface SourceFile {
  /** Below `src/`, with slashes. */
  readonly file: string;
  readonly text: string;
}

export const AREAS = [
  'platform',
  'identity',
  'catalog',
  'production',
  'quality',
  'insight',
  'operation',
  'app',
] as const;

/** The order of the siblings of an area: imports look left. */
export const SIBLINGS: Readonly<Record<string, readonly string[]>> = {
  identity: ['user', 'session'],
  catalog: ['product-model', 'production-line', 'process', 'station', 'api-key', 'equipment', 'test-program'],
  production: ['lot', 'wip-item', 'serial', 'process-data', 'process-session', 'component-use', 'label-print'],
};

/** Which room may import which other room: of its own folder, and of folders up or left. */
const ROOMS: Readonly<Record<string, { readonly own: readonly string[]; readonly left: readonly string[] }>> = {
  rules: { own: ['rules'], left: ['rules'] },
  shapes: { own: ['rules', 'shapes'], left: ['shapes', 'rules'] },
  loaders: { own: ['rules', 'shapes', 'loaders'], left: ['rules', 'loaders', 'shapes'] },
  commands: { own: ['rules', 'shapes', 'loaders', 'commands'], left: ['rules', 'commands', 'loaders', 'shapes'] },
  graphql: { own: ['rules', 'shapes', 'commands', 'loaders', 'graphql'], left: ['rules', 'loaders', 'graphql'] },
};

/** What of the platform each room may use. */
const PURE = ['refusal', 'flow', 'assert', 'time', 'decimal', 'json', 'master', 'access', 'limits'];
const PLATFORM: Readonly<Record<string, readonly string[] | 'all'>> = { rules: PURE, shapes: [...PURE, 'shapes'] };

/** One table, one writer: the folder that owns each model's table. */
export const OWNERS: Readonly<Record<string, { readonly table: string; readonly folder: string }>> = {
  user: { table: 'users', folder: 'identity/user' },
  loginSession: { table: 'login_sessions', folder: 'identity/user' },
  productModel: { table: 'product_models', folder: 'catalog/product-model' },
  productionLine: { table: 'production_lines', folder: 'catalog/production-line' },
  process: { table: 'processes', folder: 'catalog/process' },
  station: { table: 'stations', folder: 'catalog/station' },
  apiKey: { table: 'api_keys', folder: 'catalog/api-key' },
  equipment: { table: 'equipment', folder: 'catalog/equipment' },
  equipmentStatusPeriod: { table: 'equipment_status_periods', folder: 'catalog/equipment' },
  lot: { table: 'lots', folder: 'production/lot' },
  numberCounter: { table: 'number_counters', folder: 'production/lot' },
  wipItem: { table: 'wip_items', folder: 'production/wip-item' },
  serial: { table: 'serials', folder: 'production/serial' },
  processData: { table: 'process_data', folder: 'production/process-data' },
  auditEntry: { table: 'audit_entries', folder: 'operation/audit' },
  auditPosition: { table: 'audit_positions', folder: 'operation/audit' },
  auditBlock: { table: 'audit_blocks', folder: 'operation/audit' },
  idempotencyKey: { table: 'idempotency_keys', folder: 'platform' },
  errorEntry: { table: 'error_entries', folder: 'operation/error-entry' },
  migrationHistory: { table: 'migration_history', folder: 'platform' },
};

interface Ban {
  readonly what: string;
  readonly token: RegExp;
  readonly mayIn: (file: string) => boolean;
  readonly because: string;
}

const room =
  (...names: readonly string[]) =>
  (file: string) =>
    names.some((name) => file.endsWith(`.${name}.ts`));
const platform =
  (...names: readonly string[]) =>
  (file: string) =>
    names.some((name) => file === `platform/${name}.ts`);
const below =
  (...folders: readonly string[]) =>
  (file: string) =>
    folders.some((folder) => file.startsWith(`${folder}/`));
const either =
  (...tests: readonly ((file: string) => boolean)[]) =>
  (file: string) =>
    tests.some((test) => test(file));

const COMMAND_LINE = either(below('app'), (file) => file === 'main.ts');

export const BANS: readonly Ban[] = [
  {
    what: 'z.',
    token: /\bz\./,
    mayIn: either(room('shapes'), platform('shapes', 'config', 'command', 'filter'), below('app/import')),
    because: 'there is one grammar of well-formedness',
  },
  {
    what: 'builder.',
    token: /\bbuilder\./,
    mayIn: either(room('graphql'), platform('builder', 'outcome', 'connection-type'), below('app')),
    because: 'the schema is the window, not the room',
  },
  {
    what: 'SQL',
    token: /\bsql(?:<[^`]*>)?`|\.query\(/,
    mayIn: either(room('loaders', 'commands'), below('platform', 'app')),
    because: 'reads are batched and locks are visible',
  },
  {
    what: 'enforce(',
    token: /\b(?:enforce|stop|found)\(/,
    mayIn: either(room('commands'), below('platform', 'app')),
    because: 'a rule answers, a command enforces',
  },
  {
    what: 'the clock',
    token: /\bnew Date\(|\bDate\.now\(|\bperformance\.now\(/,
    mayIn: either(
      below('app'),
      platform('time', 'log', 'migrate', 'embedded', 'embedded-hold', 'embedded-process', 'migration-record', 'turns'),
    ),
    because: 'rules and tests receive now',
  },
  {
    what: 'process.env',
    token: /\bprocess\.env\b/,
    mayIn: platform('config'),
    because: 'there is one list of switches',
  },
  { what: 'console.', token: /\bconsole\./, mayIn: platform('log'), because: 'logs have one format' },
  {
    what: 'throw',
    token: /\bthrow\b/,
    mayIn: either(below('platform'), COMMAND_LINE),
    because: 'the two ways to stop have names: enforce and assert',
  },
  {
    what: 'the outside',
    token: /\bfetch\(|from 'node:(?:fs|net|http|https|child_process)/,
    mayIn: either(room('gateway'), below('platform'), COMMAND_LINE),
    because: 'the outside is replaceable',
  },
  {
    what: 'any',
    token: /:\s*any\b|<any>|\bas any\b|@ts-(?:ignore|expect-error)/,
    mayIn: () => false,
    because: 'types tell the truth',
  },
  { what: '!', token: /[\w)\]]!(?:[.;,)[]|$)/m, mayIn: () => false, because: 'types tell the truth' },
  {
    what: 'a type assertion',
    token: /\)\s+as\s+(?!const\b)[A-Z]|\bas\s+(?:unknown|never)\b/,
    mayIn: either(below('platform', 'app')),
    because: 'types tell the truth',
  },
  {
    what: 'TODO',
    token: /\b(?:TODO|FIXME|HACK|XXX)\b/,
    mayIn: () => false,
    because: 'what is not done is told in the open',
  },
];

export const LONGEST_FILE = 300;

/** Everything that the file does against the house, each as a sentence. */
export function violationsIn(source: SourceFile): readonly string[] {
  const code = withoutComments(source.text);
  return [
    ...longFiles(source),
    ...bannedTokens(source.file, code),
    ...wrongImports(source.file, code),
    ...foreignWrites(source.file, code),
  ];
}

function longFiles({ file, text }: SourceFile): readonly string[] {
  const lines = text.split('\n').length;
  return lines > LONGEST_FILE
    ? [`${file} has ${lines} lines; beyond ${LONGEST_FILE} a file asks for a noun of its own.`]
    : [];
}

function bannedTokens(file: string, code: string): readonly string[] {
  return BANS.filter((ban) => !ban.mayIn(file) && ban.token.test(code)).map(
    (ban) => `${file} uses ${ban.what}, but ${ban.because}.`,
  );
}

function wrongImports(file: string, code: string): readonly string[] {
  const imports = [...code.matchAll(/(?:import|export)\s[^;]*?from\s+'(\.[^']+)'|import\s+'(\.[^']+)'/g)];
  return imports.flatMap(([, from, bare]) => {
    const target = path.posix.normalize(path.posix.join(path.posix.dirname(file), from ?? bare ?? ''));
    const wrong = wrongImport(file, target);
    return wrong === undefined ? [] : [`${file} imports ${target}: ${wrong}.`];
  });
}

function wrongImport(file: string, target: string): string | undefined {
  if (target.startsWith('generated/'))
    return file.startsWith('platform/') ? undefined : 'only the platform knows what is generated';
  const [from, to] = [placeOf(file), placeOf(target)];
  if (from.area === 'app' || from.area === '') return undefined;
  if (areaOrder(to.area) > areaOrder(from.area)) return 'imports look left, from area to area';
  if (to.area === 'platform') return wrongPlatformImport(from, to);
  if (to.area === from.area && to.folder !== from.folder) {
    const order = SIBLINGS[from.area] ?? [];
    if (order.indexOf(to.folder) >= order.indexOf(from.folder)) return 'imports look left, from sibling to sibling';
  }
  const allowed = ROOMS[from.room];
  if (allowed === undefined) return `${from.room} is no room of this house`;
  const isOwn = to.area === from.area && to.folder === from.folder;
  return (isOwn ? allowed.own : allowed.left).includes(to.room)
    ? undefined
    : `the room ${from.room} may not look into ${isOwn ? 'its own' : 'a neighbour’s'} ${to.room}`;
}

function wrongPlatformImport(from: Place, to: Place): string | undefined {
  const allowed = PLATFORM[from.room] ?? 'all';
  return from.area === 'platform' || allowed === 'all' || allowed.includes(to.name)
    ? undefined
    : `the room ${from.room} may use only ${allowed.join(', ')} of the platform`;
}

function foreignWrites(file: string, code: string): readonly string[] {
  return Object.entries(OWNERS).flatMap(([model, { table, folder }]) => {
    const isOwner = file.startsWith(`${folder}/`) && (folder === 'platform' || file.endsWith('.commands.ts'));
    if (isOwner || file.startsWith('app/simulation/')) return [];
    const byPrisma = new RegExp(`\\.${model}\\.(?:create|createMany|update|updateMany|upsert|delete|deleteMany)\\b`);
    const bySql = new RegExp(`\\b(?:INSERT INTO|UPDATE|DELETE FROM|TRUNCATE)\\s+${table}\\b(?!\\s+(?:t\\s+)?OF)`);
    return byPrisma.test(code) || bySql.test(code)
      ? [`${file} writes the table ${table}, but only the commands of ${folder} do.`]
      : [];
  });
}

interface Place {
  readonly area: string;
  readonly folder: string;
  readonly room: string;
  readonly name: string;
}

function placeOf(file: string): Place {
  const parts = file.split('/');
  const base = path.posix.basename(file, '.ts');
  return {
    area: parts.length === 1 ? '' : (parts[0] ?? ''),
    folder: parts.length > 2 ? (parts[1] ?? '') : '',
    room: base.split('.').at(1) ?? '',
    name: base,
  };
}

/** The code alone: comments may say what code may not. Strings stay, for SQL stands in them. */
function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/(^|[\s;{}(])\/\/[^\n]*/g, '$1');
}

function areaOrder(area: string): number {
  return AREAS.findIndex((each) => each === area);
}
