/**
 * `lotgraph user`: users, for those who operate the installation. It needs the configuration of the server and a
 * database, and nobody who can sign in: the way back when the password of the last administrator is lost. The commands
 * and rules are those of the graph. Their audit entries are the system's, and their user agent names the command line.
 */
import { hostname, userInfo } from 'node:os';
import type { Command } from 'commander';
import { contextFor } from '../request/context.ts';
import { resetPassword } from '../../identity/session/password.commands.ts';
import { unlockUser } from '../../identity/user/login-lock.commands.ts';
import { createUser } from '../../identity/user/user.commands.ts';
import { normalizedLoginName, ROLES } from '../../identity/user/user.rules.ts';
import type { Command as GraphCommand } from '../../platform/command/declaration.ts';
import { run } from '../../platform/command/run.ts';
import type { Reader } from '../../platform/postgres/client.ts';
import type { Services } from '../../platform/request/context.ts';
import type { SystemViewer } from '../../platform/rules/access.ts';
import type { Rejection } from '../../platform/rules/rejection.ts';
import { randomUUID } from 'node:crypto';
import { answer, formatTable, report } from './output.ts';
import { generatedPassword, readPassword } from './password-input.ts';
import { withServices } from './services.ts';

interface JsonOption {
  readonly json?: boolean;
}

interface PasswordOption extends JsonOption {
  readonly generate?: boolean;
}

interface CreateOptions extends PasswordOption {
  readonly name: string;
  readonly role: string;
  readonly email?: string;
  readonly department?: string;
  readonly badge?: string;
}

const GENERATE = 'choose a password and print it once; otherwise it is asked for, or read from standard input';
const EXIT_CODES = '\nExit code: 0 done, 1 refused or not possible; the reason is on standard error.';
const PASSWORD_HELP = `\nThe password is never an argument: at a terminal it is asked for, otherwise it is the first line of standard input.${EXIT_CODES}`;

/** Adds `lotgraph user` with its subcommands. */
export function addUser(program: Command): void {
  const user = program
    .command('user')
    .description('Look after users without signing in, with the rights on the database; the audit trail names it.');

  user
    .command('list')
    .description('List the users: role, whether they may sign in, and until when they are locked.')
    .option('--json', 'answer as JSON')
    .action(({ json }: JsonOption) => withServices((services) => listUsers(services, json === true)));

  user
    .command('create')
    .description('Create a user (USR-1, USR-2).')
    .argument('<username>', '3 to 50 of a-z 0-9 _')
    .requiredOption('--name <name>', "the person's name")
    .option('--role <role>', `one of ${ROLES.join(', ')}`, 'OPERATOR')
    .option('--email <address>', 'email address')
    .option('--department <department>', 'where the person works')
    .option('--badge <code>', "the code on the person's badge (USR-7)")
    .option('--generate', GENERATE)
    .option('--json', 'answer as JSON')
    .addHelpText('after', PASSWORD_HELP)
    .action(create);

  user
    .command('reset-password')
    .description('Give a user another password, unlock them, and end all their sessions (USR-2).')
    .argument('<username>', 'the user')
    .option('--generate', GENERATE)
    .option('--json', 'answer as JSON')
    .addHelpText('after', PASSWORD_HELP)
    .action(reset);

  user
    .command('unlock')
    .description('Let a user sign in again who was locked after failed sign-ins (AUT-2). The password stays.')
    .argument('<username>', 'the user')
    .option('--json', 'answer as JSON')
    .addHelpText('after', EXIT_CODES)
    .action(unlock);
}

interface ListedUser extends Record<string, string | null> {
  readonly username: string;
}

async function listUsers({ database }: Services, isJson: boolean): Promise<void> {
  const users = await usersOf(database.reader());
  answer({ users }, formatTable(users), isJson);
}

/** All users, or the one of a username. */
async function usersOf(db: Reader, username: string | null = null): Promise<readonly ListedUser[]> {
  return db.sql<ListedUser>`
    SELECT username, full_name AS "fullName", role::text, CASE WHEN is_active THEN 'active' ELSE 'inactive' END AS status,
      CASE WHEN locked_until > now() THEN locked_until END AS "lockedUntil", last_login_at AS "lastLoginAt", badge_code AS "badgeCode"
    FROM users WHERE ${username}::text IS NULL OR username = ${username} ORDER BY username`;
}

async function create(username: string, options: CreateOptions): Promise<void> {
  const { name, role, email, department, badge, json } = options;
  const password = await passwordFor(username, options);
  const input = { username, fullName: name, role, email, department, badgeCode: badge, password };
  await change({ command: createUser, input, username, isJson: json === true }, () => ({
    text: `Created the user ${normalizedLoginName(username)}, ${role}.`,
    ...shown(password, options),
  }));
}

async function reset(username: string, options: PasswordOption): Promise<void> {
  const newPassword = await passwordFor(username, options);
  const input = { user: { username }, newPassword };
  await change({ command: resetPassword, input, username, isJson: options.json === true }, () => ({
    text: `${normalizedLoginName(username)} has another password; all sessions of the user have ended.`,
    ...shown(newPassword, options),
  }));
}

async function unlock(username: string, { json }: JsonOption): Promise<void> {
  const input = { user: { username } };
  await change({ command: unlockUser, input, username, isJson: json === true }, ({ wasLocked }) => ({
    text: `${normalizedLoginName(username)} ${wasLocked ? 'is unlocked' : 'was not locked'}.`,
    wasLocked,
  }));
}

function passwordFor(username: string, { generate }: PasswordOption): string | Promise<string> {
  return generate === true ? generatedPassword(username) : readPassword(username);
}

/** A generated password is shown once; one that was given is known. */
function shown(password: string, { generate }: PasswordOption): { readonly password?: string } {
  return generate === true ? { password } : {};
}

interface Change<Input, Output extends object> {
  readonly command: GraphCommand<Input, Output>;
  readonly input: object;
  readonly username: string;
  readonly isJson: boolean;
}

interface Told {
  readonly text: string;
  readonly password?: string;
  readonly wasLocked?: boolean;
}

/** Runs a command of the graph as the command line, and prints its outcome. */
async function change<Input, Output extends object>(
  { command, input, username, isJson }: Change<Input, Output>,
  tell: (output: Output) => Told,
): Promise<void> {
  await withServices(async (services) => {
    const { username: by } = userInfo();
    const origin = { ip: null, userAgent: `lotgraph command line: ${command.name}, by ${by}@${hostname()}` };
    const { output, errors } = await run(command, input, contextFor(services, COMMAND_LINE, randomUUID(), origin));
    if (output === null) return refuse(errors, isJson);
    const { text, ...facts } = tell(output);
    const [user] = await usersOf(services.database.reader(), normalizedLoginName(username));
    const password = facts.password === undefined ? '' : `\nThe password, shown only now: ${facts.password}`;
    const inactive = user?.['status'] === 'inactive' ? ' The user is inactive and may not sign in.' : '';
    answer({ user, ...facts }, `${text}${inactive}${password}`, isJson);
  });
}

const COMMAND_LINE: SystemViewer = { kind: 'SYSTEM', id: 'command-line', name: 'The command line', role: 'ADMIN' };

function refuse(errors: readonly Rejection[], isJson: boolean): void {
  if (isJson)
    answer({ errors: errors.map(({ code, message, path, rule }) => ({ code, message, path, rule })) }, '', true);
  for (const { message, rule } of errors) report(rule === undefined ? message : `${message} (${rule})`);
  process.exitCode = 1;
}
