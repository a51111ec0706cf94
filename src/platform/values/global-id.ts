/**
 * Global ids of the graph: type name and UUID in one opaque text, so that the id of a lot is never accepted as the id
 * of a serial.
 */

/** A decoded global id. */
export interface GlobalId {
  readonly type: string;
  readonly id: string;
}

/** The opaque id of a record: base64url of `<type>:<uuid>`. */
export function encodeGlobalId(type: string, id: string): string {
  return Buffer.from(`${type}:${id}`, 'latin1').toString('base64url');
}

/** The type and UUID of a global id; undefined when the text is not an id that `encodeGlobalId` made. */
export function decodeGlobalId(text: string): GlobalId | undefined {
  if (text.length > 200) return undefined;
  const match = TEXT_FORM.exec(Buffer.from(text, 'base64url').toString('latin1'));
  const [, type, id] = match ?? [];
  if (type === undefined || id === undefined || encodeGlobalId(type, id) !== text) return undefined;
  return { type, id };
}

const TEXT_FORM = /^([A-Za-z]{1,60}):([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$/;
