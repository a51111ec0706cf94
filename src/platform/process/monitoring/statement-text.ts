/** The text of a statement as it is kept: without values, in one line, and the same for lists of any length. */

/** The most characters of a statement that are kept. */
const KEPT_CHARACTERS = 2_000;

/**
 * MON-1: The normalised statement. The values of statements are parameters and are never part of the text. Constants of the
 * program become `?`, too, so that nothing has to be decided about them; so does a list of parameters or constants.
 */
export function normalisedStatement(text: string): string {
  const normalised = text
    .replaceAll(LITERAL, (literal, number: string | undefined) => (number === undefined ? '?' : `${literal[0]}?`))
    .replaceAll(/\$\d+/g, '?')
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/\?(?: ?, ?\?)+/g, '?, …')
    .replaceAll(/\(\?, …\)(?: ?, ?\(\?, …\))+/g, '(?, …), …')
    .trim();
  return normalised.slice(0, KEPT_CHARACTERS).toWellFormed();
}

/** A text in quotes, also one with escapes, or a number outside of names and parameters. */
const LITERAL = /E?'(?:[^'\\]|''|\\.)*'|[^\w$".](\d+(?:\.\d+)?)\b/gi;
