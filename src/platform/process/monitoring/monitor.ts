/** What a process notes of its own work, for those who look after it. It is lost when the process ends. */
import type { Thresholds } from '../config.ts';
import type { Log } from '../log.ts';
import { operationStatistics, type OperationStatistics } from './operation-statistics.ts';
import {
  type SlowStatement,
  type StatementRun,
  statementStatistics,
  type StatementStatistics,
} from './statement-statistics.ts';
import { type Traces, traces } from './tracing.ts';

/** The statistics of a process. */
export interface Monitor {
  readonly statements: StatementStatistics;
  readonly operations: OperationStatistics;
  readonly traces: Traces;
  /** Notes a statement that was run, for the statistics and the traces. */
  noteStatement(run: StatementRun): void;
  /** From when on something is wrong with the process. */
  readonly thresholds: Thresholds;
  /** Replaces the thresholds. */
  judgeBy(thresholds: Thresholds): void;
}

/** How a process watches itself. */
export interface MonitorOptions {
  readonly thresholds: Thresholds;
  /** The names of the operations of trusted documents. */
  readonly trustedNames?: readonly string[];
  /** Gets a line for each slow statement, at most so many a second. */
  readonly log: Log;
}

/** The statistics of a process that begins. */
export function startMonitor({ thresholds: first, trustedNames, log }: MonitorOptions): Monitor {
  const statements = statementStatistics(first.slowStatementMilliseconds, slowLog(log));
  const operations = operationStatistics(trustedNames);
  const traced = traces();
  let thresholds = first;
  const judgeBy = (next: Thresholds): void => {
    thresholds = next;
    statements.slowMilliseconds = next.slowStatementMilliseconds;
    operations.slowMilliseconds = next.slowOperationMilliseconds;
  };
  judgeBy(first);
  return {
    statements,
    operations,
    traces: traced,
    noteStatement(run) {
      statements.record(run);
      traced.statement(run);
    },
    get thresholds() {
      return thresholds;
    },
    judgeBy,
  };
}

/** Nothing is ever wrong: for commands, which work in bulk, and for whose statements nobody else waits. */
export const NO_THRESHOLDS: Thresholds = {
  slowStatementMilliseconds: Infinity,
  slowOperationMilliseconds: 0,
  processorRatio: 0,
  memoryRatio: 0,
};

/** When a database is slow, it is slow for everything: more lines a second would only fill the disk. */
const LINES_A_SECOND = 10;

/** MON-1: The slow log. What was left out in a second is counted in the next line. */
function slowLog(log: Log): (slow: SlowStatement) => void {
  let second = 0;
  let lines = 0;
  let leftOut = 0;
  return ({ statement, milliseconds, operationName, requestId }) => {
    const now = Math.floor(Date.now() / 1_000);
    if (now !== second) [second, lines] = [now, 0];
    if (lines >= LINES_A_SECOND) return void (leftOut += 1);
    lines += 1;
    const more = leftOut === 0 ? {} : { leftOut };
    leftOut = 0;
    const names = {
      ...(operationName === null ? {} : { operationName }),
      ...(requestId === null ? {} : { requestId }),
    };
    log.warn({ event: 'database.slow_statement', statement, milliseconds, ...names, ...more }, 'a statement was slow');
  };
}
