/** Reports from the request to the file. */
import { expect } from 'vitest';
import { createHash } from 'node:crypto';
import { makeNextReport } from '../../src/app/reports/make-report.ts';
import { present } from '../../src/platform/values/assert.ts';
import type { Api } from './api.ts';
import { done } from './expect.ts';

export interface MadeReport {
  readonly id: string;
  readonly fileName: string;
  readonly bytes: Buffer;
}

/** Requests a report, lets the worker make it, and reads its file from the file store. */
export async function madeReport(api: Api, input: object): Promise<MadeReport> {
  const { report } = await done(api, 'requestReport', { title: 'A report', ...input }, 'report { id }');
  expect(await makeNextReport(api.services, new AbortController().signal)).toBe(true);
  const [row] = await api.database.reader().sql<{
    status: string;
    storageKey: string;
    fileName: string;
    sizeBytes: string;
    checksumSha256: string;
    errorMessage: string | null;
  }>`SELECT status, storage_key AS "storageKey", file_name AS "fileName", size_bytes AS "sizeBytes", checksum_sha256 AS "checksumSha256", error_message AS "errorMessage"
     FROM reports ORDER BY created_at DESC, id DESC LIMIT 1`;
  expect(row).toMatchObject({ status: 'COMPLETED', errorMessage: null });
  const { storageKey, fileName, sizeBytes, checksumSha256 } = present(row, 'The report');
  const opened = present(await api.services.files.open(storageKey), 'The file');
  const chunks: Buffer[] = [];
  for await (const chunk of opened.content) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  expect([bytes.length, createHash('sha256').update(bytes).digest('hex')]).toEqual([Number(sizeBytes), checksumSha256]);
  return { id: report.id, fileName, bytes };
}

/** Downloads the file of a report under the address that the graph gives its reader. */
export async function downloadedReport(api: Api, id: string): Promise<Buffer> {
  const { data } = await api.ask('query($id: ID!) { node(id: $id) { ... on Report { downloadUrl } } }', { id });
  const response = await fetch(new URL(present(data.node.downloadUrl as string | null, 'An address'), api.url));
  expect(response.status).toBe(200);
  return Buffer.from(await response.arrayBuffer());
}

/** What a spreadsheet or CSV shows of a cell of the JSON. */
export function shownAsText(value: unknown, type: string): string {
  if (value === null) return '';
  if (type === 'RATIO') return Number(value).toFixed(4);
  const isText = type === 'STRING' || type === 'DATE' || type === 'INSTANT';
  return isText && /^[=+\-@\t\r]/.test(String(value)) ? `'${String(value)}` : String(value);
}
