/** The two fields of a multipart request, put together to the JSON of an ordinary request. */
import { LIMITS } from '../../../platform/process/limits.ts';
import { type UploadedFile, uploadValueOf } from '../../../platform/request/uploads.ts';
import { isNestedDeeper } from '../../../platform/values/json.ts';
import { invalidRequest, nestedTooDeep, type HttpRejection } from '../request-checks.ts';

/** The fields of a multipart request as they were sent. */
export interface Fields {
  operations?: string;
  map?: string;
}

/** The JSON of the request, in which each file is described where the map says; or why it is rejected. */
export function jsonBodyOf(
  { operations, map }: Fields,
  uploads: ReadonlyMap<string, UploadedFile>,
): string | HttpRejection {
  const request = recordIn(operations);
  if (request === 'TOO_DEEP') return nestedTooDeep();
  if (request === undefined) return invalidRequest('The field "operations" must be the JSON object of one request.');
  const places = recordIn(map);
  if (places === undefined || places === 'TOO_DEEP') return invalidRequest('The field "map" must be a JSON object.');
  for (const [name, paths] of Object.entries(places)) {
    const upload = uploads.get(name);
    if (upload === undefined)
      return invalidRequest(`The map names a file ${JSON.stringify(name)}, which was not sent.`);
    if (!Array.isArray(paths) || !paths.every((path) => isPlaced(request, path, upload)))
      return invalidRequest(
        'The map must lead each file to places in the variables that are null, like {"0": ["variables.input.file"]}.',
      );
  }
  const unnamed = [...uploads.keys()].find((name) => !Object.hasOwn(places, name));
  return unnamed === undefined
    ? JSON.stringify(request)
    : invalidRequest(`The map does not name the file ${JSON.stringify(unnamed)}.`);
}

/** Puts the description of a file to its place. False when there is no such place, or something is there. */
function isPlaced(request: object, path: unknown, upload: UploadedFile): boolean {
  const keys = typeof path === 'string' ? path.split('.') : [];
  const last = keys.pop();
  if (keys[0] !== 'variables' || last === undefined) return false;
  let place: object = request;
  for (const key of keys) {
    const inner: unknown = Object.hasOwn(place, key) ? Reflect.get(place, key) : undefined;
    if (typeof inner !== 'object' || inner === null) return false;
    place = inner;
  }
  if (!Object.hasOwn(place, last) || Reflect.get(place, last) !== null) return false;
  return Reflect.set(place, last, uploadValueOf(upload));
}

function recordIn(text: string | undefined): object | 'TOO_DEEP' | undefined {
  if (text === undefined) return undefined;
  if (isNestedDeeper(text, LIMITS.transport.jsonLevels)) return 'TOO_DEEP';
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
