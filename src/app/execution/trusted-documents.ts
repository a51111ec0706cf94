/**
 * Trusted documents: a server for stations and dashboards executes only the documents that its keeper has put into a
 * file. A caller names one by its SHA-256 (`extensions.persistedQuery.sha256Hash`, or `documentId`), or sends its text;
 * any other text is refused.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { AppError } from '../../platform/values/assert.ts';
import { isJsonRecord } from '../../platform/values/json.ts';

export type TrustedDocuments = ReadonlyMap<string, string>;

/** The documents of the file, `{ "<sha256>": "<document>", … }`; everything that is wrong with it is told at once. */
export function readTrustedDocuments(file: string): TrustedDocuments {
  const content = parsed(file);
  if (!isJsonRecord(content))
    throw new AppError(`LOTGRAPH_TRUSTED_DOCUMENTS: ${file} holds no JSON object of documents by their SHA-256.`);
  const problems = Object.entries(content).flatMap(([hash, text]) => {
    if (typeof text !== 'string') return [`${hash} is no text.`];
    return hashOf(text) === hash.toLowerCase()
      ? []
      : [`${hash} is not the SHA-256 of its document, which is ${hashOf(text)}.`];
  });
  if (problems.length > 0)
    throw new AppError(
      `LOTGRAPH_TRUSTED_DOCUMENTS: ${file} cannot be trusted:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`,
    );
  return new Map(Object.entries(content).map(([hash, text]) => [hash.toLowerCase(), String(text)]));
}

export function trustedDocumentsPlugin(documents: TrustedDocuments): Plugin {
  return {
    onParams({ params, setParams }) {
      const name = nameIn(params);
      const text = documents.get(name ?? (typeof params.query === 'string' ? hashOf(params.query) : ''));
      if (text === undefined) {
        throw new GraphQLError('This server executes trusted documents only; name one by its SHA-256.', {
          extensions: { code: 'FORBIDDEN', path: [], http: { status: 403 } },
        });
      }
      setParams({ ...params, query: text });
    },
  };
}

/** The SHA-256 by which a document is named. */
function nameIn(params: object): string | undefined {
  const extensions: unknown = Reflect.get(params, 'extensions');
  const persisted = isJsonRecord(extensions) ? extensions['persistedQuery'] : undefined;
  const hash = isJsonRecord(persisted) ? persisted['sha256Hash'] : Reflect.get(params, 'documentId');
  return typeof hash === 'string' ? hash.toLowerCase().replace(/^sha256:/, '') : undefined;
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function parsed(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new AppError(
      `LOTGRAPH_TRUSTED_DOCUMENTS: ${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  }
}
