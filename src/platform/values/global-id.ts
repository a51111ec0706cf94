/**
 * The opaque id of the graph: type and uuid in one word, so that an id of a lot can never be taken for an id of a
 * serial.
 */

export interface GlobalId {
  readonly type: string;
  readonly id: string;
}

export function encodeGlobalId(type: string, id: string): string {
  return Buffer.from(`${type}:${id}`, 'latin1').toString('base64url');
}

/** The type and uuid, or undefined when the text is no id of ours. */
export function decodeGlobalId(text: string): GlobalId | undefined {
  if (text.length > 200) return undefined;
  const match = FORM.exec(Buffer.from(text, 'base64url').toString('latin1'));
  const [, type, id] = match ?? [];
  if (type === undefined || id === undefined || encodeGlobalId(type, id) !== text) return undefined;
  return { type, id };
}

const FORM = /^([A-Za-z]{1,60}):([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$/;
