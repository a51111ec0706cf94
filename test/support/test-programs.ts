/** Packages of test programs, and their uploads. */
import { expect } from 'vitest';
import type { Role } from '../../src/platform/rules/access.ts';
import type { Api } from './api.ts';
import { zipOf } from './archives.ts';
import { fingerprint, type Payload, type Refusal } from './expect.ts';
import { postForm } from './upload.ts';

const UPLOAD = `mutation($input: UploadTestProgramInput!) { payload: uploadTestProgram(input: $input) {
  isUnchanged version { id version checksumSha256 sizeBytes hardware parameters steps changeNotes uploadedBy { username } }
  testProgram { id name displayName description version currentVersion { version } process { code } } errors { code message path rule } } }`;

/** A good package of a program; the content distinguishes versions. */
export function packageOf(name: string, content = 'print(1)'): Promise<Buffer> {
  return zipOf({ 'manifest.json': JSON.stringify({ name, mainFile: 'main.py' }), 'main.py': content });
}

/** The body of a multipart request for `uploadTestProgram`. */
export function programForm(input: object, content: Buffer): FormData {
  const form = new FormData();
  form.set('operations', JSON.stringify({ query: UPLOAD, variables: { input: { ...input, package: null } } }));
  form.set('map', '{"0":["variables.input.package"]}');
  form.set('0', new Blob([new Uint8Array(content)], { type: 'application/zip' }), 'program.zip');
  return form;
}

/** Calls `uploadTestProgram` and answers its payload. */
export async function uploadProgram(api: Api, input: object, content: Buffer, role: Role = 'ADMIN'): Promise<Payload> {
  const { status, body } = await postForm(api, programForm(input, content), { role });
  expect([status, body.errors]).toEqual([200, undefined]);
  return body.data.payload;
}

/** Uploads a good package, and answers the payload. */
export async function makeProgram(api: Api, name: string, content?: string, input: object = {}): Promise<Payload> {
  const payload = await uploadProgram(api, { name, ...input }, await packageOf(name, content));
  expect(payload.errors).toEqual([]);
  return payload;
}

/** The upload is refused in exactly this way, and no row has changed. */
export async function expectProgramRefused(
  api: Api,
  input: object,
  content: Buffer,
  [code, path, rule]: Refusal,
  role: Role = 'ADMIN',
): Promise<string> {
  const before = await fingerprint(api);
  const { errors } = await uploadProgram(api, input, content, role);
  expect(errors.map((error) => [error.code, error.path.join('.'), error.rule])).toEqual([[code, path, rule]]);
  expect(await fingerprint(api)).toEqual(before);
  return errors[0]?.message ?? '';
}
