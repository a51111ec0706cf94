/** Builds the pages of the plant into `dist/web`. Every file but the pages has the hash of its content in its name. */
import path from 'node:path';
import preact from '@preact/preset-vite';
import { defineConfig } from 'vite';

const ROOT = import.meta.dirname;

export default defineConfig({
  root: ROOT,
  // Files of this server only: nothing is put into the page itself, which its content policy would refuse.
  build: {
    outDir: path.join(ROOT, '../dist/web'),
    emptyOutDir: true,
    target: 'es2023',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: {
        index: path.join(ROOT, 'index.html'),
        station: path.join(ROOT, 'station.html'),
        'station-worker': path.join(ROOT, 'worker/station-worker.ts'),
      },
      output: {
        // A worker keeps its address, so that the browser can ask whether it has changed.
        entryFileNames: ({ name }) => (name === 'station-worker' ? '[name].js' : 'assets/[name]-[hash].js'),
      },
    },
  },
  base: '/',
  logLevel: 'warn',
  plugins: [preact()],
});
