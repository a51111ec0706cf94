/** Light or dark: as the system says, or as somebody has chosen in this browser. */
import { useEffect, useState } from 'preact/hooks';

/** What can be chosen. */
export const THEMES = ['SYSTEM', 'LIGHT', 'DARK'] as const;
/** What was chosen. */
export type Theme = (typeof THEMES)[number];

const KEPT = 'lotgraph-theme';
const CHANGED = 'lotgraph-theme-changed';
const prefersDark = matchMedia('(prefers-color-scheme: dark)');

/** What was chosen in this browser. */
export function chosenTheme(): Theme {
  return THEMES.find((theme) => theme === localStorage.getItem(KEPT)) ?? 'SYSTEM';
}

/** Shows the page as it was chosen. */
export function applyTheme(): void {
  document.documentElement.dataset['theme'] = chosenTheme();
  dispatchEvent(new Event(CHANGED));
}

/** Chooses a theme. */
export function chooseTheme(theme: string): void {
  localStorage.setItem(KEPT, theme);
  applyTheme();
}

/** The theme that the pictures of the server have to fit. */
export function useTheme(): 'LIGHT' | 'DARK' {
  const [theme, setTheme] = useState(themeNow);
  useEffect(() => {
    const onChange = (): void => setTheme(themeNow());
    prefersDark.addEventListener('change', onChange);
    addEventListener(CHANGED, onChange);
    return () => {
      prefersDark.removeEventListener('change', onChange);
      removeEventListener(CHANGED, onChange);
    };
  }, []);
  return theme;
}

function themeNow(): 'LIGHT' | 'DARK' {
  const theme = chosenTheme();
  if (theme !== 'SYSTEM') return theme;
  return prefersDark.matches ? 'DARK' : 'LIGHT';
}
