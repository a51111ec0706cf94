/**
 * The minimal server: one HTTP handler, one pool, and hand-written statements. A request names a statement and carries
 * its values. The answer is the text of the first column of the first row; for the contender `rows` it is the number of
 * rows of each statement. Environment: DATABASE_URL, POOL_SIZE, STATEMENTS (JSON: by name, one text or one for each
 * level).
 */
import { createServer } from 'node:http';
import pg from 'pg';

const types = { getTypeParser: () => (text) => text };
const pool = new pg.Pool({
  connectionString: process.env['DATABASE_URL'],
  max: Number(process.env['POOL_SIZE']),
  types,
});
pool.on('error', () => undefined);

const statements = JSON.parse(process.env['STATEMENTS']);

const server = createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    answer(JSON.parse(Buffer.concat(chunks).toString('utf8'))).then(
      (text) => response.writeHead(200, { 'content-type': 'application/json' }).end(text),
      (error) => response.writeHead(500).end(String(error)),
    );
  });
});
server.listen(0, '127.0.0.1', () => process.send?.({ url: `http://127.0.0.1:${server.address().port}/` }));
process.once('SIGTERM', () => process.exit(0));

async function answer({ statement, values }) {
  const texts = statements[statement];
  if (typeof texts === 'string') {
    const { rows } = await pool.query({ text: texts, values, rowMode: 'array' });
    return rows[0][0];
  }
  const counts = [];
  for (const text of texts) counts.push((await pool.query({ text, values, rowMode: 'array' })).rows.length);
  return JSON.stringify(counts);
}
