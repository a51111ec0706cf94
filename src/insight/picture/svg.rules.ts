/** Parts of pictures: SVG as text. The same data gives the same text. */
import type { ScaleLinear } from 'd3-scale';
import type { PictureTheme } from './theme.rules.ts';

/** How large a picture is, in CSS pixels, and its colours. */
export interface PictureLook {
  readonly width: number;
  readonly height: number;
  readonly theme: PictureTheme;
}

/** A rectangle of a picture by its edges. */
export interface PlotArea {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** What every picture has. */
export interface PictureFrame {
  readonly title: string;
  /** For those who do not see it: the figures as text. */
  readonly description: string;
  /** Below the title. */
  readonly subtitle?: string;
}

/** About the width of a character of the text of a picture. */
const CHARACTER = 6.2;

/** About the width of a text. */
export function widthOf(text: string): number {
  return Math.ceil([...text].length * CHARACTER);
}

/** The longest of some texts, by its width. */
export function widestOf(texts: readonly string[]): number {
  return Math.max(0, ...texts.map(widthOf));
}

/** What XML 1.0 does not allow in a text. */
const NOT_XML = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu;

/** A text for the content or for an attribute of an element. Characters that XML does not allow become U+FFFD. */
export function escaped(text: string): string {
  return text
    .replaceAll(NOT_XML, '\u{fffd}')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

/** A picture with its title, and a description for those who do not see it. */
export function picture({ title, description, subtitle }: PictureFrame, look: PictureLook, parts: readonly string[]) {
  const { width, height, theme } = look;
  const size = `viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"`;
  const most = Math.floor((width - 24) / CHARACTER);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img" font-family="Roboto, system-ui, sans-serif" font-size="11">`,
    `<title>${escaped(title)}</title><desc>${escaped(description)}</desc>`,
    `<rect x="0" y="0" width="${width}" height="${height}" style="fill:${theme.ground}"/>`,
    `<text x="12" y="20" font-size="13" font-weight="bold" style="fill:${theme.ink}">${escaped(shortened(title, Math.floor(most * 0.8)))}</text>`,
    ...(subtitle === undefined
      ? []
      : [label(shortened(subtitle, most), 12, 36, { fill: theme.muted, anchor: 'start' })]),
    ...parts,
    '</svg>',
  ].join('');
}

/** What a picture without data says. */
export function emptyPicture(frame: PictureFrame, look: PictureLook): string {
  const { width, height, theme } = look;
  const text = shortened(frame.description, Math.floor((width - 16) / CHARACTER));
  return picture(frame, look, [label(text, width / 2, height / 2, { fill: theme.muted })]);
}

/** A text in a picture. */
export function label(
  text: string,
  x: number,
  y: number,
  look: { fill: string; anchor?: string; turn?: number },
): string {
  const turn = look.turn === undefined ? '' : ` transform="rotate(${look.turn} ${tidy(x)} ${tidy(y)})"`;
  return `<text x="${tidy(x)}" y="${tidy(y)}" text-anchor="${look.anchor ?? 'middle'}"${turn} style="fill:${look.fill}">${escaped(text)}</text>`;
}

/** A vertical axis: its lines across the area, on the left side only, and the text of each tick. */
export function verticalAxis(
  scale: ScaleLinear<number, number>,
  ticks: readonly number[],
  side: 'left' | 'right',
  { area, theme, textOf }: { area: PlotArea; theme: PictureTheme; textOf: (tick: number) => string },
): readonly string[] {
  return ticks.flatMap((tick) => {
    const y = tidy(scale(tick));
    const text =
      side === 'left'
        ? label(textOf(tick), area.left - 6, y + 4, { fill: theme.muted, anchor: 'end' })
        : label(textOf(tick), area.right + 6, y + 4, { fill: theme.muted, anchor: 'start' });
    const line = `<line x1="${tidy(area.left)}" x2="${tidy(area.right)}" y1="${y}" y2="${y}" style="stroke:${theme.line};stroke-width:1"/>`;
    return side === 'left' ? [line, text] : [text];
  });
}

/** The title of a vertical axis, upright at the edge of the picture. */
export function verticalTitle(text: string, x: number, area: PlotArea, theme: PictureTheme): string {
  const most = Math.floor((area.bottom - area.top + 24) / CHARACTER);
  return label(shortened(text, most), x, (area.top + area.bottom) / 2, { fill: theme.ink, turn: -90 });
}

/** The title of the horizontal axis, in the middle below an area. */
export function horizontalTitle(text: string, y: number, area: PlotArea, theme: PictureTheme): string {
  const most = Math.floor((area.right - area.left) / CHARACTER) + 8;
  return label(shortened(text, most), (area.left + area.right) / 2, y, { fill: theme.ink });
}

/** A bar from the bottom of an area. */
export function bar(x: number, y: number, width: number, { area, fill }: { area: PlotArea; fill: string }): string {
  return `<rect x="${tidy(x)}" y="${tidy(y)}" width="${tidy(width)}" height="${tidy(area.bottom - y)}" style="fill:${fill}"/>`;
}

/** A path that d3 made; nothing for a path without points. */
export function stroke(path: string | null, style: string): string {
  return path === null ? '' : `<path d="${path}" style="fill:none;${style}"/>`;
}

/** A legend from a place to the right: a square of each colour with its text. Nothing where it does not fit. */
export function legend(
  entries: readonly (readonly [fill: string, text: string])[],
  { x, y, right }: { readonly x: number; readonly y: number; readonly right: number },
  theme: PictureTheme,
): readonly string[] {
  const room = entries.reduce((sum, [, text]) => sum + 30 + widthOf(text), x);
  if (room > right) return [];
  let from = x;
  return entries.flatMap(([fill, text]) => {
    const parts = [
      `<rect x="${tidy(from)}" y="${tidy(y - 9)}" width="10" height="10" style="fill:${fill}"/>`,
      label(text, from + 15, y, { fill: theme.ink, anchor: 'start' }),
    ];
    from += 30 + widthOf(text);
    return parts;
  });
}

/** Places of texts in a column that are at least so far apart, in the order given; they move down as far as they must. */
export function apart(places: readonly number[], distance: number): readonly number[] {
  let before = -Infinity;
  return places.map((place) => {
    before = Math.max(place, before + distance);
    return before;
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

/** A function that writes numbers so that differences of a thousandth of this span are seen, with up to ten decimals. */
export function numbersOfSpan(span: number): (value: number) => string {
  const decimals = span > 0 ? Math.min(10, Math.max(0, 2 - Math.floor(Math.log10(span)))) : 4;
  return (value) => String(Number(value.toFixed(decimals)));
}

/** A text that is cut where it would be too long, with an ellipsis. */
export function shortened(text: string, most: number): string {
  const characters = [...text];
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join('')}…`;
}

/** A text that is too long without its middle: numbers of lots differ at their ends. */
export function cutInside(text: string, most: number): string {
  const characters = [...text];
  if (characters.length <= most) return text;
  const end = Math.floor((most - 1) / 2);
  return `${characters.slice(0, most - 1 - end).join('')}…${characters.slice(-end).join('')}`;
}

/** How many ticks an axis of this height has. */
export function ticksOf({ top, bottom }: PlotArea): number {
  return Math.max(2, Math.min(8, Math.floor((bottom - top) / 32)));
}

/** Whole ticks of a scale of counts: no half of a defect. */
export function wholeTicks(scale: ScaleLinear<number, number>, count = 5): readonly number[] {
  return scale.ticks(count).filter(Number.isInteger);
}
