/**
 * The Content-Security-Policy of GraphiQL, whose scripts and styles are files of this server (files.ts). The page itself
 * runs no script, and connects to this server only. The editor sets styles on its elements.
 */
export const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  'font-src data:',
  "worker-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');
