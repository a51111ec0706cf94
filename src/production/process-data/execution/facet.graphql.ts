import { Process, ProcessLevel } from '../../../catalog/process/process.graphql.ts';
import { processById } from '../../../catalog/process/process.loaders.ts';
import { present } from '../../../platform/values/assert.ts';
import { builder } from '../../../platform/graphql/builder.ts';
import { DefectSeverity } from '../result/measurement.graphql.ts';
import type { FacetRow } from './process-data.loaders.ts';

type Facet<Kind extends FacetRow['facet']> = Extract<FacetRow, { facet: Kind }>;

const COUNT = { description: 'How many executions.' };

const ProcessOutcome = builder.enumType('ProcessOutcome', {
  description: 'How an execution ended, or that it has not.',
  values: {
    PASS: { description: 'Good.' },
    FAIL: { description: 'Not good.' },
    REWORK: { description: 'To be done again.' },
    OPEN: { description: 'Still going on.' },
  } as const,
});

const ProcessFacet = builder.objectRef<Facet<'PROCESS'>>('ProcessFacet').implement({
  description: 'Executions of one step.',
  fields: (t) => ({
    process: t.field({
      type: Process,
      description: 'The step.',
      resolve: async ({ value }, _args, context) => present(await processById.load(context, value), 'The step'),
    }),
    count: t.exposeInt('count', COUNT),
  }),
});

const ResultFacet = builder.objectRef<Facet<'RESULT'>>('ResultFacet').implement({
  description: 'Executions that ended alike.',
  fields: (t) => ({
    result: t.expose('value', { type: ProcessOutcome, description: 'How they ended.' }),
    count: t.exposeInt('count', COUNT),
  }),
});

const LevelFacet = builder.objectRef<Facet<'LEVEL'>>('LevelFacet').implement({
  description: 'Executions on one kind of unit.',
  fields: (t) => ({
    level: t.expose('value', { type: ProcessLevel, description: 'The kind of unit.' }),
    count: t.exposeInt('count', COUNT),
  }),
});

const SeverityFacet = builder.objectRef<Facet<'SEVERITY'>>('SeverityFacet').implement({
  description:
    'Executions that name a defect of one severity; one that names several severities stands in several buckets.',
  fields: (t) => ({
    severity: t.expose('value', { type: DefectSeverity, description: 'The severity.' }),
    count: t.exposeInt('count', COUNT),
  }),
});

export const ProcessDataFacets = builder.objectRef<readonly FacetRow[]>('ProcessDataFacets').implement({
  description:
    'How a whole list of executions spreads. Buckets without executions are left out; the largest comes first.',
  fields: (t) => ({
    total: t.int({
      description: 'All executions of the list.',
      resolve: totalOfFacets,
    }),
    byProcess: t.field({
      type: [ProcessFacet],
      description: 'By step.',
      resolve: (rows) => bucketsOf(rows, 'PROCESS'),
    }),
    byResult: t.field({
      type: [ResultFacet],
      description: 'By result, the open ones too.',
      resolve: (rows) => bucketsOf(rows, 'RESULT'),
    }),
    byLevel: t.field({
      type: [LevelFacet],
      description: 'By kind of unit.',
      resolve: (rows) => bucketsOf(rows, 'LEVEL'),
    }),
    bySeverity: t.field({
      type: [SeverityFacet],
      description: 'By severity of their defects.',
      resolve: (rows) => bucketsOf(rows, 'SEVERITY'),
    }),
  }),
});

/** How many executions the facets count: each is of one level. */
export function totalOfFacets(rows: readonly FacetRow[]): number {
  return bucketsOf(rows, 'LEVEL').reduce((sum, { count }) => sum + count, 0);
}

function bucketsOf<Kind extends FacetRow['facet']>(rows: readonly FacetRow[], kind: Kind): Facet<Kind>[] {
  return rows.filter((row): row is Facet<Kind> => row.facet === kind);
}
