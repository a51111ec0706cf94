/** Reports as JSON: the content as it is. */
import type { ReportContent } from '../content/content.ts';

/** The content as one JSON object. Ratios have all their digits. */
export function jsonOf({ title, type, period, timeZone, dataAsOf, sections }: ReportContent): string {
  return `${JSON.stringify({ title, type, period, timeZone, dataAsOf, sections }, undefined, 1)}\n`;
}
