/** Sends files as multipart requests, as clients do. */
import { expect } from 'vitest';
import type { Role } from '../../src/platform/rules/access.ts';
import type { Api } from './api.ts';
import { fingerprint, type Payload, type Refusal } from './expect.ts';

export interface SentFile {
  readonly content: string | Buffer;
  readonly fileName?: string;
  readonly contentType?: string;
}

const UPLOAD = `mutation($input: UploadArtifactInput!) { payload: uploadArtifact(input: $input) {
  artifact { id fileName contentType sizeBytes checksumSha256 tags downloadUrl version } errors { code message path rule } } }`;

/** The body of a multipart request for `uploadArtifact`. */
export function uploadForm(
  input: object,
  { content, fileName = 'scratch.png', contentType = 'image/png' }: SentFile,
): FormData {
  const form = new FormData();
  form.set('operations', JSON.stringify({ query: UPLOAD, variables: { input: { ...input, file: null } } }));
  form.set('map', '{"0":["variables.input.file"]}');
  const bytes = typeof content === 'string' ? content : new Uint8Array(content);
  form.set('0', new Blob([bytes], { type: contentType }), fileName);
  return form;
}

/** Sends a body to the graph with the header of uploads, unless other headers are given. */
export async function postForm(
  api: Api,
  body: FormData,
  {
    role = 'ADMIN',
    headers = { 'x-lotgraph-upload': '1' },
  }: { role?: Role | null; headers?: Record<string, string> } = {},
): Promise<{
  status: number;
  // oxlint-disable-next-line typescript/no-explicit-any -- the tests state what they expect of an answer
  body: any;
}> {
  const authorization: Record<string, string> =
    role === null ? {} : { authorization: `Bearer ${await api.tokenOf(role)}` };
  const response = await fetch(api.url, { method: 'POST', headers: { ...authorization, ...headers }, body });
  return { status: response.status, body: await response.json() };
}

/** Calls `uploadArtifact` and answers its payload. */
export async function upload(api: Api, input: object, file: SentFile, role: Role = 'ADMIN'): Promise<Payload> {
  const { status, body } = await postForm(api, uploadForm(input, file), { role });
  expect([status, body.errors]).toEqual([200, undefined]);
  return body.data.payload;
}

/** The upload is refused in exactly these ways, and no row has changed. */
export async function expectUploadRefused(
  api: Api,
  input: object,
  file: SentFile,
  refusals: readonly Refusal[],
  role: Role = 'ADMIN',
): Promise<void> {
  const before = await fingerprint(api);
  const { errors } = await upload(api, input, file, role);
  expect(errors.map(({ code, path, rule }) => [code, path.join('.'), rule])).toEqual(refusals);
  expect(await fingerprint(api)).toEqual(before);
}
