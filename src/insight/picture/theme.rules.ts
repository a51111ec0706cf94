/** The colours of pictures. */

/** The colours of a picture, as CSS values. */
export interface PictureTheme {
  /** Behind everything; `none` to show what is below the picture. */
  readonly ground: string;
  readonly ink: string;
  readonly muted: string;
  readonly line: string;
  readonly strong: string;
  readonly weak: string;
  readonly accent: string;
  /** Of what breaks a rule or a limit. */
  readonly alarm: string;
  /** Of text on an area in the colour of alarms. */
  readonly onAlarm: string;
}

/** On paper. */
export const PAPER: PictureTheme = {
  ground: 'none',
  ink: '#1f2933',
  muted: '#52606d',
  line: '#d9dee4',
  strong: '#1d5fa8',
  weak: '#9fb8d3',
  accent: '#c2410c',
  alarm: '#b3123a',
  onAlarm: '#ffffff',
};

/** On a page that has the colours as variables, in a light and in a dark theme. */
export const PAGE: PictureTheme = {
  ground: 'none',
  ink: 'var(--ink)',
  muted: 'var(--muted)',
  line: 'var(--line)',
  strong: 'var(--strong)',
  weak: 'var(--weak)',
  accent: 'var(--accent)',
  alarm: 'var(--alarm)',
  onAlarm: 'var(--paper)',
};

/** The themes of pictures that stand alone. */
export const PICTURE_THEMES = ['LIGHT', 'DARK'] as const;
/** One of PICTURE_THEMES. */
export type PictureThemeName = (typeof PICTURE_THEMES)[number];

/** The colours by theme. */
export const THEME_COLOURS: Readonly<Record<PictureThemeName, PictureTheme>> = {
  LIGHT: { ...PAPER, ground: '#ffffff' },
  DARK: {
    ground: '#14191f',
    ink: '#e6ebf0',
    muted: '#a9b6c3',
    line: '#34404c',
    strong: '#6fb1f5',
    weak: '#4a6a8c',
    accent: '#f5a35c',
    alarm: '#ff7b8f',
    onAlarm: '#14191f',
  },
};
