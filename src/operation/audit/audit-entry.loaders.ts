import { actorTarget } from '../../catalog/station/station.loaders.ts';
import { unitTarget } from '../../production/unit/unit.loaders.ts';
import { referenceFilter } from '../../platform/read/relation-filter.ts';
import { declaredActions } from '../../platform/command/declaration.ts';
import { parseInput } from '../../platform/input/parse.ts';
import { connection } from '../../platform/read/connection.ts';
import * as filter from '../../platform/read/filter.ts';
import { order } from '../../platform/read/keyset.ts';
import type { Condition } from '../../platform/read/filter-condition.ts';
import { byId } from '../../platform/read/loader.ts';
import { identifier, sql, type Sql } from '../../platform/postgres/sql.ts';
import { table } from '../../platform/postgres/table.ts';
import { AUDITED_TABLES, OPERATIONS, columnOfField } from './audit.rules.ts';
import { ChangedField, ExactEntities, exactActions, RequestId, TransactionId } from './audit.shapes.ts';

/** The table of the audit trail. */
export const auditEntries = table('AuditEntry', 'audit_entries');

/** Loads entries of the audit trail by id. */
export const auditEntryById = byId(auditEntries);

const { column } = auditEntries;

/** The list of entries of the audit trail, with its filter and orders. */
export const auditEntryList = connection({
  table: auditEntries,
  filter: {
    entity: knownWords(
      ExactEntities,
      filter.knownTextFilter(
        column('entity'),
        valuesOf(identifier('entity')),
        'The kind of record: the name of its table, such as `lots`. `eq` and `in` take the type, too (`Lot`), and refuse other words.',
      ),
    ),
    record: referenceFilter(
      {
        ...unitTarget,
        name: 'Record',
        types: Object.values(AUDITED_TABLES),
        what: 'a record, by number if it is a unit',
      },
      column('recordId'),
      'The record; for the speed of it, name the entity too.',
    ),
    actor: referenceFilter(actorTarget, column('actorId'), 'The user, station or service that acted.'),
    operation: filter.enumFilter(OPERATIONS, column('operation'), 'What was done.'),
    action: knownWords(
      exactActions(declaredActions),
      filter.knownTextFilter(
        column('action'),
        valuesOf(identifier('action')),
        'What happened, such as `lot.closed`. `eq` and `in` refuse words that are not an action.',
      ),
    ),
    changedField: filter.customFilter(
      ChangedField,
      'A field that the change touched, such as `status`.',
      (field) => sql`${column('changedFields')} @> ARRAY[${columnOfField(field)}]::text[]`,
    ),
    ip: filter.textFilter(sql`host(t.ip)`, 'The network address.'),
    transactionId: filter.customFilter(
      TransactionId,
      'Everything that one transaction did.',
      (id) => sql`${column('transactionId')} = ${id}::bigint`,
    ),
    requestId: filter.customFilter(
      RequestId,
      'Everything that one request did.',
      (id) => sql`${column('requestId')} = ${id}::uuid`,
    ),
    recordedAt: filter.instantFilter(column('recordedAt'), 'When the change was made (UTC).'),
  },
  orders: {
    SEQ: order('By `seq`: the order in which the entries of one record were written.', {
      field: 'seq',
      column: column('seq'),
      cast: 'bigint',
    }),
  },
  defaultOrder: [{ field: 'SEQ', direction: 'DESC' }],
});

/** The condition with its exact words checked, and replaced by those of the trail. Patterns take any text. */
function knownWords(exact: typeof ExactEntities, condition: Condition): Condition {
  return {
    ...condition,
    toSql(given, context) {
      const words = parseInput(exact, given);
      return 'rejections' in words ? words : condition.toSql({ ...Object(given), ...words.value }, context);
    },
  };
}

/** The different values of a column of the audit trail, which begins an index: one look-up in it for each value. */
function valuesOf(name: Sql): Sql {
  return sql`WITH RECURSIVE known (value) AS (
      (SELECT min(${name}) FROM audit_entries)
      UNION ALL SELECT (SELECT min(e.${name}) FROM audit_entries e WHERE e.${name} > known.value) FROM known WHERE known.value IS NOT NULL
    ) SELECT value::text FROM known WHERE value IS NOT NULL`;
}

/**
 * AUD-4: The text of an entry `e` that is hashed. Every database session writes it in the same way: only instants
 * depend on a setting, and these are written as UTC text.
 */
export const entryText: Sql = sql`(to_jsonb(e) || jsonb_build_object(
  'recorded_at', to_char(e.recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
  'created_at', to_char(e.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')))::text`;

/** AUD-4: The hash of an entry `e`, in hexadecimal digits. */
export const entryHash: Sql = sql`encode(sha256(convert_to(${entryText}, 'UTF8')), 'hex')`;
