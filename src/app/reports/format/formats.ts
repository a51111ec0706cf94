/** The formats of reports. */
import type { ReportFormat } from '../../../quality/report/report.rules.ts';
import type { ReportContent } from '../content/content.ts';
import { csvOf } from './csv.ts';
import { htmlOf } from './html.ts';
import { jsonOf } from './json.ts';
import { pdfOf } from './pdf.ts';
import { xlsxOf } from './xlsx.ts';

/** The file of a report in a format. */
export async function render(content: ReportContent, format: ReportFormat): Promise<Uint8Array> {
  if (format === 'PDF') return pdfOf(content);
  if (format === 'EXCEL') return xlsxOf(content);
  return new TextEncoder().encode(TEXTS[format](content));
}

const TEXTS = { CSV: csvOf, HTML: htmlOf, JSON: jsonOf } as const;
