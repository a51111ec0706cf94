import './station.css';
import { render } from 'preact';
import { App } from './app.tsx';
import { openOutbox } from './outbox.ts';
import { openStation } from './station.ts';
import { texts } from './texts.ts';

document.documentElement.lang = texts.language;
document.title = `${texts.title} · lotgraph`;

// Without it, a reload without a network would find no page.
if ('serviceWorker' in navigator) void navigator.serviceWorker.register('/station-worker.js', { scope: '/station' });
// Asks the browser not to clear what waits here when the disk gets full.
void navigator.storage?.persist?.();

/** A scanner types wherever the cursor is: what is typed outside of a field belongs to the field for scans. */
addEventListener('keydown', ({ key, target, ctrlKey, metaKey, altKey }) => {
  if (key.length !== 1 || ctrlKey || metaKey || altKey || target instanceof HTMLInputElement) return;
  document.querySelector<HTMLInputElement>('[data-scan]')?.focus();
});

const root = document.querySelector('#station');
if (root !== null) render(<App station={await openStation(await openOutbox())} />, root);
