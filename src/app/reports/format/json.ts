/** Reports as JSON: the content as it is. */
import type { ReportContent } from '../content/content.ts';

/** The content as one JSON object, without pictures. Ratios have all their digits. */
export function jsonOf({ title, type, period, timeZone, dataAsOf, ...content }: ReportContent): string {
  const sections = content.sections.map(({ name, columns, rows }) => ({ name, columns, rows }));
  return `${JSON.stringify({ title, type, period, timeZone, dataAsOf, sections }, undefined, 1)}\n`;
}
