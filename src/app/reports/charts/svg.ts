/** Parts of charts: SVG as text. The same data gives the same text. */
import type { ScaleLinear } from 'd3-scale';
import type { ChartTheme } from './theme.ts';

/** The size of every chart, and the space around what it draws, in its own units. */
export const CHART = { width: 720, height: 344, left: 52, right: 52, top: 16, bottom: 88 } as const;

/** The right and the lower edge of what a chart draws. */
export const EDGE = { right: CHART.width - CHART.right, bottom: CHART.height - CHART.bottom } as const;

/** A text for the content or for an attribute of an element. */
export function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

/** A chart with its title and a description for those who do not see it. */
export function chart(title: string, description: string, parts: readonly string[]): string {
  const size = `viewBox="0 0 ${CHART.width} ${CHART.height}" width="${CHART.width}" height="${CHART.height}"`;
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img" font-family="Roboto, system-ui, sans-serif" font-size="11"><title>${escaped(title)}</title><desc>${escaped(description)}</desc>${parts.join('')}</svg>`;
}

/** A text in a chart. */
export function label(
  text: string,
  x: number,
  y: number,
  look: { fill: string; anchor?: string; turn?: number },
): string {
  const turn = look.turn === undefined ? '' : ` transform="rotate(${look.turn} ${tidy(x)} ${tidy(y)})"`;
  return `<text x="${tidy(x)}" y="${tidy(y)}" text-anchor="${look.anchor ?? 'middle'}"${turn} style="fill:${look.fill}">${escaped(text)}</text>`;
}

/** A vertical axis: its lines across the chart, if any, and the text of each tick. */
export function verticalAxis(
  scale: ScaleLinear<number, number>,
  ticks: readonly number[],
  side: 'left' | 'right',
  { theme, textOf }: { theme: ChartTheme; textOf: (tick: number) => string },
): readonly string[] {
  return ticks.flatMap((tick) => {
    const y = tidy(scale(tick));
    const text =
      side === 'left'
        ? label(textOf(tick), CHART.left - 8, y + 4, { fill: theme.muted, anchor: 'end' })
        : label(textOf(tick), EDGE.right + 8, y + 4, { fill: theme.muted, anchor: 'start' });
    const line = `<line x1="${CHART.left}" x2="${EDGE.right}" y1="${y}" y2="${y}" style="stroke:${theme.line};stroke-width:1"/>`;
    return side === 'left' ? [line, text] : [text];
  });
}

/** A bar from the bottom of the chart. */
export function bar(x: number, y: number, width: number, fill: string): string {
  return `<rect x="${tidy(x)}" y="${tidy(y)}" width="${tidy(width)}" height="${tidy(EDGE.bottom - y)}" style="fill:${fill}"/>`;
}

/** A legend in the last line of the chart: a square of each colour with its text. */
export function legend(
  entries: readonly (readonly [fill: string, text: string])[],
  theme: ChartTheme,
): readonly string[] {
  const y = CHART.height - 8;
  let x: number = CHART.left;
  return entries.flatMap(([fill, text]) => {
    const parts = [
      `<rect x="${x}" y="${y - 9}" width="10" height="10" style="fill:${fill}"/>`,
      label(text, x + 15, y, { fill: theme.ink, anchor: 'start' }),
    ];
    x += 40 + text.length * 6;
    return parts;
  });
}

/** A number of an attribute, with at most two digits after the point. */
export function tidy(value: number): number {
  return Math.round(value * 100) / 100;
}

/** A percentage of a ratio, for an axis. */
export function percent(ratio: number): string {
  return `${Math.round(ratio * 1000) / 10} %`;
}

/** A text that is cut where it would be too long, with an ellipsis. */
export function shortened(text: string, most: number): string {
  const characters = [...text];
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join('')}…`;
}

/** Whole ticks of a scale of counts: no half of a defect. */
export function wholeTicks(scale: ScaleLinear<number, number>): readonly number[] {
  return scale.ticks(5).filter(Number.isInteger);
}
