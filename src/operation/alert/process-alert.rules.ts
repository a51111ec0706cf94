/** KPI-17: What is wrong with the service itself: its processes, its migrations, its backups, its performance. */
import { ALERT_LENGTHS, type AlertSeverity, type AutomaticAlert, dedupKeyOf, fitting } from './alert.rules.ts';

/** The slow runs of operations of one name. */
interface SlowOperation {
  readonly operationName: string;
  readonly count: number;
  readonly longestMilliseconds: number;
}

/** How much a process used in the last minute, and how much it may use. */
export interface ProcessLoad {
  /** The name of the machine. */
  readonly host: string;
  /** The share of one processor. */
  readonly processorRatio: number;
  /** The share of the memory that Node.js lets it use. */
  readonly memoryRatio: number;
}

/** Operations that took longer than the threshold. */
export function alertOfSlowOperation({ operationName, count, longestMilliseconds }: SlowOperation): AutomaticAlert {
  return systemAlert({
    severity: 'MEDIUM',
    title: `Operation ${operationName} is slow`,
    message: `${count} times within a minute, at most ${longestMilliseconds} ms. See \`operationStatistics\` and \`slowStatements\`.`,
    about: 'slow operation',
    id: operationName,
  });
}

/** A process that uses more of a processor, or of its memory, than the thresholds say. */
export function alertsOfLoad(
  { host, processorRatio, memoryRatio }: ProcessLoad,
  limits: { readonly processorRatio: number; readonly memoryRatio: number },
): readonly AutomaticAlert[] {
  const over = (about: string, what: string, used: number, limit: number): readonly AutomaticAlert[] => {
    if (limit <= 0 || used <= limit) return [];
    const message = `It used ${percent(used)} of ${what} over a minute; the threshold is ${percent(limit)}.`;
    const title = `lotgraph on ${host} is short of ${about}`;
    return [systemAlert({ severity: 'HIGH', title, message, about, id: host })];
  };
  return [
    ...over('processor time', 'one processor', processorRatio, limits.processorRatio),
    ...over('memory', 'the memory that Node.js lets it use', memoryRatio, limits.memoryRatio),
  ];
}

/** A migration whose newest run has failed. */
export interface FailedMigration {
  readonly name: string;
  readonly errorMessage: string | null;
}

/** The newest run of a migration has failed. */
export function alertOfMigration({ name, errorMessage }: FailedMigration): AutomaticAlert {
  return systemAlert({
    severity: 'HIGH',
    title: `Migration ${name} failed`,
    message: `${errorMessage ?? 'No reason is known.'} See \`migrationHistory\` and "lotgraph db status".`,
    about: 'migration',
    id: name,
  });
}

/** A backup could not be made. */
export function alertOfBackup(reason: string): AutomaticAlert {
  return systemAlert({
    severity: 'HIGH',
    title: 'The backup failed',
    message: `${reason} (It is tried again every 10 seconds.)`,
    about: 'backup',
  });
}

/** An alert about the system itself. `about`, and `id` where there are several, name its cause. */
export function systemAlert({
  severity,
  title,
  message,
  about,
  id,
}: {
  readonly severity: AlertSeverity;
  readonly title: string;
  readonly message: string;
  readonly about: string;
  readonly id?: string;
}): AutomaticAlert {
  return {
    type: 'SYSTEM_ERROR',
    severity,
    title: fitting(title, ALERT_LENGTHS.title),
    message: fitting(message, ALERT_LENGTHS.message),
    subject: {},
    dedupKey: fitting(dedupKeyOf('SYSTEM_ERROR', about, id), ALERT_LENGTHS.dedupKey),
  };
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}
