import { z } from 'zod';
import { equipmentRef } from '../../catalog/equipment/equipment.shapes.ts';
import { processRef } from '../../catalog/process/process.shapes.ts';
import {
  anyLine,
  globalId,
  line,
  lines,
  list,
  oneOf,
  optional,
  refineTo,
  withDefault,
} from '../../platform/input/schemas.ts';
import { lotRef } from '../../production/lot/lot.shapes.ts';
import { numberedUnitRef } from '../../production/lot/unit-number.shapes.ts';
import { ALERT_LENGTHS, ALERT_SEVERITIES, ALERTS_AT_ONCE } from './alert.rules.ts';

const ofTexts = { rule: 'ALT-1' } as const;

/** The input of `createAlert`. It has no type: an alert that is raised by hand is MANUAL (ALT-3). */
export const CreateAlert = z.strictObject({
  severity: withDefault(oneOf(ALERT_SEVERITIES), 'MEDIUM'),
  title: line(ALERT_LENGTHS.title, ofTexts),
  message: lines(ALERT_LENGTHS.message, ofTexts),
  lot: optional(lotRef),
  serial: optional(numberedUnitRef('Serial')),
  process: optional(processRef),
  equipment: optional(equipmentRef),
});

/** The input of a change of several alerts: mark read, archive. */
export const ChangeAlerts = z.strictObject({
  ids: refineTo(list(globalId('Alert'), ALERTS_AT_ONCE), (ids) =>
    ids.length === 0 ? { message: 'is empty; name at least one alert.', rule: 'ALT-2' } : { value: ids },
  ),
});

/** The arguments of `alertRaised`. */
export const AlertRaisedArguments = z.strictObject({
  severities: optional(list(oneOf(ALERT_SEVERITIES), ALERT_SEVERITIES.length)),
  after: optional(anyLine(200)),
});
