/** The colours of charts. */

/** The colours of a chart, as CSS values. */
export interface ChartTheme {
  readonly ink: string;
  readonly muted: string;
  readonly line: string;
  readonly strong: string;
  readonly weak: string;
  readonly accent: string;
}

/** On paper. */
export const PAPER: ChartTheme = {
  ink: '#1f2933',
  muted: '#52606d',
  line: '#d9dee4',
  strong: '#1d5fa8',
  weak: '#9fb8d3',
  accent: '#c2410c',
};

/** On a page that has the colours as variables, in a light and in a dark theme. */
export const PAGE: ChartTheme = {
  ink: 'var(--ink)',
  muted: 'var(--muted)',
  line: 'var(--line)',
  strong: 'var(--strong)',
  weak: 'var(--weak)',
  accent: 'var(--accent)',
};
