import { builder, enumeration } from '../../../platform/graphql/builder.ts';
import { run } from '../../../platform/command/run.ts';
import { isJsonRecord } from '../../../platform/values/json.ts';
import { UserError, loadById, mutationWith, payloadOf } from '../../../platform/graphql/mutation.ts';
import { recordEach, recordProcessDataBatch, type BatchResult as Result } from './batch.commands.ts';
import { BATCH_POLICIES, rejectionsByRecord } from './batch.rules.ts';
import type { Rejection } from '../../../platform/rules/rejection.ts';
import { ProcessData } from '../execution/process-data.graphql.ts';
import { processDataById } from '../execution/process-data.loaders.ts';
import { MAX_BATCH_SIZE } from '../execution/process-data.rules.ts';
import { RecordProcessDataInput, WARNINGS } from './recording.graphql.ts';

const Policy = enumeration('BatchPolicy', BATCH_POLICIES, 'What becomes of a batch of which a record is refused.', {
  REJECT_EVERYTHING: 'No record is made; the answer names every record that was refused.',
  IGNORE_FAILED: 'The other records are made.',
});

/** What became of a record, with the number by which the input names its unit. */
type NamedResult = Result & { readonly number: string | null };

const BatchResult = builder.objectRef<NamedResult>('BatchResult').implement({
  description: 'What became of one record of a batch.',
  fields: (t) => ({
    index: t.exposeInt('index', { description: 'Its place in the input, from 0.' }),
    number: t.exposeString('number', {
      nullable: true,
      description: 'The number of the unit as the input has it; null where the input names the unit by its id.',
    }),
    processData: t.field({
      type: ProcessData,
      nullable: true,
      description: 'The execution; null when the record, or the batch as a whole, was refused.',
      resolve: ({ processData }, _args, context) => loadById(processDataById, processData, context),
    }),
    warnings: t.stringList({ description: WARNINGS, resolve: ({ warnings }) => [...(warnings ?? [])] }),
    errors: t.field({
      type: [UserError],
      description: 'Why it was refused; paths begin with `items` and its place.',
      resolve: ({ errors }) => [...errors],
    }),
  }),
});

mutationWith<{ readonly results: readonly NamedResult[]; readonly failedCount: number }>(
  recordProcessDataBatch,
  {
    input: (t) => ({
      items: t.field({
        type: [RecordProcessDataInput],
        required: true,
        description: `1 to ${MAX_BATCH_SIZE} records, carried out in this order. They have no idempotency keys of their own: the key of the batch counts for all.`,
      }),
      policy: t.field({
        type: Policy,
        defaultValue: 'REJECT_EVERYTHING',
        description: 'What becomes of the batch when a record is refused.',
      }),
    }),
    payload: (t) => ({
      results: t.field({
        type: [BatchResult],
        description:
          'What became of each record, in the order of the input. When the batch as a whole was refused: the records that were refused, each with its errors, judged as if the refused ones before it had not been sent.',
        resolve: ({ results }) => [...(results ?? [])],
      }),
      succeededCount: t.int({
        description: 'How many records were made.',
        resolve: ({ results }) => succeededIn(results ?? []),
      }),
      failedCount: t.int({
        description: 'How many records were not made.',
        resolve: ({ failedCount }) => failedCount ?? 0,
      }),
    }),
  },
  async (input, context) => {
    const { items, policy } = isJsonRecord(input) ? input : {};
    const { output, errors } =
      policy === 'IGNORE_FAILED' ? await recordEach(input, context) : await run(recordProcessDataBatch, input, context);
    const given: readonly unknown[] = Array.isArray(items) ? items : [];
    const results = (output?.results ?? refusedRecords(errors)).map((result) => ({
      ...result,
      number: numberIn(given[result.index]),
    }));
    return { ...payloadOf({ results }, errors), failedCount: given.length - succeededIn(results) };
  },
);

/** The records of a batch that was refused as a whole, as far as they were refused themselves. */
function refusedRecords(errors: readonly Rejection[]): readonly Result[] {
  return [...rejectionsByRecord(errors)].map(([index, own]) => ({ index, processData: null, errors: own }));
}

function numberIn(item: unknown): string | null {
  const { unit } = isJsonRecord(item) ? item : {};
  const { number } = isJsonRecord(unit) ? unit : {};
  return typeof number === 'string' ? number : null;
}

function succeededIn(results: readonly Result[]): number {
  return results.filter(({ processData }) => processData !== null).length;
}
