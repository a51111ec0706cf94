/** The characters of log lines. */

/**
 * Escapes characters that JSON permits but that some readers interpret as a line end, a colour code or a writing
 * direction.
 */
export function escapeSpecialCharacters(line: string): string {
  return PRINTABLE_ASCII.test(line) ? line : escaped(line);
}

/** Most lines; the test costs a fraction of the replacement. */
const PRINTABLE_ASCII = /^[ -~]*\n?$/;

function escaped(line: string): string {
  return line.replaceAll(/(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
    character
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join(''),
  );
}
