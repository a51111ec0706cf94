/**
 * The house rules as functions from a file to its violations, so that planted violations can test the rules themselves.
 */
import path from 'node:path';

export interface SourceFile {
  /** Below `src/`, with slashes. */
  readonly file: string;
  readonly text: string;
}

/** Areas in their order. Imports between areas point left. */
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

/**
 * The order inside an area: of its entities, or, in `platform` and `app`, of its folders. Imports point left; type
 * imports count. `schema.ts` and `server.ts` compose the app.
 */
export const FOLDERS: Readonly<Record<string, readonly string[]>> = {
  platform: [
    'values',
    'rules',
    'input',
    'process',
    'security',
    'embedded-postgres',
    'migrations',
    'postgres',
    'file-store',
    'request',
    'scheduling',
    'command',
    'read',
    'graphql',
    'query-plan',
  ],
  identity: ['user', 'session'],
  catalog: ['product-model', 'production-line', 'process', 'station', 'api-key', 'equipment', 'route', 'test-program'],
  production: [
    'lot',
    'wip-item',
    'serial',
    'unit',
    'lot-route',
    'process-session',
    'process-data',
    'component-use',
    'label-print',
  ],
  quality: ['inspection', 'defect', 'artifact', 'inference-job', 'verdict', 'disposition', 'report'],
  insight: [
    'period',
    'scope',
    'figure',
    'picture',
    'yield',
    'defect-figure',
    'performance',
    'measurement',
    'spc',
    'commonality',
    'overview',
    'dashboard',
    'oee',
    'trace',
    'search',
    'live',
  ],
  operation: [
    'audit',
    'alert',
    'filter-target',
    'background-job',
    'saved-filter',
    'webhook',
    'error-entry',
    'file',
    'migration-history',
    'monitoring',
    'system-event',
    'config-entry',
    'performance-baseline',
  ],
  app: [
    'request',
    'auth',
    'http',
    'graphiql',
    'files',
    'execution',
    'schema.ts',
    'server.ts',
    'audit-export',
    'reports',
    'jobs',
    'import',
    'simulation',
    'start',
    'command-line',
  ],
};

/** The order of the nouns that divide a large entity. */
export const NOUNS: Readonly<Record<string, readonly string[]>> = {
  'production/process-data': ['result', 'execution', 'work', 'readiness', 'recording'],
};

/** Folders of the platform that import nothing from certain folders on their left: reads do not know writes. */
const CLOSED: Readonly<Record<string, readonly string[]>> = { read: ['command'], 'query-plan': ['command'] };

/** The kinds of files of an entity that each kind may import, from its own folder and from folders on its left. */
const ROOMS: Readonly<Record<string, { readonly own: readonly string[]; readonly left: readonly string[] }>> = {
  rules: { own: ['rules'], left: ['rules'] },
  shapes: { own: ['rules', 'shapes'], left: ['shapes', 'rules'] },
  gateway: { own: ['rules'], left: ['rules'] },
  loaders: { own: ['rules', 'shapes', 'gateway', 'loaders'], left: ['rules', 'loaders', 'shapes'] },
  commands: {
    own: ['rules', 'shapes', 'gateway', 'loaders', 'commands'],
    left: ['rules', 'commands', 'loaders', 'shapes'],
  },
  graphql: { own: ['rules', 'shapes', 'commands', 'loaders', 'graphql'], left: ['rules', 'loaders', 'graphql'] },
};

