import { builder } from '../../platform/graphql/builder.ts';
import { parseArguments } from '../../platform/read/arguments.ts';
import { sharedState, type SharedState } from '../../platform/graphql/shared-state.ts';
import type { Database } from '../../platform/postgres/client.ts';
import { clearLoaders } from '../../platform/read/loader.ts';
import type { Context } from '../../platform/request/context.ts';
import { USERS } from '../../platform/rules/access.ts';
import { present } from '../../platform/values/assert.ts';
import { ProcessData } from '../../production/process-data/execution/process-data.graphql.ts';
import { type LiveState, liveState } from './live.loaders.ts';
import { LATEST_FAILURES, LIVE_INTERVAL, LIVE_WINDOW_MINUTES, liveText, ratioOfLastHour } from './live.rules.ts';
import { AskLiveMetricsChanged } from './live.shapes.ts';

const LAST_HOUR = `of the last ${LIVE_WINDOW_MINUTES} minutes`;

const LiveMetrics = builder.objectRef<LiveState>('LiveMetrics').implement({
  description: 'What is going on in the factory.',
  fields: (t) => ({
    countedAt: t.field({
      type: 'DateTime',
      description: 'When it was counted (UTC), by the clock of the database.',
      resolve: ({ counts }) => counts.at,
    }),
    executionsLastHour: t.int({
      description: `The executions that were finished in the ${LIVE_WINDOW_MINUTES} minutes before.`,
      resolve: ({ counts }) => counts.executionsLastHour,
    }),
    passRatioLastHour: t.float({
      nullable: true,
      description: `PASS ÷ all finished executions ${LAST_HOUR}, 0 to 1; null without any.`,
      resolve: ({ counts }) => ratioOfLastHour(counts.passCount, counts),
    }),
    failRatioLastHour: t.float({
      nullable: true,
      description: `FAIL ÷ all finished executions ${LAST_HOUR}, 0 to 1; null without any.`,
      resolve: ({ counts }) => ratioOfLastHour(counts.failCount, counts),
    }),
    openExecutions: t.int({
      description: 'The executions that are going on.',
      resolve: ({ counts }) => counts.openExecutions,
    }),
    wipInProgressCount: t.int({
      description: 'The WIP items that are IN_PROGRESS.',
      resolve: ({ counts }) => counts.wipInProgressCount,
    }),
    equipmentInUseCount: t.int({
      description: 'The active equipment that is IN_USE.',
      resolve: ({ counts }) => counts.equipmentInUseCount,
    }),
    equipmentActiveCount: t.int({
      description: 'The equipment that is active, whatever its status.',
      resolve: ({ counts }) => counts.equipmentActiveCount,
    }),
    heldLotCount: t.int({
      description: 'The lots that are QUARANTINED or REJECTED.',
      resolve: ({ counts }) => counts.heldLotCount,
    }),
    unreadAlertCount: t.int({
      description: 'The alerts that are UNREAD.',
      resolve: ({ counts }) => counts.unreadAlertCount,
    }),
    pendingInspectionCount: t.int({
      description: 'The inspections that are PENDING.',
      resolve: ({ counts }) => counts.pendingInspectionCount,
    }),
    latestFailures: t.field({
      type: [ProcessData],
      description: `The newest executions that ended with FAIL, at most ${LATEST_FAILURES}, the newest first.`,
      resolve: ({ latestFailures }) => [...latestFailures],
    }),
  }),
});

builder.queryField('liveMetrics', (t) =>
  t.field({
    type: LiveMetrics,
    nullable: true,
    description: 'What is going on in the factory now (KPI-15).',
    authScopes: { may: USERS },
    resolve: (_root, _args, context) => liveState(context.db),
  }),
);

builder.subscriptionField('liveMetricsChanged', (t) =>
  t.field({
    type: LiveMetrics,
    description:
      'What is going on in the factory: the present state first, then each time that it is different, at most once in the interval. It is counted once for all who listen at the same interval (KPI-15).',
    authScopes: { may: USERS },
    args: {
      intervalSeconds: t.arg.int({
        defaultValue: LIVE_INTERVAL.default,
        description: `The seconds between two counts: ${LIVE_INTERVAL.min} to ${LIVE_INTERVAL.max}.`,
      }),
    },
    subscribe: (_root, args, context) => {
      const asked = parseArguments(AskLiveMetricsChanged, args);
      return followLiveState(context, asked.intervalSeconds);
    },
    resolve: (state) => state,
  }),
);

/** The states of each database by their interval. One that nobody listens to holds nothing. */
const shared = new WeakMap<Database, Map<number, SharedState<LiveState>>>();

async function* followLiveState(context: Context, intervalSeconds: number): AsyncGenerator<LiveState, void> {
  const { database } = context.services;
  const byInterval = shared.get(database) ?? new Map<number, SharedState<LiveState>>();
  shared.set(database, byInterval);
  const state =
    byInterval.get(intervalSeconds) ??
    sharedState({
      intervalSeconds,
      compute: () => liveState(database.reader()),
      textOf: ({ counts, latestFailures }: LiveState) => liveText(counts, latestFailures),
    });
  byInterval.set(intervalSeconds, state);
  for await (const now of state.follow(present(context.stream, 'The stream').closed.signal)) {
    // The records of an earlier event may have changed since.
    clearLoaders(context);
    yield now;
  }
}
