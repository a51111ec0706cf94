import { defineConfig } from 'prisma/config';

// Every Prisma command first looks for a schema engine and would download one. Generating, formatting and validating
// never run it, so any existing file will do. `prisma migrate` does need it: use `lotgraph db` instead, or set the
// variable yourself.
process.env['PRISMA_SCHEMA_ENGINE_BINARY'] ??= process.execPath;

export default defineConfig({
  schema: 'prisma',
  migrations: { path: 'prisma/migrations' },
});
