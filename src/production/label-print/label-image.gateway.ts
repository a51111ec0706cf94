/** Draws labels with bwip-js, which is loaded when the first label is drawn. */
import type { RenderOptions } from 'bwip-js/node';
import type { LabelCode, LabelText } from './label-print.rules.ts';

/** The label as an SVG document. */
export async function svgOf(label: LabelText, code: LabelCode): Promise<string> {
  const { toSVG } = await import('bwip-js/node');
  return toSVG(optionsFor(label, code));
}

/** The label as a PNG. */
export async function pngOf(label: LabelText, code: LabelCode): Promise<Buffer> {
  const { toBuffer } = await import('bwip-js/node');
  return toBuffer(optionsFor(label, code));
}

/** The code on white, with a quiet zone around it, and the number as people read it below. */
function optionsFor({ text, readable }: LabelText, code: LabelCode): RenderOptions {
  return {
    bcid: code === 'DATA_MATRIX' ? 'datamatrix' : 'qrcode',
    text,
    alttext: readable,
    includetext: true,
    textxalign: 'center',
    // Below the quiet zone, which is four modules wide: text inside of it would keep scanners from finding the code.
    textyoffset: -8,
    textsize: 6,
    scale: 4,
    padding: 8,
    backgroundcolor: 'FFFFFF',
  };
}
