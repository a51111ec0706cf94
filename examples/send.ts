/** Sends an operation whose variables and answer are typed by `npm run codegen`. */
import type { TypedDocumentString } from './generated/graphql.ts';

/** Returns the data of the answer. Fails with the messages of the server when there is none. */
export async function send<Result, Variables>(
  url: string,
  token: string,
  document: TypedDocumentString<Result, Variables>,
  variables: Variables,
): Promise<Result> {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      accept: 'application/graphql-response+json',
    },
    body: JSON.stringify({ query: document, variables }),
  });
  const { data, errors } = (await response.json()) as { data?: Result; errors?: readonly { message: string }[] };
  if (data === undefined || errors !== undefined)
    throw new Error(errors?.map((error) => error.message).join(' ') ?? `HTTP ${response.status}`);
  return data;
}
