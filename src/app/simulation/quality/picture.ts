/** Draws the picture of a sample: a grey surface with grain, on which findings are dark or bright spots. */
import { crc32, deflateSync } from 'node:zlib';
import type { Random } from '../random.ts';
import type { Area } from '../rows.ts';

/** A finding as it shows on a picture. */
export interface Spot extends Area {
  /** Whether it is darker than the surface. */
  readonly isDark: boolean;
}

/** The size of a picture, in pixels. */
export const PICTURE = { width: 160, height: 120 } as const;

/** Grey values from 0, black, to 255, white. */
const SURFACE = 128;
const GRAIN = 6;
const CONTRAST = 90;

/** Draws a picture as a PNG file with 8 bits of grey. */
export function drawPicture(spots: readonly Spot[], random: Random): Buffer {
  const pixels = Buffer.alloc(PICTURE.width * PICTURE.height);
  for (let y = 0; y < PICTURE.height; y += 1)
    for (let x = 0; x < PICTURE.width; x += 1)
      pixels[y * PICTURE.width + x] = greyAt(x, y, spots) + Math.round(random.between(-GRAIN, GRAIN));
  return pngOf(pixels);
}

/** A spot is an ellipse, so that its corners show the surface. */
function greyAt(x: number, y: number, spots: readonly Spot[]): number {
  const spot = spots.find((each) => isInside(x, y, each));
  if (spot === undefined) return SURFACE;
  return spot.isDark ? SURFACE - CONTRAST : SURFACE + CONTRAST;
}

function isInside(x: number, y: number, spot: Spot): boolean {
  const dx = (x + 0.5 - spot.x - spot.width / 2) / (spot.width / 2);
  const dy = (y + 0.5 - spot.y - spot.height / 2) / (spot.height / 2);
  return dx * dx + dy * dy <= 1;
}

/** PNG (ISO/IEC 15948): signature, then the chunks IHDR, IDAT and IEND. Each line of pixels begins with filter 0. */
function pngOf(pixels: Buffer): Buffer {
  const lines = Buffer.alloc((PICTURE.width + 1) * PICTURE.height);
  for (let y = 0; y < PICTURE.height; y += 1)
    pixels.copy(lines, y * (PICTURE.width + 1) + 1, y * PICTURE.width, (y + 1) * PICTURE.width);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(PICTURE.width, 0);
  header.writeUInt32BE(PICTURE.height, 4);
  // 8 bits for each sample, colour type grey, and the only compression, filter and no interlace.
  header.set([8, 0, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(lines)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(name: string, content: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), content]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(content.length, 0);
  body.copy(framed, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}
