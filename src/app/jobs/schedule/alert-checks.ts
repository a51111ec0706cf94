/** Looks every minute for what no change shows: failing steps, delays, idle equipment, missing reviews (KPI-17). */
import { plantSettings } from '../../../platform/request/plant-settings.ts';
import { checkAlerts } from '../../../operation/alert/raise.commands.ts';
import { exclusive } from '../background-work.ts';

/** The checks of alerts. */
export const alertChecks = exclusive({
  name: 'alert-checks',
  pauseMilliseconds: 60_000,
  async run(tx, services) {
    const { log, events } = services;
    const raised = await checkAlerts(tx, plantSettings(services).alertFailureRatios);
    if (raised === 0) return false;
    log.info({ event: 'alerts.raised', alerts: raised }, 'alerts were raised');
    events.note({
      level: 'WARNING',
      event: 'alerts.raised',
      message: `Checks raised ${raised} alerts.`,
      details: { alerts: raised },
    });
    return false;
  },
});
