import type { Command } from 'commander';
import { AppError } from '../../../platform/values/assert.ts';
import {
  APPLICATION_ROLE,
  OWNER_ROLE,
  ensureRoles,
  knownRoles,
  urlForRole,
  type RoleLogin,
} from '../../../platform/postgres/roles.ts';
import { randomSecret } from '../../../platform/security/access-token.ts';
import { reachDatabaseServer, validConfig } from '../../start/runtime.ts';
import { answer, report } from '../output.ts';

interface RolesOptions {
  readonly owner: string;
  readonly application: string;
  readonly newPasswords?: boolean;
  readonly json?: boolean;
}

/** Adds `lotgraph db roles`. */
export function addRoles(db: Command): void {
  db.command('roles')
    .description(
      'Set the owner of the schema and the application apart, as two roles; DATABASE_URL is that of a superuser here. Again, it only renews the rights.',
    )
    .option('--owner <role>', 'runs migrations and retention', OWNER_ROLE)
    .option('--application <role>', 'the server: reads and writes rows, nothing else', APPLICATION_ROLE)
    .option('--new-passwords', 'give roles that exist new passwords, too')
    .option('--json', 'answer as JSON')
    .addHelpText(
      'after',
      '\nThe URLs of new roles are told once, with a new password; an existing role keeps its own, unless --new-passwords is given.\nStart the server with DATABASE_URL of the application, and migrate with LOTGRAPH_OWNER_DATABASE_URL of the owner.',
    )
    .action(setUpRoles);
}

async function setUpRoles({ owner, application, newPasswords, json }: RolesOptions): Promise<void> {
  if (owner === application) throw new AppError('Owner and application must be two roles.');
  const server = await reachDatabaseServer(validConfig(), report);
  try {
    if (server.isEmbedded) {
      answer(
        { owner: OWNER_ROLE, application: APPLICATION_ROLE },
        `The built-in PostgreSQL has both roles: ${OWNER_ROLE} and ${APPLICATION_ROLE}.`,
        json === true,
      );
      return;
    }
    const known = newPasswords === true ? [] : await knownRoles(server.url, [owner, application]);
    const login = (name: string): RoleLogin => (known.includes(name) ? { name } : { name, password: randomSecret() });
    const roles = { owner: login(owner), application: login(application) };
    await ensureRoles(server.url, roles, report);
    const urls = {
      LOTGRAPH_OWNER_DATABASE_URL: urlForRole(server.url, roles.owner),
      DATABASE_URL: urlForRole(server.url, roles.application),
    };
    answer(
      urls,
      Object.entries(urls)
        .map(([name, url]) => `${name}=${url}`)
        .join('\n'),
      json === true,
    );
  } finally {
    await server.release();
  }
}
