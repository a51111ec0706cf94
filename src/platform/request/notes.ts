import type { NotedRefusal } from '../process/monitoring/operation-statistics.ts';
import type { StatementSource } from '../process/monitoring/statement-statistics.ts';
import type { Rejection } from '../rules/rejection.ts';

/** What is noted of a request while it is answered. Only facts of the program: never a value that the client sent. */

/** The operation of a request, after its document was found valid. */
export interface NotedOperation {
  readonly type: string;
  /** The name that the client gave it. */
  readonly name: string | undefined;
  /** The names of its root fields. */
  readonly fields: readonly string[];
}

/** The notes of one request: the access log writes them, and the answer depends on `hasSecret`. */
export interface RequestNotes {
  operation?: NotedOperation;
  /** How many errors the answer has. */
  errors: number;
  /** The codes of these errors, each once. */
  codes: readonly string[];
  /** The refusals in the payloads of its mutations. */
  readonly refusals: NotedRefusal[];
  /** True when the answer carries a token or a key that was just issued. It is never compressed. */
  hasSecret: boolean;
}

/** The notes of a request that begins. */
export function emptyNotes(): RequestNotes {
  return { errors: 0, codes: [], refusals: [], hasSecret: false };
}

/** Notes an error of the answer. */
export function noteError(notes: RequestNotes, code: string): void {
  notes.errors += 1;
  if (!notes.codes.includes(code)) notes.codes = [...notes.codes, code];
}

/** Notes the refusals of a mutation: what they are called, and not what they are about. */
export function noteRefusals(notes: RequestNotes, rejections: readonly Rejection[]): void {
  for (const { code, rule } of rejections) notes.refusals.push({ code, rule: rule ?? '' });
}

/** The request as the source of statements. The name of its operation is known once its document was found valid. */
export function statementSource(requestId: string, notes: RequestNotes): StatementSource {
  return {
    requestId,
    get operationName() {
      return notes.operation?.name;
    },
  };
}

/** Returns a secret that was just issued, and notes that the answer carries one. */
export function issuedSecret<Secret extends string | null>(notes: RequestNotes, secret: Secret): Secret {
  if (secret !== null) notes.hasSecret = true;
  return secret;
}
