import { builder, enumeration } from '../../../platform/graphql/builder.ts';
import { run } from '../../../platform/command/run.ts';
import { isJsonRecord } from '../../../platform/values/json.ts';
import { UserError, loadById, mutationWith, payloadOf } from '../../../platform/graphql/mutation.ts';
import { recordEach, recordProcessDataBatch, type BatchOutput, type BatchResult as Result } from './batch.commands.ts';
import { BATCH_POLICIES } from './batch.rules.ts';
import { ProcessData } from '../execution/process-data.graphql.ts';
import { processDataById } from '../execution/process-data.loaders.ts';
import { MAX_BATCH_SIZE } from '../execution/process-data.rules.ts';
import { RecordProcessDataInput } from './recording.graphql.ts';

const Policy = enumeration('BatchPolicy', BATCH_POLICIES, 'What becomes of a batch of which a record is refused.', {
  REJECT_EVERYTHING: 'All records are refused; nothing has changed.',
  IGNORE_FAILED: 'The other records are made.',
});

const BatchResult = builder.objectRef<Result>('BatchResult').implement({
  description: 'What became of one record of a batch.',
  fields: (t) => ({
    index: t.exposeInt('index', { description: 'Its place in the input, from 0.' }),
    processData: t.field({
      type: ProcessData,
      nullable: true,
      description: 'The execution; null when it was refused.',
      resolve: ({ processData }, _args, context) => loadById(processDataById, processData, context),
    }),
    errors: t.field({
      type: [UserError],
      description: 'Why it was refused; paths begin with `items` and its place.',
      resolve: ({ errors }) => [...errors],
    }),
  }),
});

mutationWith<BatchOutput & { readonly failedCount: number }>(
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
          'What became of each record, in the order of the input; empty when the batch as a whole was refused.',
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
    const given = Array.isArray(items) ? items.length : 0;
    return { ...payloadOf(output, errors), failedCount: given - succeededIn(output?.results ?? []) };
  },
);

function succeededIn(results: readonly Result[]): number {
  return results.filter(({ processData }) => processData !== null).length;
}