/** The parts of the platform that each kind of file may import: whole folders and single files. */
const PURE = ['values', 'rules', 'process/limits'];
const PLATFORM: Readonly<Record<string, readonly string[] | 'all'>> = { rules: PURE, shapes: [...PURE, 'input'] };

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
  route: { table: 'routes', folder: 'catalog/route' },
  routeStep: { table: 'route_steps', folder: 'catalog/route' },
  testProgram: { table: 'test_programs', folder: 'catalog/test-program' },
  testProgramVersion: { table: 'test_program_versions', folder: 'catalog/test-program' },
  testProgramDeployment: { table: 'test_program_deployments', folder: 'catalog/test-program' },
  lot: { table: 'lots', folder: 'production/lot' },
  numberCounter: { table: 'number_counters', folder: 'platform/command' },
  wipItem: { table: 'wip_items', folder: 'production/wip-item' },
  serial: { table: 'serials', folder: 'production/serial' },
  processSession: { table: 'process_sessions', folder: 'production/process-session' },
  processData: { table: 'process_data', folder: 'production/process-data' },
  labelPrint: { table: 'label_prints', folder: 'production/label-print' },
  labelPrintCursor: { table: 'label_print_cursors', folder: 'production/label-print' },
  componentUse: { table: 'component_uses', folder: 'production/component-use' },
  inspection: { table: 'inspections', folder: 'quality/inspection' },
  defect: { table: 'defects', folder: 'quality/defect' },
  artifact: { table: 'artifacts', folder: 'quality/artifact' },
  inferenceJob: { table: 'inference_jobs', folder: 'quality/inference-job' },
  report: { table: 'reports', folder: 'quality/report' },
  reportSchedule: { table: 'report_schedules', folder: 'quality/report' },
  backgroundJob: { table: 'background_jobs', folder: 'operation/background-job' },
  backgroundJobItem: { table: 'background_job_items', folder: 'operation/background-job' },
  alert: { table: 'alerts', folder: 'operation/alert' },
  savedFilter: { table: 'saved_filters', folder: 'operation/saved-filter' },
  webhook: { table: 'webhooks', folder: 'operation/webhook' },
  configEntry: { table: 'config_entries', folder: 'operation/config-entry' },
  performanceBaseline: { table: 'performance_baselines', folder: 'operation/performance-baseline' },
  webhookDelivery: { table: 'webhook_deliveries', folder: 'operation/webhook' },
  auditEntry: { table: 'audit_entries', folder: 'operation/audit' },
  auditPosition: { table: 'audit_positions', folder: 'operation/audit' },
  auditBlock: { table: 'audit_blocks', folder: 'operation/audit' },
  auditArchive: { table: 'audit_archives', folder: 'operation/audit' },
  idempotencyKey: { table: 'idempotency_keys', folder: 'platform/command' },
  systemEvent: { table: 'system_events', folder: 'operation/system-event' },
  errorEntry: { table: 'error_entries', folder: 'operation/error-entry' },
  migrationHistory: { table: 'migration_history', folder: 'platform/migrations' },
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
/** Files of the platform by folder and name, or whole folders with a slash at the end. */
const platform =
  (...names: readonly string[]) =>
  (file: string) =>
    names.some((name) => (name.endsWith('/') ? file.startsWith(`platform/${name}`) : file === `platform/${name}.ts`));
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
    mayIn: either(
      room('shapes'),
      platform(
        'input/',
        'process/config',
        'process/config-entries',
        'process/config-problems',
        'process/config-shape',
        'command/',
        'read/filter',
      ),
      below('app/import'),
    ),
    because: 'there is one grammar of well-formed input',
  },
  {
    what: 'builder.',
    token: /\bbuilder\./,
    mayIn: either(room('graphql'), platform('graphql/'), below('app')),
    because: 'the schema describes, it does not decide',
  },
  {
    what: 'SQL',
    token: /\bsql(?:<[^`]*>)?`|\.query\(/,
    mayIn: either(room('loaders', 'commands'), below('platform', 'app')),
    because: 'reads are batched and locks are visible',
  },
  {
    what: 'enforce(',
    token: /\b(?:enforce|reject|found)\(/,
    mayIn: either(room('commands'), below('platform', 'app')),
    because: 'a rule answers, a command enforces',
  },
  {
    what: 'the clock',
    token: /\bnew Date\(|\bDate\.now\(|\bperformance\.now\(/,
    mayIn: either(
      below('app'),
      platform(
        'values/time',
        'values/zoned-time',
        'process/log',
        'process/monitoring/',
        'postgres/checkout',
        'postgres/database',
        'postgres/transaction',
        'file-store/',
        'migrations/',
        'embedded-postgres/',
        'scheduling/fair-scheduler',
      ),
    ),
    because: 'rules and tests receive the time as a value',
  },
  {
    what: 'process.env',
    token: /\bprocess\.env\b/,
    mayIn: platform('process/config', 'file-store/backup/dump'),
    because: 'there is one list of settings',
  },
  { what: 'console.', token: /\bconsole\./, mayIn: platform('process/log'), because: 'logs have one format' },
  {
    what: 'throw',
    token: /\bthrow\b/,
    mayIn: either(below('platform'), COMMAND_LINE),
    because: 'features stop by a rejection or an assertion',
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
    because: 'types are honest',
  },
  { what: '!', token: /[\w)\]]!(?:[.;,)[]|$)/m, mayIn: () => false, because: 'types are honest' },
  {
    what: 'a type assertion',
    token: /\)\s+as\s+(?!const\b)[A-Z]|\bas\s+(?:unknown|never)\b/,
    mayIn: either(below('platform', 'app')),
    because: 'types are honest',
  },
  {
    what: 'TODO',
    token: /\b(?:TODO|FIXME|HACK|XXX)\b/,
    mayIn: () => false,
    because: 'work that is not done is an issue',
  },
];

export const LONGEST_FILE = 300;
/** The maximum number of entries of a folder in `platform` or `app`, and of files of an entity. */
export const MOST_ENTRIES = 15;
export const MOST_FILES_OF_ENTITY = 16;

/** All violations of one file, each as a sentence. */
export function violationsIn(source: SourceFile): readonly string[] {
  const code = withoutComments(source.text);
  return [
    ...longFiles(source),
    ...bannedTokens(source.file, code),
    ...wrongImports(source.file, code),
    ...foreignWrites(source.file, code),
  ];
}

/** Folders with too many entries, each as a sentence. `files` are paths below `src/`. */
export function crowdedFolders(files: readonly string[]): readonly string[] {
  const entries = new Map<string, Set<string>>();
  for (const file of files) {
    const parts = file.split('/');
    for (let depth = 1; depth < parts.length; depth += 1) {
      const folder = parts.slice(0, depth).join('/');
      entries.set(folder, (entries.get(folder) ?? new Set()).add(parts[depth] ?? ''));
    }
  }
  return [...entries].flatMap(([folder, names]) => {
    const [area = '', entity] = folder.split('/');
    const isMachinery = area === 'platform' || area === 'app';
    const most = isMachinery ? MOST_ENTRIES : entity === undefined ? Infinity : MOST_FILES_OF_ENTITY;
    return names.size > most
      ? [`${folder} has ${names.size} entries; more than ${most} must be divided by nouns.`]
      : [];
  });
}

/** Circular imports, type imports included, each as a path through files. */
export function importCircles(files: readonly SourceFile[]): readonly string[] {
  const imports = new Map(files.map(({ file, text }) => [file, importsIn(file, withoutComments(text))]));
  const done = new Set<string>();
  const circles: string[] = [];
  const walk = (file: string, trail: readonly string[]): void => {
    if (trail.includes(file)) circles.push([...trail.slice(trail.indexOf(file)), file].join(' → '));
    if (trail.includes(file) || done.has(file)) return;
    for (const target of imports.get(file) ?? []) walk(target, [...trail, file]);
    done.add(file);
  };
  for (const { file } of files) walk(file, []);
  return circles;
}

function longFiles({ file, text }: SourceFile): readonly string[] {
  const lines = text.split('\n').length;
  return lines > LONGEST_FILE
    ? [`${file} has ${lines} lines; a file with more than ${LONGEST_FILE} needs a noun of its own.`]
    : [];
}

function bannedTokens(file: string, code: string): readonly string[] {
  return BANS.filter((ban) => !ban.mayIn(file) && ban.token.test(code)).map(
    (ban) => `${file} uses ${ban.what}, but ${ban.because}.`,
  );
}

function wrongImports(file: string, code: string): readonly string[] {
  return importsIn(file, code).flatMap((target) => {
    const wrong = wrongImport(file, target);
    return wrong === undefined ? [] : [`${file} imports ${target}: ${wrong}.`];
  });
}

/** The files that a file imports, as paths below `src/`: values and types, also through `import(…)`. */
function importsIn(file: string, code: string): readonly string[] {
  const imports = code.matchAll(/(?:\bfrom\s+|\bimport\s*\(?\s*)'(\.[^']+)'/g);
  return [...imports].map(([, from = '']) => path.posix.normalize(path.posix.join(path.posix.dirname(file), from)));
}

function wrongImport(file: string, target: string): string | undefined {
  if (target.startsWith('generated/'))
    return file.startsWith('platform/') ? undefined : 'only the platform imports generated code';
  const [from, to] = [placeOf(file), placeOf(target)];
  if (from.area === '') return undefined;
  if (areaOrder(to.area) > areaOrder(from.area)) return 'imports point left, from area to area';
  if (to.area !== from.area) return from.area === 'app' ? undefined : wrongNeighbour(from, to);
  if (to.folder === from.folder) return wrongInFolder(from, to);
  const order = FOLDERS[from.area] ?? [];
  if (order.indexOf(to.folder) >= order.indexOf(from.folder)) return 'imports point left, from folder to folder';
  if (from.area === 'platform' && CLOSED[from.folder]?.includes(to.folder) === true)
    return `${from.folder} takes nothing from ${to.folder}`;
  return from.area === 'platform' || from.area === 'app' ? undefined : wrongRoom(from, to, 'left');
}

/** Imports between the files of one entity. */
function wrongInFolder(from: Place, to: Place): string | undefined {
  if (from.area === 'platform' || from.area === 'app') return undefined;
  const nouns = NOUNS[`${from.area}/${from.folder}`] ?? [];
  if (nouns.indexOf(to.noun) > nouns.indexOf(from.noun)) return 'imports point left, from noun to noun';
  return wrongRoom(from, to, 'own');
}

/** Imports from an entity to an area on its left. */
function wrongNeighbour(from: Place, to: Place): string | undefined {
  if (to.area !== 'platform') return wrongRoom(from, to, 'left');
  const allowed = PLATFORM[from.room] ?? 'all';
  const isAllowed = allowed === 'all' || allowed.includes(to.folder) || allowed.includes(`${to.folder}/${to.name}`);
  return isAllowed ? undefined : `the room ${from.room} may import only ${String(allowed)} of the platform`;
}

function wrongRoom(from: Place, to: Place, where: 'own' | 'left'): string | undefined {
  const allowed = ROOMS[from.room];
  if (allowed === undefined) return `${from.room} is not a room of an entity`;
  if (allowed[where].includes(to.room)) return undefined;
  return `the room ${from.room} may not import ${where === 'own' ? 'its own' : 'a neighbour’s'} ${to.room}`;
}

function foreignWrites(file: string, code: string): readonly string[] {
  return Object.entries(OWNERS).flatMap(([model, { table, folder }]) => {
    const isOwner = file.startsWith(`${folder}/`) && (folder.startsWith('platform/') || file.endsWith('.commands.ts'));
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
  /** The entity or the folder; for a file directly in an area, the file itself. */
  readonly folder: string;
  /** The noun that divides a large entity; empty where the entity is not divided. */
  readonly noun: string;
  readonly room: string;
  readonly name: string;
}

function placeOf(file: string): Place {
  const parts = file.split('/');
  const base = path.posix.basename(file, '.ts');
  return {
    area: parts.length === 1 ? '' : (parts[0] ?? ''),
    folder: parts[1] ?? '',
    noun: parts.length > 3 ? (parts[2] ?? '') : '',
    room: base.split('.').at(1) ?? '',
    name: base,
  };
}

/** The code without comments: comments may say what code may not. Strings stay, because SQL is in strings. */
function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/(^|[\s;{}(])\/\/[^\n]*/g, '$1');
}

function areaOrder(area: string): number {
  return AREAS.findIndex((each) => each === area);
}
