import { plantSettings } from '../../platform/request/plant-settings.ts';
import { command } from '../../platform/command/declaration.ts';
import { enforce, found, isCurrent } from '../../platform/command/rejection.ts';
import { definedFields } from '../../platform/command/row-lock.ts';
import type { Tx } from '../../platform/postgres/client.ts';
import { sql } from '../../platform/postgres/sql.ts';
import type { Row } from '../../platform/postgres/table.ts';
import { LEADS, personsOf, userViewerOf } from '../../platform/rules/access.ts';
import { storedFilterOf } from './report-filter.commands.ts';
import { reportSchedules } from './report-schedule.loaders.ts';
import { isScheduleNameFree, nextRunAfter } from './report-schedule.rules.ts';
import { CreateReportSchedule, DeleteReportSchedule, UpdateReportSchedule } from './report.shapes.ts';

/** RPT-6: Creates a schedule, whose owner is the person who creates it. */
export const createReportSchedule = command({
  name: 'createReportSchedule',
  action: 'reportSchedule.created',
  description:
    'Requests a report for each day, week or month from now on, at an hour of the time zone, on the period before (RPT-6).',
  access: personsOf(LEADS),
  input: CreateReportSchedule,
  async run({ tx, now, viewer, context }, { filter, timeZone: given, ...fields }) {
    const ownerId = userViewerOf(viewer).id;
    const timeZone = given ?? plantSettings(context.services).siteTimeZone;
    enforce(isScheduleNameFree(fields.name, await namesake(tx, ownerId, fields.name)));
    const { id } = await tx.reportSchedule.create({
      data: {
        ...fields,
        timeZone,
        ownerId,
        filter: await storedFilterOf(tx, filter),
        nextRunAt: nextRunAfter({ ...fields, timeZone }, now),
      },
    });
    return { reportSchedule: id };
  },
});

/** RPT-6: Changes a schedule. It runs next as if it had been created now. */
export const updateReportSchedule = command({
  name: 'updateReportSchedule',
  action: 'reportSchedule.updated',
  description:
    'Changes a schedule, or switches it on or off. Missed runs are not made up for the time it was off (RPT-6).',
  access: personsOf(LEADS),
  input: UpdateReportSchedule,
  async run({ tx, now }, { id, expectedVersion, filter, ...fields }) {
    const schedule = await lockSchedule(tx, id);
    const name = fields.name ?? schedule.name;
    enforce(
      isCurrent(schedule, expectedVersion, { reportSchedule: id }),
      name === schedule.name ? undefined : isScheduleNameFree(name, await namesake(tx, schedule.ownerId, name)),
    );
    const changed = definedFields(fields);
    await tx.reportSchedule.update({
      where: { id },
      data: {
        ...changed,
        ...(filter === undefined ? {} : { filter: await storedFilterOf(tx, filter) }),
        ...(isRhythmChanged(schedule, fields) ? { nextRunAt: nextRunAfter({ ...schedule, ...changed }, now) } : {}),
      },
    });
    return { reportSchedule: id };
  },
});

/** RPT-6: Deletes a schedule. The reports that it requested stay, without it. */
export const deleteReportSchedule = command({
  name: 'deleteReportSchedule',
  action: 'reportSchedule.deleted',
  description: 'Deletes a schedule. The reports that it has requested stay (RPT-6).',
  access: personsOf(LEADS),
  input: DeleteReportSchedule,
  async run({ tx }, { id, expectedVersion }) {
    const schedule = await lockSchedule(tx, id);
    enforce(isCurrent(schedule, expectedVersion, { reportSchedule: id }));
    await tx.report.updateMany({ where: { scheduleId: id }, data: { scheduleId: null } });
    await tx.reportSchedule.delete({ where: { id } });
    return { deletedId: id };
  },
});

async function lockSchedule(tx: Tx, id: string): Promise<Row<'ReportSchedule'>> {
  const [schedule] = await tx.query<Row<'ReportSchedule'>>(
    sql`SELECT ${reportSchedules.columns} FROM report_schedules t WHERE t.id = ${id}::uuid FOR UPDATE`,
  );
  return found(schedule, 'id', 'The report schedule with this id');
}

async function namesake(tx: Tx, ownerId: string, name: string): Promise<object | null> {
  return tx.reportSchedule.findFirst({ where: { ownerId, name } });
}

const RHYTHM = ['interval', 'hour', 'timeZone', 'isActive'] as const;

function isRhythmChanged(
  schedule: Row<'ReportSchedule'>,
  fields: { readonly [Key in (typeof RHYTHM)[number]]?: Row<'ReportSchedule'>[Key] | undefined },
): boolean {
  return RHYTHM.some((key) => fields[key] !== undefined && fields[key] !== schedule[key]);
}
