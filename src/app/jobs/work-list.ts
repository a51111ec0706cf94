import { alertChecks } from './schedule/alert-checks.ts';
import { auditScrub } from './schedule/audit-scrub.ts';
import type { BackgroundWork } from './background-work.ts';
import { dashboardRefresh } from './schedule/dashboard-refresh.ts';
import { backups } from './schedule/backups.ts';
import { fileSweep } from './file-sweep.ts';
import { labelPrinter } from './label-printer.ts';
import { batchWorker, exportWorker, jobReaper } from './job-work.ts';
import { inferenceJobReaper } from './reaper.ts';
import { reportMaker, reportReaper, reportScheduler } from './report-work.ts';
import { webhookEvents, webhookReaper, webhookSender } from './outgoing/webhook-work.ts';

/** Everything that the program does in the background. */
export const BACKGROUND_WORK: readonly BackgroundWork[] = [
  inferenceJobReaper,
  fileSweep,
  reportMaker,
  reportReaper,
  reportScheduler,
  labelPrinter,
  batchWorker,
  exportWorker,
  jobReaper,
  alertChecks,
  dashboardRefresh,
  auditScrub(),
  webhookEvents,
  webhookSender,
  webhookReaper,
  backups,
];
