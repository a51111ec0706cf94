/**
 * The access log: one line for each request, when its answer ends or its client disconnects. A stream has a second line,
 * when it opens. Probes and the files of GraphiQL are logged at level `debug`.
 *
 * A line has what the program knows: who, from where, which operation and root fields, how it ended, how long it took.
 * It never has values, variables, tokens or texts of documents, also no hash of a document, from which a password that
 * is written in it could be guessed.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { LIMITS } from '../../../platform/process/limits.ts';
import { fixedFieldsLog } from '../../../platform/process/log.ts';
import type { Context, Services } from '../../../platform/request/context.ts';
import type { Viewer } from '../../../platform/rules/access.ts';

/** The line of one request. Its fields are set as they become known. */
export interface AccessEntry {
  level: 'info' | 'debug';
  viewer: Viewer | null;
  /** The context of an admitted request. */
  context?: Context;
  /** The code of the error with which the HTTP entry answered. */
  code?: string;
  /** Writes that the request opened a stream. */
  streamOpened(): void;
}

/** Where a request comes from, and how it is named in the log. */
export interface AccessOrigin {
  readonly requestId: string;
  readonly ip: string | null;
}

/** The access log of a server process. */
export interface AccessLog {
  /** Begins the line of a request, which is written by itself when the answer ends. */
  begin(request: IncomingMessage, response: ServerResponse, origin: AccessOrigin): AccessEntry;
}

/** Creates the access log of a server process. */
export function accessLog({ config, log }: Pick<Services, 'config' | 'log'>): AccessLog {
  const lines = fixedFieldsLog(log);
  const isOn = config.accessLog && lines.isLevelEnabled('info');
  return {
    begin(request, response, origin) {
      const startedAt = performance.now();
      const fieldsOf = (entry: AccessEntry): object => ({
        requestId: origin.requestId,
        method: request.method,
        path: shownPath(request.url ?? ''),
        ...endOf(response),
        ...operationOf(entry),
        ...principalOf(entry),
        ip: origin.ip,
        ...countsOf(entry),
        milliseconds: Math.round((performance.now() - startedAt) * 100) / 100,
      });
      const entry: AccessEntry = {
        level: 'info',
        viewer: null,
        streamOpened() {
          if (isOn) lines.info({ event: 'http.stream_opened', ...fieldsOf(entry) }, 'stream opened');
        },
      };
      if (isOn)
        response.once('close', () => {
          if (lines.isLevelEnabled(entry.level))
            lines[entry.level]({ event: 'http.request', ...fieldsOf(entry) }, 'request');
        });
      return entry;
    },
  };
}

/** The path of uploads. The rest of it is a ticket, which is as good as a password. */
const TICKETS = '/files/upload/';

/** The path without its query, which may hold values. */
function shownPath(url: string): string {
  const end = url.indexOf('?');
  const path = end < 0 ? url : url.slice(0, end);
  const shown = path.startsWith(TICKETS) ? `${TICKETS}…` : path.slice(0, LIMITS.log.pathLength);
  return shown.replaceAll(/[^!-~…]/g, '?');
}

/** The status of the answer. Without one, the client disconnected before it got any. */
function endOf(response: ServerResponse): object {
  if (!response.headersSent) return { isAborted: true };
  const isStream = String(response.getHeader('content-type')).startsWith('text/event-stream');
  return { status: response.statusCode, ...(response.writableFinished || isStream ? {} : { isAborted: true }) };
}

function operationOf({ context }: AccessEntry): object {
  const operation = context?.notes.operation;
  return operation === undefined
    ? {}
    : { operationType: operation.type, operationName: operation.name, fields: operation.fields };
}

function principalOf({ viewer }: AccessEntry): object {
  if (viewer === null) return {};
  const stationId = viewer.kind === 'USER' ? viewer.station?.id : undefined;
  return { principalKind: viewer.kind, principalId: viewer.id, stationId };
}

function countsOf({ context, code }: AccessEntry): object {
  if (context === undefined) return code === undefined ? {} : { errors: 1, codes: [code] };
  const { errors, codes, refusals } = context.notes;
  const allCodes = code === undefined ? codes : [...codes, code];
  return {
    errors: errors + (code === undefined ? 0 : 1),
    refusals: refusals.length,
    ...(allCodes.length === 0 ? {} : { codes: allCodes }),
    statements: context.db.statements,
  };
}
