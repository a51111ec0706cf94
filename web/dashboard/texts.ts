/** The texts in the language that was chosen, otherwise in that of the browser: German where it prefers it, or English. */
import { de } from './texts/de.ts';
import { en } from './texts/en.ts';

/** All languages. */
export const LANGUAGES = { en, de } as const;

const KEPT = 'lotgraph-language';

/** The texts of this page. */
export const texts = languageOf(localStorage.getItem(KEPT) ?? navigator.language);

/** Shows the dashboard in another language. */
export function chooseLanguage(language: string): void {
  localStorage.setItem(KEPT, language);
  location.reload();
}

function languageOf(language: string): typeof en {
  return language.startsWith('de') ? de : en;
}
