/**
 * Trusted documents: a server for stations and dashboards executes only the documents that its operator has listed in a
 * file. A client names a document by its SHA-256 (`extensions.persistedQuery.sha256Hash`, or `documentId`) or sends its
 * text. Any other document is rejected.
 */
import { readFileSync } from 'node:fs';
import { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { AppError } from '../../platform/values/assert.ts';
import { isJsonRecord } from '../../platform/values/json.ts';
import { sha256Of } from '../../platform/values/sha256.ts';
import { errorMessageOf } from '../../platform/values/system-error.ts';

/** Trusted documents by their SHA-256 in lower case. */
export type TrustedDocuments = ReadonlyMap<string, string>;

/** Reads the file, `{ "<sha256>": "<document>", … }`. The error names everything that is wrong with it. */
export function readTrustedDocuments(file: string): TrustedDocuments {
  const content = parseFile(file);
  if (!isJsonRecord(content))
    throw new AppError(`LOTGRAPH_TRUSTED_DOCUMENTS: ${file} holds no JSON object of documents by their SHA-256.`);
  const problems = Object.entries(content).flatMap(([hash, text]) => {
    if (typeof text !== 'string') return [`${hash} is no text.`];
    return sha256Of(text) === hash.toLowerCase()
      ? []
      : [`${hash} is not the SHA-256 of its document, which is ${sha256Of(text)}.`];
  });
  if (problems.length > 0)
    throw new AppError(
      `LOTGRAPH_TRUSTED_DOCUMENTS: ${file} cannot be trusted:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`,
    );
  return new Map(Object.entries(content).map(([hash, text]) => [hash.toLowerCase(), String(text)]));
}

/** The names of the operations in the documents of the file. */
export function trustedNames(file: string): readonly string[] {
  return [...readTrustedDocuments(file).values()].flatMap((text) =>
    [...text.matchAll(/\b(?:query|mutation|subscription)\s+(\w+)/g)].map(([, name = '']) => name),
  );
}

/** Creates the plugin that rejects every other document. */
export function trustedDocumentsPlugin(documents: TrustedDocuments): Plugin {
  return {
    onParams({ params, setParams }) {
      const hash = hashIn(params);
      const text = documents.get(hash ?? (typeof params.query === 'string' ? sha256Of(params.query) : ''));
      if (text === undefined) {
        throw new GraphQLError('This server executes trusted documents only; name one by its SHA-256.', {
          extensions: { code: 'FORBIDDEN', path: [], http: { status: 403 } },
        });
      }
      setParams({ ...params, query: text });
    },
  };
}

/** The SHA-256 by which the request names its document. */
function hashIn(params: object): string | undefined {
  const extensions: unknown = Reflect.get(params, 'extensions');
  const persisted = isJsonRecord(extensions) ? extensions['persistedQuery'] : undefined;
  const hash = isJsonRecord(persisted) ? persisted['sha256Hash'] : Reflect.get(params, 'documentId');
  return typeof hash === 'string' ? hash.toLowerCase().replace(/^sha256:/, '') : undefined;
}

function parseFile(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new AppError(`LOTGRAPH_TRUSTED_DOCUMENTS: ${file} cannot be read: ${errorMessageOf(error)}`, {
      cause: error,
    });
  }
}
