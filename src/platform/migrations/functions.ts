import type { MigrationFile } from './files.ts';

/** The source of each function after all migrations, by name: the text that PostgreSQL stores. */
export function functionSources(files: readonly Pick<MigrationFile, 'up'>[]): ReadonlyMap<string, string> {
  const sources = new Map<string, string>();
  for (const { up } of files)
    for (const [, name = '', source = ''] of up.matchAll(DEFINITION)) sources.set(name, source);
  return sources;
}

const DEFINITION = /^CREATE (?:OR REPLACE )?FUNCTION (\w+)\([^]*?\bAS \$\$([^]*?)\$\$/gm;
