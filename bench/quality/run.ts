/**
 * `npm run bench:quality -- [--only claims] [--jobs 20000] [--workers 8] [--slices 20] [--completions 200] [--rows 10000]`:
 * claims of inference jobs, completion of inspections, large reports. The server is a process of its own on the built-in
 * PostgreSQL, in a folder that is removed at the end.
 */
import { parseArgs } from 'node:util';
import { measureClaims } from './claims.ts';
import { measureCompletion } from './completion.ts';
import { startQualityPlant } from './plant.ts';
import { measureReports } from './reports.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    jobs: { type: 'string', default: '20000' },
    workers: { type: 'string', default: '8' },
    slices: { type: 'string', default: '20' },
    completions: { type: 'string', default: '200' },
    rows: { type: 'string', default: '10000' },
  },
});
const isWanted = (name: string): boolean => values.only === '' || values.only === name;

const plant = await startQualityPlant();
try {
  const load = { jobs: Number(values.jobs), workers: Number(values.workers), slices: Number(values.slices) };
  if (isWanted('claims')) await measureClaims(plant, load);
  if (isWanted('completion')) await measureCompletion(plant, Number(values.completions));
  if (isWanted('reports')) await measureReports(plant, Number(values.rows));
} finally {
  await plant.stop();
}
