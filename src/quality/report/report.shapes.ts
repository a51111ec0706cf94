import { z } from 'zod';
import { equipmentRef } from '../../catalog/equipment/equipment.shapes.ts';
import { processRef } from '../../catalog/process/process.shapes.ts';
import { productModelRef } from '../../catalog/product-model/product-model.shapes.ts';
import { productionLineRef } from '../../catalog/production-line/production-line.shapes.ts';
import { userRef } from '../../identity/user/user.shapes.ts';
import { parseStored } from '../../platform/input/parse.ts';
import {
  expectedVersion,
  flag,
  globalId,
  instant,
  integer,
  line,
  lines,
  list,
  oneOf,
  optional,
  optionalUpdate,
  type Reference,
  refineTo,
  withDefault,
} from '../../platform/input/schemas.ts';
import { ROLES } from '../../platform/rules/access.ts';
import { isTimeZone } from '../../platform/values/zoned-time.ts';
import { lotRef } from '../../production/lot/lot.shapes.ts';
import { INSPECTION_TYPES } from '../inspection/inspection.rules.ts';
import {
  periodProblem,
  REPORT_FILTER_ENTRIES,
  REPORT_FORMATS,
  REPORT_LENGTHS as LENGTHS,
  REPORT_TYPES,
} from './report.rules.ts';
import { REPORT_INTERVALS } from './report-schedule.rules.ts';

const reportId = globalId('Report');
const scheduleId = globalId('ReportSchedule');

const type = oneOf(REPORT_TYPES);
const format = oneOf(REPORT_FORMATS);

/** RPT-1: A period that starts before it ends, at most 366 days. */
const period = refineTo(z.strictObject({ from: instant, to: instant }), (value) => {
  const message = periodProblem(value);
  return message === undefined ? { value } : { message, rule: 'RPT-1' };
});

/** RPT-1: The name of an IANA time zone. */
const timeZone = refineTo(line(LENGTHS.timeZone, { rule: 'RPT-1' }), (name) =>
  isTimeZone(name)
    ? { value: name }
    : { message: 'must be the name of an IANA time zone such as Europe/Berlin.', rule: 'RPT-1' },
);

const accessRoles = refineTo(list(oneOf(ROLES), ROLES.length * 2), (roles) => ({
  value: ROLES.filter((role) => roles.includes(role)),
}));

/** A list of records, each by its id as text or by a reference. */
function records(reference: z.ZodType<Reference>): z.ZodType<readonly Reference[]> {
  const entry = z.preprocess((given) => (typeof given === 'string' ? { id: given } : given), reference);
  return list(entry, REPORT_FILTER_ENTRIES);
}

/** The filter of a report. An absent or empty list narrows nothing; a key that is not listed here is refused. */
export const reportFilter = z.strictObject({
  productModels: records(productModelRef),
  productionLines: records(productionLineRef),
  lots: records(lotRef),
  processes: records(processRef),
  equipment: records(equipmentRef),
  operators: records(userRef),
  inspectionTypes: list(oneOf(INSPECTION_TYPES), REPORT_FILTER_ENTRIES),
});

/** The filter of an input, before its references are looked up. */
export type GivenReportFilter = z.infer<typeof reportFilter>;

const NO_FILTER = reportFilter.parse({});

/** The input of `requestReport`. */
export const RequestReport = z.strictObject({
  type,
  title: line(LENGTHS.title),
  description: optional(lines(LENGTHS.description)),
  format,
  period,
  timeZone: optional(timeZone),
  filter: withDefault(reportFilter, NO_FILTER),
  accessRoles,
});

/** The input of a change that needs nothing but the report: cancel, regenerate, delete. */
export const ChangeReport = z.strictObject({ id: reportId, expectedVersion });

const hour = integer(0, 23, { rule: 'RPT-6' });

/** The input of `createReportSchedule`. */
export const CreateReportSchedule = z.strictObject({
  name: line(LENGTHS.name, { rule: 'RPT-6' }),
  type,
  title: line(LENGTHS.title),
  format,
  filter: withDefault(reportFilter, NO_FILTER),
  interval: oneOf(REPORT_INTERVALS),
  hour,
  timeZone: optional(timeZone),
  accessRoles,
  isActive: withDefault(flag, true),
});

/** The input of `updateReportSchedule`. */
export const UpdateReportSchedule = z.strictObject({
  id: scheduleId,
  name: optionalUpdate(line(LENGTHS.name, { rule: 'RPT-6' })),
  type: optionalUpdate(type),
  title: optionalUpdate(line(LENGTHS.title)),
  format: optionalUpdate(format),
  filter: optionalUpdate(reportFilter),
  interval: optionalUpdate(oneOf(REPORT_INTERVALS)),
  hour: optionalUpdate(hour),
  timeZone: optionalUpdate(timeZone),
  accessRoles: optionalUpdate(accessRoles),
  isActive: optionalUpdate(flag),
  expectedVersion,
});

/** The input of `deleteReportSchedule`. */
export const DeleteReportSchedule = z.strictObject({ id: scheduleId, expectedVersion });

/** The stored form of a filter: only lists with entries, of ids. */
const storedFilter = z.strictObject({
  productModels: z.array(z.string()).optional(),
  productionLines: z.array(z.string()).optional(),
  lots: z.array(z.string()).optional(),
  processes: z.array(z.string()).optional(),
  equipment: z.array(z.string()).optional(),
  operators: z.array(z.string()).optional(),
  inspectionTypes: z.array(z.enum(INSPECTION_TYPES)).optional(),
});

/** A filter as it is stored. */
export type StoredReportFilter = z.infer<typeof storedFilter>;

/** The stored filter of a report or a schedule. */
export function storedReportFilter(column: unknown): StoredReportFilter {
  return parseStored(storedFilter, column, 'The lists of a report filter');
}
