import { z } from 'zod';
import { refineTo, list, oneOf, withDefault } from '../../../platform/input/schemas.ts';
import { BATCH_POLICIES } from './batch.rules.ts';
import { MAX_BATCH_SIZE } from '../execution/process-data.rules.ts';
import { RecordProcessData } from '../execution/process-data.shapes.ts';

const policy = withDefault(oneOf(BATCH_POLICIES), 'REJECT_EVERYTHING');

/** A record of a batch has no key of its own: that of the batch counts for all its records. */
export const withoutKey: z.ZodType<unknown> = refineTo(z.looseObject({}), ({ idempotencyKey, ...record }) =>
  idempotencyKey === undefined || idempotencyKey === null
    ? { value: record }
    : {
        message: 'must not be given: the key of the batch counts for all its records.',
        rule: 'IDK-1',
        path: ['idempotencyKey'],
      },
);

/** A batch that is recorded whole or not at all: every record must be well formed. */
export const RecordProcessDataBatch = z.strictObject({ items: items(RecordProcessData), policy });

/** A batch whose records are independent: each is checked, also for its form, when it is recorded. */
export const RecordEachProcessData = z.strictObject({ items: items(z.looseObject({})), policy });

function items<Value>(record: z.ZodType<Value>): z.ZodType<Value[]> {
  return refineTo(list(withoutKey.pipe(record), MAX_BATCH_SIZE, { rule: 'PD-19' }), (records) =>
    records.length > 0 ? { value: records } : { message: 'must have at least one record.', rule: 'PD-19' },
  );
}
