/** The texts in the language of the browser: German where it prefers it, otherwise English. */
import { de } from './texts/de.ts';
import { en } from './texts/en.ts';

/** The texts of this page. */
export const texts = navigator.language.startsWith('de') ? de : en;
