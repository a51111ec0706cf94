/**
 * PostGraphile 5 on the same database: its own preset for production, with the same number of connections, without
 * authentication or limits. Columns without an index may be used for ordering and filtering, as in lotgraph.
 * Environment: DATABASE_URL, POOL_SIZE. It sends its URL to the process that started it.
 */
import { createServer } from 'node:http';
import pg from 'pg';
import { postgraphile } from 'postgraphile';
import { makePgService } from 'postgraphile/adaptors/pg';
import { grafserv } from 'postgraphile/grafserv/node';
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber';

const pool = new pg.Pool({ connectionString: process.env['DATABASE_URL'], max: Number(process.env['POOL_SIZE']) });
pool.on('error', () => undefined);

const instance = postgraphile({
  extends: [PostGraphileAmberPreset],
  disablePlugins: ['PgIndexBehaviorsPlugin'],
  pgServices: [makePgService({ pool, schemas: ['public'] })],
  grafserv: { graphiql: false, watch: false, websockets: false, graphqlPath: '/graphql', maxRequestLength: 1_048_576 },
  grafast: { explain: false },
});
const server = createServer();
await instance.createServ(grafserv).addTo(server);
server.listen(0, '127.0.0.1', () => process.send?.({ url: `http://127.0.0.1:${server.address().port}/graphql` }));

process.once('SIGTERM', () => process.exit(0));
