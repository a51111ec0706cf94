/** Reads the code of a label with ZXing, which has nothing in common with the library that draws it. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader';

// Without this, the module would fetch its program from the internet.
prepareZXingModule({
  overrides: {
    wasmBinary: new Uint8Array(
      readFileSync(createRequire(import.meta.url).resolve('zxing-wasm/reader/zxing_reader.wasm')),
    ).buffer,
  },
});

/** The browser that turns SVG into pixels; undefined where the machine has none. */
export const BROWSER = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);

/** What a scanner reads from a PNG: the kind of code and its text. */
export async function scanned(png: Uint8Array): Promise<readonly (readonly [format: string, text: string])[]> {
  const codes = await readBarcodes(new Blob([new Uint8Array(png)]), { tryHarder: true });
  return codes.map(({ format, text }) => [format, text]);
}

/** The pixels of an SVG, as a browser without network draws it. */
export async function rasterised(svg: string): Promise<Uint8Array> {
  const browser = await chromium.launch({
    ...(BROWSER === undefined ? {} : { executablePath: BROWSER }),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
  try {
    const page = await browser.newPage({ viewport: { width: 700, height: 400 } });
    await page.setContent(`<body style="margin:20px;background:#fff"><div style="width:622px">${svg}</div></body>`);
    return await page.screenshot();
  } finally {
    await browser.close();
  }
}
