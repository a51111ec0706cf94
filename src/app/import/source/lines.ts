/** Splits a file into lines of bytes, so that an invalid line does not affect the other lines. */
import { createReadStream } from 'node:fs';

/** The longest line that is read. */
export const MAX_LINE_BYTES = 1_048_576;

/** A line of a file. */
export interface Line {
  /** Counted from 1. */
  readonly number: number;
  /** The bytes without the line end; null if the line is too long. */
  readonly bytes: Buffer | null;
}

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/** Reads the lines of a file, one after another. */
export async function* linesOf(file: string): AsyncGenerator<Line, void, undefined> {
  let number = 0;
  let pieces: Buffer[] = [];
  let size = 0;
  const take = (last: Buffer): Line => {
    number += 1;
    const isTooLong = size + last.length > MAX_LINE_BYTES;
    const bytes = isTooLong ? null : withoutEnds(pieces.length === 0 ? last : Buffer.concat([...pieces, last]), number);
    pieces = [];
    size = 0;
    return { number, bytes };
  };
  for await (const chunk of createReadStream(file, { highWaterMark: 256 * 1024 })) {
    const bytes: Buffer = Buffer.from(chunk);
    let from = 0;
    for (let end = bytes.indexOf(LINE_FEED); end !== -1; end = bytes.indexOf(LINE_FEED, from)) {
      yield take(bytes.subarray(from, end));
      from = end + 1;
    }
    const rest = bytes.subarray(from);
    size += rest.length;
    if (size <= MAX_LINE_BYTES) pieces.push(rest);
  }
  if (size > 0) yield take(Buffer.alloc(0));
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Decodes UTF-8. Returns undefined if the bytes are not UTF-8. */
export function decodeUtf8(bytes: Buffer): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    // The decoder reports invalid bytes only by an exception.
    return undefined;
  }
}

function withoutEnds(bytes: Buffer, number: number): Buffer {
  const start =
    number === 1 && bytes.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK.length : 0;
  const end = bytes.at(-1) === CARRIAGE_RETURN ? bytes.length - 1 : bytes.length;
  return bytes.subarray(start, end);
}
