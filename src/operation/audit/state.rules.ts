/**
 * What must hold between the audit trail and the rest of the database, beyond the chain of hashes: every row is in the
 * state of its last entry, time runs forward, entries that are not sealed yet may be real, and everything that writes
 * and protects the trail is as the migrations made it.
 */
import { AUDITED_TABLES } from './audit.rules.ts';

/** The ways in which the database can contradict the audit trail. */
export const CONTRADICTIONS = [
  'STATE_DIFFERS',
  'TIME_REVERSED',
  'ENTRY_FORGED',
  'TRIGGER_CHANGED',
  'FUNCTION_CHANGED',
  'PRIVILEGE_ADDED',
] as const;

/** One contradiction. `entity` and `recordId` name the row or entry; null where it is about neither. */
export interface Contradiction {
  readonly kind: (typeof CONTRADICTIONS)[number];
  readonly entity: string | null;
  readonly recordId: string | null;
  readonly message: string;
}

/** The columns of an audited table that its entries do not hold in full. */
interface ColumnKinds {
  /** Columns that PostgreSQL computes; in no entry. */
  readonly generated?: readonly string[];
  /** Columns whose change alone makes no entry. */
  readonly volatile?: readonly string[];
  /** Columns whose values no entry holds. */
  readonly secret?: readonly string[];
}

const COLUMN_KINDS: Readonly<Partial<Record<string, ColumnKinds>>> = {
  users: { volatile: ['last_login_at', 'failed_logins'], secret: ['password_hash'] },
  stations: { volatile: ['reported_status', 'software_version', 'health', 'last_seen_at'] },
  api_keys: { volatile: ['last_used_at'], secret: ['secret_hash'] },
  login_sessions: { secret: ['token_hash'] },
  process_data: { generated: ['unit_id', 'duration_seconds', 'search'] },
  component_uses: { generated: ['consumer_id', 'component_id'] },
  inference_jobs: { volatile: ['lease_until'] },
  reports: { volatile: ['locked_until'] },
  background_jobs: { volatile: ['done_count', 'failed_count', 'locked_until'] },
  config_entries: { secret: ['sealed_value'] },
  webhooks: { volatile: ['read_position'], secret: ['sealed_secret'] },
};

/** The columns of a table that cannot be compared with its entries. */
export function incomparableColumns(table: string): readonly string[] {
  const { generated = [], volatile = [], secret = [] } = COLUMN_KINDS[table] ?? {};
  return ['updated_at', ...generated, ...volatile, ...secret];
}

/** A trigger as PostgreSQL describes it, without its name and table. */
export interface ExpectedTrigger {
  readonly name: string;
  readonly table: string;
  readonly definition: string;
}

/** The triggers that write the audit trail, and those that keep it from being changed. */
export function expectedTriggers(): readonly ExpectedTrigger[] {
  return [...Object.keys(AUDITED_TABLES).flatMap(writersOf), ...PROTECTED.map(protectorOf)];
}

/** The tables of the audit trail, in which nothing may be changed. */
export const PROTECTED = ['audit_entries', 'audit_positions', 'audit_blocks', 'audit_archives'] as const;

function writersOf(table: string): readonly ExpectedTrigger[] {
  const { generated = [], volatile = [], secret = [] } = COLUMN_KINDS[table] ?? {};
  const secrets = secret.map((column) => `"${column}": "[redacted]"`).join(', ');
  const call = `write_audit('{${generated.join(',')}}', '{${volatile.join(',')}}', '{${secrets}}')`;
  const trigger = (event: string, rows: string): ExpectedTrigger => {
    const name = `tg_${table}_audit_${event.toLowerCase()}`;
    const definition = `CREATE TRIGGER ${name} AFTER ${event} ON public.${table} REFERENCING ${rows} FOR EACH STATEMENT EXECUTE FUNCTION ${call}`;
    return { name, table, definition };
  };
  const [before, after] = ['OLD TABLE AS old_rows', 'NEW TABLE AS new_rows'];
  return [trigger('INSERT', after), trigger('UPDATE', `${before} ${after}`), trigger('DELETE', before)];
}

function protectorOf(table: (typeof PROTECTED)[number]): ExpectedTrigger {
  const name = `tg_${table}_append_only`;
  const exception = table === 'audit_entries' ? `'DELETE'` : '';
  const definition = `CREATE TRIGGER ${name} BEFORE DELETE OR UPDATE OR TRUNCATE ON public.${table} FOR EACH STATEMENT EXECUTE FUNCTION append_only(${exception})`;
  return { name, table, definition };
}
