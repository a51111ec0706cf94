import { z } from 'zod';
import {
  asGiven,
  expectedVersion,
  globalId,
  list,
  oneOf,
  optional,
  refineTo,
  withDefault,
} from '../../platform/input/schemas.ts';
import { jsonObject } from '../../platform/input/json-schemas.ts';
import { parseStored } from '../../platform/input/parse.ts';
import type { Rejection } from '../../platform/rules/rejection.ts';
import { CompleteProcess } from '../../production/process-data/execution/process-data.shapes.ts';
import { withoutKey } from '../../production/process-data/recording/batch.shapes.ts';
import { FILTER_TARGETS } from '../filter-target/filter-target.rules.ts';
import { JOB_ITEMS_MAX } from './background-job.rules.ts';
import { EXPORT_FORMATS, type ExportParams } from './export.rules.ts';

/** The id of a job in an argument. */
const jobId = globalId('BackgroundJob');

/** The arguments of `backgroundJobChanged`. */
export const BackgroundJobChangedArguments = z.strictObject({ id: jobId });

/** The input of `cancelBackgroundJob`. */
export const CancelBackgroundJob = z.strictObject({ id: jobId, expectedVersion });

/** The input of `submitBatchCompletion`: the structure of all items is judged at once (BGJ-1). */
export const SubmitBatchCompletion = z.strictObject({
  items: refineTo(list(asGiven(withoutKey.pipe(CompleteProcess)), JOB_ITEMS_MAX, { rule: 'BGJ-1' }), (items) =>
    items.length > 0 ? { value: items } : { message: 'must have at least one item.', rule: 'BGJ-1' },
  ),
});

/** The input of `submitExport`. The filter is judged by its target. */
export const SubmitExport = z.strictObject({
  target: oneOf(FILTER_TARGETS),
  filter: optional(jsonObject),
  format: withDefault(oneOf(EXPORT_FORMATS), 'JSON'),
});

/** What an export was submitted with, as stored. */
export function storedParams(value: unknown): ExportParams {
  const params = z.object({
    target: oneOf(FILTER_TARGETS),
    filter: jsonObject.nullable(),
    format: oneOf(EXPORT_FORMATS),
  });
  return parseStored(params, value, 'The parameters of an export');
}

/** What a worker sends to work off an item. */
export const WorkOffItem = z.strictObject({
  lease: z.strictObject({ id: z.string(), holder: z.string(), attempt: z.int() }),
  index: z.int(),
  item: CompleteProcess,
});

/** The rejections of an item, as stored. */
export function storedErrors(value: unknown): readonly Rejection[] {
  return parseStored(z.array(z.custom<Rejection>(isRejection)), value, 'The errors of an item');
}

function isRejection(value: unknown): boolean {
  return jsonObject.safeParse(value).success;
}
