import { builder } from '../../platform/graphql/builder.ts';
import { parseArguments } from '../../platform/read/arguments.ts';
import { PAGE_DEFAULT, PAGE_LIMIT } from '../../platform/read/keyset.ts';
import { USERS } from '../../platform/rules/access.ts';
import { ProcessDataFacets, totalOfFacets } from '../../production/process-data/execution/facet.graphql.ts';
import { ProcessData, ProcessDataConnection } from '../../production/process-data/execution/process-data.graphql.ts';
import { type FoundExecution, type SearchPage, searchExecutions } from './search.loaders.ts';
import { AskSearch } from './search.shapes.ts';

const FoundEdge = builder.objectRef<FoundExecution>('ProcessDataSearchEdge').implement({
  description: 'An execution that was found, with its place.',
  fields: (t) => ({
    cursor: t.exposeString('cursor', { description: 'Opaque place in the list; give it to `after`.' }),
    node: t.expose('node', { type: ProcessData, description: 'The execution.' }),
    rank: t.exposeFloat('rank', {
      description:
        'How well it fits, from 0: the more, the better. Words in notes count more than in defects, and those more than in readings.',
    }),
    headline: t.exposeString('headline', {
      nullable: true,
      description:
        'The part of its notes that fits best, as HTML: the words in `<b>`, everything else escaped. Their beginning when the words stand elsewhere; null without notes.',
    }),
  }),
});

const FoundConnection = builder.objectRef<SearchPage>('ProcessDataSearchConnection').implement({
  description: 'A page of the executions that were found.',
  fields: (t) => ({
    edges: t.field({
      type: [FoundEdge],
      description: 'The executions with their places.',
      resolve: ({ rows }) => rows,
    }),
    nodes: t.field({
      type: [ProcessData],
      description: 'The executions.',
      resolve: ({ rows }) => rows.map(({ node }) => node),
    }),
    pageInfo: t.field({
      type: builder.pageInfoRef(),
      description: 'Where the page begins and ends, and whether there is more.',
      resolve: ({ rows, hasNextPage, hasPreviousPage }) => ({
        hasNextPage,
        hasPreviousPage,
        startCursor: rows[0]?.cursor ?? null,
        endCursor: rows.at(-1)?.cursor ?? null,
      }),
    }),
    totalCount: t.int({
      description:
        'How many were found, on all pages: the total of the facets, read with them. Counted only when selected.',
      resolve: async (page) => totalOfFacets(await page.facets()),
    }),
    facets: t.field({
      type: ProcessDataFacets,
      description: 'How everything that was found, on all pages, spreads (SEA-2). Counted only when selected.',
      resolve: (page) => page.facets(),
    }),
  }),
});

builder.queryField('searchProcessData', (t) =>
  t.field({
    type: FoundConnection,
    nullable: true,
    description:
      'The executions that have the words in notes, defects or readings: the best first, then the newest (SEA-1).',
    authScopes: { may: USERS },
    args: {
      text: t.arg.string({
        required: true,
        description:
          'What to search for, 2 to 200 characters: words are ANDed, `"phrase"`, `or`, `-not`. Case does not matter.',
      }),
      filter: t.arg({
        type: ProcessDataConnection.filter,
        description: 'Only executions for which this holds, too; all unless given.',
      }),
      first: t.arg.int({ description: `How many: 1 to ${PAGE_LIMIT}, ${PAGE_DEFAULT} unless given.` }),
      after: t.arg.string({ description: 'A cursor: the page begins behind it.' }),
    },
    resolve: (_root, { text, filter, first, after }, context) => {
      const asked = parseArguments(AskSearch, { text });
      return searchExecutions(context, asked.text, { filter, first, after });
    },
  }),
);
