import { table } from '../../platform/postgres/table.ts';
import { byId } from '../../platform/read/loader.ts';

/** The table of inference jobs. */
export const inferenceJobs = table('InferenceJob', 'inference_jobs');

/** Loads inference jobs by id. */
export const inferenceJobById = byId(inferenceJobs);
