import { afterEach, expect, test } from 'vitest';
import { MIGRATIONS } from '../support/cluster.ts';
import { emptyDatabase, freshDatabase, withConnection, type TestDatabase } from '../support/database.ts';
import { differences, structure } from './catalogue.ts';
import { deployWithPrisma, prismaSchemas, sqlOf } from './prisma-engine.ts';

const databases: TestDatabase[] = [];

afterEach(async () => {
  for (const database of databases.splice(0)) await database.drop();
});

async function keep(made: Promise<TestDatabase>): Promise<string> {
  const database = await made;
  databases.push(database);
  return database.url;
}

/**
 * The differences between a migrated database and one created from schema.prisma. `plant` runs in the migrated one
 * first.
 */
async function drift(plant = 'SELECT'): Promise<readonly string[]> {
  const migrated = await keep(freshDatabase());
  const drawn = await keep(emptyDatabase());
  const sql = await sqlOf(drawn, await prismaSchemas());
  await withConnection(migrated, (client) => client.query(plant));
  // The defaults name our function; the comparison leaves out its body.
  await withConnection(drawn, (client) =>
    client.query(`CREATE FUNCTION uuid7() RETURNS uuid LANGUAGE sql AS 'SELECT gen_random_uuid()'; ${sql}`),
  );
  return differences(await structure(migrated), await structure(drawn), 'the migrations', 'schema.prisma');
}

test('the migrations create what schema.prisma describes', async () => {
  expect(await drift()).toEqual([]);
});

test('a difference in any part is detected', async () => {
  const plant = `
    ALTER TABLE users ADD COLUMN shoe_size integer;
    ALTER TABLE users ALTER COLUMN full_name DROP NOT NULL;
    ALTER TABLE users ALTER COLUMN username TYPE varchar(51);
    ALTER TABLE lots DROP CONSTRAINT fk_lots_product_model_id;
    ALTER TABLE lots ADD CONSTRAINT uq_lots_planted UNIQUE (external_number);
    ALTER TABLE lots RENAME CONSTRAINT pk_lots TO pk_planted;
    ALTER TYPE role ADD VALUE 'JANITOR';
    CREATE TABLE planted (id uuid);`;

  expect(await drift(plant)).toEqual([
    'only in the migrations: column planted.id uuid NULL',
    'only in schema.prisma: column users.full_name character varying(100) NOT NULL',
    'only in the migrations: column users.full_name character varying(100) NULL',
    'only in the migrations: column users.shoe_size integer NULL',
    'only in schema.prisma: column users.username character varying(50) NOT NULL',
    'only in the migrations: column users.username character varying(51) NOT NULL',
    'only in schema.prisma: enum role ADMIN, MANAGER, ENGINEER, INSPECTOR, OPERATOR, AUDITOR, VIEWER',
    'only in the migrations: enum role ADMIN, MANAGER, ENGINEER, INSPECTOR, OPERATOR, AUDITOR, VIEWER, JANITOR',
    'only in schema.prisma: foreign key fk_lots_product_model_id of lots (product_model_id) to product_models (id) on delete r on update r',
    'only in schema.prisma: primary key pk_lots of lots (id)',
    'only in the migrations: primary key pk_planted of lots (id)',
    'only in the migrations: table planted',
    'only in the migrations: unique key uq_lots_planted of lots (external_number)',
  ]);
});

test('the engine of Prisma finds nothing to do after our runner', async () => {
  const migrated = await keep(freshDatabase());

  expect(await deployWithPrisma(migrated, MIGRATIONS)).toEqual({
    diagnosis: { editedMigrationNames: [], failedMigrationNames: [], hasMigrationsTable: true, history: null },
    applied: [],
  });
});
