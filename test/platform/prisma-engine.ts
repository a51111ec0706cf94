/** The schema engine of Prisma, as its command line loads it, but from the package: nothing is downloaded. */
import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import * as glue from '@prisma/schema-engine-wasm/schema_engine_bg';
import { Pool } from 'pg';
import { readMigrations } from '../../src/platform/migrations/files.ts';

type Schemas = { readonly path: string; readonly content: string }[];

const PRISMA = path.resolve(import.meta.dirname, '../../prisma');
const NO_FILTER = { externalTables: [], externalEnums: [] };

export async function prismaSchemas(): Promise<Schemas> {
  const models = (await readdir(path.join(PRISMA, 'models')))
    .filter((name) => name.endsWith('.prisma'))
    .map((name) => `models/${name}`);
  return Promise.all(
    ['schema.prisma', ...models.toSorted()].map(async (name) => ({
      path: name,
      content: await readFile(path.join(PRISMA, name), 'utf8'),
    })),
  );
}

/** Runs the work with the engine on a database. Its connections, which hold its locks, end with it. */
async function withEngine<T>(
  url: string,
  schemas: Schemas,
  work: (engine: glue.SchemaEngine) => Promise<T>,
): Promise<T> {
  await loadOnce();
  const pool = new Pool({ connectionString: url });
  const adapter = bindMigrationAwareSqlAdapterFactory(new PrismaPg(pool));
  const engine = await glue.SchemaEngine.new(
    { datamodels: schemas.map(({ path: name, content }) => [name, content]) },
    () => undefined,
    adapter,
  );
  try {
    return await work(engine);
  } finally {
    engine.free();
    await pool.end();
  }
}

/** The SQL that turns an empty database into the schema. */
export async function sqlOf(url: string, schemas: Schemas): Promise<string> {
  return withEngine(url, schemas, async (engine) => {
    const { stdout } = await engine.diff({
      from: { tag: 'empty' },
      to: { tag: 'schemaDatamodel', files: schemas },
      script: true,
      exitCode: null,
      filters: NO_FILTER,
    });
    return stdout ?? '';
  });
}

/**
 * What `prisma migrate status` and `prisma migrate deploy` find in a database: errors in its history, and the
 * migrations that they apply.
 */
export async function deployWithPrisma(
  url: string,
  folder: string,
): Promise<{ readonly diagnosis: object; readonly applied: readonly string[] }> {
  const { files } = await readMigrations(folder);
  const migrationsList = {
    baseDir: folder,
    lockfile: { path: 'migration_lock.toml', content: 'provider = "postgresql"' },
    shadowDbInitScript: '',
    migrationDirectories: files.map(({ name, up }) => ({
      path: name,
      migrationFile: { path: 'migration.sql', content: { tag: 'ok' as const, value: up } },
    })),
  };
  return withEngine(url, await prismaSchemas(), async (engine) => {
    const diagnosis = await engine.diagnoseMigrationHistory({
      migrationsList,
      optInToShadowDatabase: false,
      filters: NO_FILTER,
    });
    const { appliedMigrationNames } = await engine.applyMigrations({ migrationsList, filters: NO_FILTER });
    return { diagnosis, applied: appliedMigrationNames };
  });
}

let loaded: Promise<void> | undefined;

function loadOnce(): Promise<void> {
  return (loaded ??= load());
}

async function load(): Promise<void> {
  const require = createRequire(import.meta.url);
  const file = path.join(path.dirname(require.resolve('@prisma/schema-engine-wasm')), 'schema_engine_bg.wasm');
  const { instance } = await WebAssembly.instantiate(await readFile(file), { './schema_engine_bg.js': glue as never });
  (glue as never as { __wbg_set_wasm(exports: unknown): void }).__wbg_set_wasm(instance.exports);
  (instance.exports as { __wbindgen_start(): void }).__wbindgen_start();
}
