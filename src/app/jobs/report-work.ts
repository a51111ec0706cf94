/** Reports in the background: they are made, taken from lost workers, and requested by schedules (RPT-2, RPT-6). */
import {
  requestDueReports,
  RETURNED_AT_ONCE,
  returnLostReports,
  SCHEDULES_AT_ONCE,
} from '../../quality/report/report-work.commands.ts';
import { makeNextReport } from '../reports/make-report.ts';
import { type BackgroundWork, exclusive } from './background-work.ts';

/** Makes reports. Any number of workers may: each report is leased to one of them. */
export const reportMaker: BackgroundWork = {
  name: 'report-maker',
  pauseMilliseconds: 1_000,
  run: makeNextReport,
};

/** Returns the reports of lost workers to the queue. */
export const reportReaper = exclusive({
  name: 'report-reaper',
  pauseMilliseconds: 10_000,
  async run(tx, { log }) {
    const lost = await returnLostReports(tx);
    if (lost > 0) log.warn({ event: 'report.leases_lost', reports: lost }, 'workers of reports were lost');
    return lost === RETURNED_AT_ONCE;
  },
});

/** Requests the reports of schedules that are due. */
export const reportScheduler = exclusive({
  name: 'report-scheduler',
  pauseMilliseconds: 10_000,
  run: async (tx) => (await requestDueReports(tx)) === SCHEDULES_AT_ONCE,
});
