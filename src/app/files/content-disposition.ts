/**
 * The header that makes a browser store a file under its name and never show it (RFC 6266). The name is written twice: in
 * ASCII for old clients, with `_` for every other character, and in UTF-8.
 */
export function attachmentNamed(fileName: string): string {
  const ascii = fileName.replaceAll(/[^ !#$&'()+,\-.0-9;=@A-Z[\]^_`a-z{}~]/g, '_');
  const encoded = encodeURIComponent(fileName.toWellFormed()).replaceAll(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}
