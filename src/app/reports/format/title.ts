/** What the head of a report says about it. */
import { clockTimeIn } from '../../../platform/values/zoned-time.ts';
import type { ReportType } from '../../../quality/report/report.rules.ts';
import type { ReportContent } from '../content/content.ts';

/** The type in words: `DEFECT_ANALYSIS` is `Defect analysis`. */
export function typeLabel(type: ReportType): string {
  const words = type.toLowerCase().replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** The period, the time zone and the time of the snapshot, each with its name. */
export function facts({
  period,
  timeZone,
  dataAsOf,
}: ReportContent): readonly (readonly [name: string, value: string])[] {
  return [
    ['From', clockTimeIn(timeZone, period.from)],
    ['To', clockTimeIn(timeZone, period.to)],
    ['Time zone', timeZone],
    ['Data as of', clockTimeIn(timeZone, dataAsOf)],
  ];
}
