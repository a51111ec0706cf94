/**
 * MON-2: The statistics of the operations of a process, by the names that clients give them. Clients choose these names, so
 * only so many are kept apart: those of trusted documents first, then those that come first. All others count as `other`.
 */
import { emptyDurations, type Durations, type DurationSummary } from './durations.ts';
import { newestOnly, type Newest } from './newest.ts';

/** MON-3: How a request ended: as asked, refused because of what was asked, or by a fault of the program. */
export type OperationOutcome = 'OK' | 'REFUSED' | 'FAULT';

/** A refusal, by what the program calls it. */
export interface NotedRefusal {
  readonly code: string;
  /** The id of the rule; empty when it is none of a rule. */
  readonly rule: string;
}

/** One answered request. */
export interface OperationRun {
  /** Undefined for an operation without a name. */
  readonly name: string | undefined;
  readonly requestId: string;
  readonly milliseconds: number;
  readonly statements: number;
  readonly refusals: readonly NotedRefusal[];
  /** The code of its fault; undefined when it met none. */
  readonly fault: string | undefined;
}

/** A fault of an operation. */
export interface OperationFault {
  readonly requestId: string;
  readonly code: string;
  /** When the request was answered. */
  readonly at: string;
}

/** What is known of the operations of one name. */
export interface OperationFigures extends DurationSummary {
  readonly operationName: string;
  readonly refusalCount: number;
  readonly faultCount: number;
  readonly statementCountMean: number;
  /** The newest first. */
  readonly faults: readonly OperationFault[];
}

/** The slow runs of operations of one name. */
export interface SlowOperation {
  readonly operationName: string;
  readonly count: number;
  readonly longestMilliseconds: number;
}

/** The statistics of the operations of a process. */
export interface OperationStatistics {
  /** A run is slow when it took strictly more; 0: none is. */
  slowMilliseconds: number;
  /** The slow operations since this was last asked, by name, each with its slowest run. */
  takeSlow(): readonly SlowOperation[];
  record(run: OperationRun): void;
  /** Those that took most time in total come first. */
  list(): readonly OperationFigures[];
  /** Refusals so far, by code and rule. */
  refusals(): readonly (NotedRefusal & { readonly count: number })[];
}

/** MON-2: The most names that are kept apart, the most characters of one, and the most faults that are kept of one. */
export const OPERATION_LIMITS = { names: 200, characters: 64, faults: 10, refusals: 500 } as const;
/** MON-2: The name of all operations for whose names there is no place. */
export const OTHER_OPERATIONS = 'other';
/** MON-2: The name of operations without a name. */
export const UNNAMED_OPERATIONS = 'unnamed';

/** Statistics of no operations yet. The names of trusted documents have their places from the start. */
export function operationStatistics(trustedNames: readonly string[] = []): OperationStatistics {
  const reserved = new Set(trustedNames.map(shortName).slice(0, OPERATION_LIMITS.names));
  const entries = new Map<string, Entry>();
  const refusals = new Map<string, NotedRefusal & { count: number }>();
  const slow = new Map<string, SlowOperation>();
  let others = 0;

  const placeOf = (name: string | undefined): string => {
    if (name === undefined) return UNNAMED_OPERATIONS;
    const short = shortName(name);
    if (reserved.has(short) || entries.has(short)) return short;
    if (reserved.size + others >= OPERATION_LIMITS.names) return OTHER_OPERATIONS;
    others += 1;
    return short;
  };
  const entryOf = (name: string | undefined): Entry => {
    const place = placeOf(name);
    const entry = entries.get(place) ?? emptyEntry();
    entries.set(place, entry);
    return entry;
  };
  const countRefusal = ({ code, rule }: NotedRefusal): void => {
    const key = `${code} ${rule}`;
    const known = refusals.get(key);
    if (known !== undefined) known.count += 1;
    else if (refusals.size < OPERATION_LIMITS.refusals) refusals.set(key, { code, rule, count: 1 });
  };

  const noteSlow = (operationName: string, milliseconds: number): void => {
    const { count, longestMilliseconds } = slow.get(operationName) ?? { count: 0, longestMilliseconds: 0 };
    slow.set(operationName, {
      operationName,
      count: count + 1,
      longestMilliseconds: Math.max(longestMilliseconds, Math.round(milliseconds)),
    });
  };

  return {
    slowMilliseconds: 0,
    takeSlow() {
      const taken = [...slow.values()];
      slow.clear();
      return taken;
    },
    record({ name, requestId, milliseconds, statements, refusals: refused, fault }) {
      const entry = entryOf(name);
      entry.durations.add(milliseconds);
      entry.statements += statements;
      if (this.slowMilliseconds > 0 && milliseconds > this.slowMilliseconds) noteSlow(placeOf(name), milliseconds);
      for (const refusal of refused) countRefusal(refusal);
      if (fault !== undefined) {
        entry.faultCount += 1;
        entry.faults.add({ requestId, code: fault, at: new Date().toISOString() });
      } else if (refused.length > 0) entry.refusalCount += 1;
    },
    list: () =>
      [...entries]
        .toSorted(([, one], [, other]) => other.durations.totalMilliseconds - one.durations.totalMilliseconds)
        .map(([operationName, { durations, statements, refusalCount, faultCount, faults }]) => ({
          operationName,
          refusalCount,
          faultCount,
          statementCountMean: Math.round((statements / durations.count) * 100) / 100,
          faults: faults.list(),
          ...durations.summary(),
        })),
    refusals: () => [...refusals.values()],
  };
}

interface Entry {
  readonly durations: Durations;
  readonly faults: Newest<OperationFault>;
  statements: number;
  refusalCount: number;
  faultCount: number;
}

function emptyEntry(): Entry {
  return {
    durations: emptyDurations(),
    faults: newestOnly(OPERATION_LIMITS.faults),
    statements: 0,
    refusalCount: 0,
    faultCount: 0,
  };
}

/** The part of a name that is kept. Names in GraphQL are letters, digits and underscores. */
function shortName(name: string): string {
  return name.slice(0, OPERATION_LIMITS.characters);
}
