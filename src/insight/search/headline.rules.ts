/** Marks that cannot stand in a headline: control characters, which are removed from the notes before they are marked. */
export const MARKS = { start: '\u0002', stop: '\u0003', lessThan: '\u0004' } as const;

/** How many words of the notes a headline has: at most, and at least where there are as many. */
export const HEADLINE_WORDS = { most: 35, least: 15 } as const;

const HTML: ReadonlyMap<string, string> = new Map([
  [MARKS.start, '<b>'],
  [MARKS.stop, '</b>'],
  [MARKS.lessThan, '&lt;'],
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
  ["'", '&#39;'],
]);

/**
 * SEA-1: Marked notes as HTML. Its only tags are the `<b>` and `</b>` of the marks; everything that means something to
 * HTML is escaped, so no text of notes can add another one.
 */
export function headlineHtml(marked: string): string {
  return Array.from(marked, (character) => HTML.get(character) ?? character).join('');
}
