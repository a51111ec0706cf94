/**
 * Finds spots in a grey image without any model: pixels that differ much from the background belong to a spot, and pixels
 * that touch each other belong to the same one.
 */
import { inflateSync } from 'node:zlib';

/** A grey image: one byte for each pixel, row by row. */
export interface Image {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
}

/** A spot: the rectangle around it, how many pixels it has, and how much they differ from the background, from 0 to 1. */
export interface Spot {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly pixelCount: number;
  readonly contrast: number;
}

/** How much a pixel of a spot differs from the background, and how small a spot may be. */
export interface Sensitivity {
  /** The least difference from the background, of 255 grey levels. */
  readonly levels: number;
  readonly leastPixels: number;
}

/** Images with more pixels are not read. */
const MOST_PIXELS = 100_000_000;

/** Reads a PGM (P5) or a PNG image with 8 bits of grey. Fails for any other content. */
export function readImage(content: Uint8Array): Image {
  const bytes = Buffer.from(content);
  if (bytes.subarray(0, 2).toString('latin1') === 'P5') return readPgm(bytes);
  if (bytes.subarray(0, 8).toString('latin1') === '\x89PNG\r\n\x1a\n') return readPng(bytes);
  throw new Error('The content is neither a PGM (P5) nor a PNG image.');
}

/** The spots of an image, in reading order. The background is the grey level of most pixels. */
export function findSpots({ width, height, pixels }: Image, { levels, leastPixels }: Sensitivity): readonly Spot[] {
  const background = mostFrequent(pixels);
  const isSpot = (at: number): boolean => Math.abs((pixels[at] ?? background) - background) >= levels;
  const isSeen = new Uint8Array(pixels.length);
  const spots: Spot[] = [];
  for (let start = 0; start < pixels.length; start += 1) {
    if (isSeen[start] === 1 || !isSpot(start)) continue;
    isSeen[start] = 1;
    const open = [start];
    let [left, right, top, bottom] = [width, 0, height, 0];
    let [pixelCount, difference] = [0, 0];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      const [x, y] = [at % width, Math.floor(at / width)];
      [left, right, top, bottom] = [Math.min(left, x), Math.max(right, x), Math.min(top, y), Math.max(bottom, y)];
      pixelCount += 1;
      difference += Math.abs((pixels[at] ?? background) - background);
      const neighbours = [
        ...(x > 0 ? [at - 1] : []),
        ...(x < width - 1 ? [at + 1] : []),
        ...(y > 0 ? [at - width] : []),
        ...(y < height - 1 ? [at + width] : []),
      ];
      for (const next of neighbours) {
        if (isSeen[next] === 1 || !isSpot(next)) continue;
        isSeen[next] = 1;
        open.push(next);
      }
    }
    if (pixelCount < leastPixels) continue;
    const contrast = difference / pixelCount / 255;
    spots.push({ x: left, y: top, width: right - left + 1, height: bottom - top + 1, pixelCount, contrast });
  }
  return spots;
}

function readPgm(bytes: Buffer): Image {
  const [header = '', width = 0, height = 0, white = 0] = headerOfPgm(bytes.subarray(0, 1_000).toString('latin1'));
  if (white !== 255) throw new Error('Only PGM images with 255 as white are read.');
  return imageOf(width, height, bytes.subarray(header.length, header.length + width * height));
}

function headerOfPgm(text: string): readonly [string?, number?, number?, number?] {
  const gap = String.raw`(?:\s|#[^\n]*\n)+`;
  const match = new RegExp(String.raw`^P5${gap}(\d+)${gap}(\d+)${gap}(\d+)\s`).exec(text);
  if (match === null) throw new Error('The header of the PGM image is wrong.');
  return [match[0], Number(match[1]), Number(match[2]), Number(match[3])];
}

function readPng(bytes: Buffer): Image {
  const data: Buffer[] = [];
  let [width, height] = [0, 0];
  for (let at = 8; at + 8 <= bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    const type = bytes.subarray(at + 4, at + 8).toString('latin1');
    const chunk = bytes.subarray(at + 8, at + 8 + length);
    if (type === 'IHDR') {
      [width, height] = [chunk.readUInt32BE(0), chunk.readUInt32BE(4)];
      // Depth 8, colour type 0 (grey), compression 0, filter 0, not interlaced.
      if (chunk.subarray(8, 13).toString('hex') !== '0800000000')
        throw new Error('Only PNG images with 8 bits of grey, not interlaced, are read.');
    }
    if (type === 'IDAT') data.push(chunk);
    at += length + 12;
  }
  // Each row has one byte more, its filter. A content that unpacks to more is refused.
  const size = sizeOf(width, height) + height;
  return imageOf(width, height, unfiltered(inflateSync(Buffer.concat(data), { maxOutputLength: size }), width, height));
}

/** Undoes the filters of the rows (PNG specification, section 9). */
function unfiltered(raw: Uint8Array, width: number, height: number): Uint8Array {
  const pixels = new Uint8Array(width * height);
  const pixel = (x: number, y: number): number => (x < 0 || y < 0 ? 0 : (pixels[y * width + x] ?? 0));
  for (let y = 0; y < height; y += 1) {
    const row = y * (width + 1);
    const filter = raw[row];
    for (let x = 0; x < width; x += 1) {
      const [left, above, corner] = [pixel(x - 1, y), pixel(x, y - 1), pixel(x - 1, y - 1)];
      const predictions = [0, left, above, Math.floor((left + above) / 2), paeth(left, above, corner)];
      const predicted = predictions[filter ?? -1];
      if (predicted === undefined) throw new Error(`The filter ${filter} does not exist.`);
      pixels[y * width + x] = (raw[row + 1 + x] ?? 0) + predicted;
    }
  }
  return pixels;
}

function paeth(left: number, above: number, corner: number): number {
  const estimate = left + above - corner;
  const [a, b, c] = [Math.abs(estimate - left), Math.abs(estimate - above), Math.abs(estimate - corner)];
  if (a <= b && a <= c) return left;
  return b <= c ? above : corner;
}

function imageOf(width: number, height: number, pixels: Uint8Array): Image {
  if (pixels.length !== sizeOf(width, height)) throw new Error('The image is cut off.');
  return { width, height, pixels };
}

function sizeOf(width: number, height: number): number {
  if (width === 0 || height === 0 || width * height > MOST_PIXELS) throw new Error('The size of the image is wrong.');
  return width * height;
}

function mostFrequent(pixels: Uint8Array): number {
  const counts = new Uint32Array(256);
  for (const level of pixels) counts[level] = (counts[level] ?? 0) + 1;
  return counts.indexOf(Math.max(...counts));
}
