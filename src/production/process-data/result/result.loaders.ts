/** Conditions on the readings and defects of executions, which are entries of two JSON columns. */
import { anyOf, allOf, sql, type Sql } from '../../../platform/postgres/sql.ts';
import * as filter from '../../../platform/read/filter.ts';
import { translate, type Condition, type Filter } from '../../../platform/read/filter-condition.ts';
import { type Verdict, VERDICTS } from './measurement.rules.ts';
import { DEFECT_SEVERITIES } from './result.rules.ts';
import { defectCode, readingCode } from './search.shapes.ts';

/** Conditions on executions by their readings and defects. */
export const resultFilters = {
  verdict: filter.choiceFilter(
    VERDICTS,
    'What the limits say about its readings: OUT_OF_SPEC if any reading is, else IN_SPEC if any is, else NOT_JUDGED.',
    (chosen) => anyOf(chosen.map((verdict) => VERDICT_OF_EXECUTION[verdict])),
  ),
  hasDefects: filter.booleanFilter(sql`t.defects <> '[]'`, 'Whether it names a defect.'),
  defectCode: filter.customFilter(defectCode, 'Names a defect of this code, in any case.', (code) =>
    contains(sql`t.defects`, { code }),
  ),
  measurementCode: filter.customFilter(readingCode, 'Has a reading of this code, in any case.', (code) =>
    contains(sql`t.measurements`, { code }),
  ),
  defects: entriesFilter({
    name: 'ProcessDefect',
    what: 'defects',
    column: sql`t.defects`,
    ofEntry: {
      code: filter.customFilter(
        defectCode,
        'The kind of defect, in any case.',
        (code) => sql`entry ->> 'code' = ${code}`,
      ),
      severity: filter.choiceFilter(
        DEFECT_SEVERITIES,
        'How bad it is.',
        (chosen) => sql`entry ->> 'severity' = ANY(${[...chosen]}::text[])`,
      ),
    },
    ofColumn: {
      code: filter.customFilter(defectCode, '', (code) => contains(sql`t.defects`, { code })),
      severity: filter.choiceFilter(DEFECT_SEVERITIES, '', (chosen) =>
        anyOf(chosen.map((severity) => contains(sql`t.defects`, { severity }))),
      ),
    },
  }),
  measurements: entriesFilter({
    name: 'Measurement',
    what: 'readings',
    column: sql`t.measurements`,
    ofEntry: {
      code: {
        ...filter.customFilter(readingCode, 'What was read, in any case.', (code) => sql`entry ->> 'code' = ${code}`),
        isRequired: true,
      },
      value: filter.decimalFilter(sql`(entry ->> 'value')::numeric`, 'The number read.'),
      verdict: filter.choiceFilter(VERDICTS, 'What the limits say about the value.', (chosen) =>
        anyOf(chosen.map((verdict) => VERDICT_OF_READING[verdict])),
      ),
    },
    ofColumn: {
      code: filter.customFilter(readingCode, '', (code) => contains(sql`t.measurements`, { code })),
      verdict: filter.choiceFilter(VERDICTS, '', (chosen) =>
        chosen.every((verdict) => verdict === 'OUT_OF_SPEC') ? VERDICT_OF_EXECUTION.OUT_OF_SPEC : sql`TRUE`,
      ),
    },
  }),
} as const;

/** PD-10: the rule `verdictOfReading` in SQL, on the JSON value `entry`. */
const READING_IS_JUDGED = sql`((entry ->> 'value') IS NOT NULL AND coalesce(entry ->> 'lowerLimit', entry ->> 'upperLimit') IS NOT NULL)`;
const READING_IS_OUT = sql`(coalesce((entry ->> 'value')::numeric < (entry ->> 'lowerLimit')::numeric, FALSE)
  OR coalesce((entry ->> 'value')::numeric > (entry ->> 'upperLimit')::numeric, FALSE))`;
const VERDICT_OF_READING: Readonly<Record<Verdict, Sql>> = {
  OUT_OF_SPEC: READING_IS_OUT,
  IN_SPEC: sql`(${READING_IS_JUDGED} AND NOT ${READING_IS_OUT})`,
  NOT_JUDGED: sql`(NOT ${READING_IS_JUDGED})`,
};

/** The rule `verdictOfRecord` in SQL. The text is that of the index of executions out of specification. */
const VERDICT_OF_EXECUTION: Readonly<Record<Verdict, Sql>> = {
  OUT_OF_SPEC: sql`verdict_of(t.measurements) = 'OUT_OF_SPEC'`,
  IN_SPEC: sql`verdict_of(t.measurements) = 'IN_SPEC'`,
  NOT_JUDGED: sql`verdict_of(t.measurements) = 'NOT_JUDGED'`,
};

/** The column, an array, has an entry with these members. A GIN index serves it. */
function contains(column: Sql, entry: object): Sql {
  return sql`${column} @> ${JSON.stringify([entry])}::jsonb`;
}

interface Entries {
  readonly name: string;
  readonly what: string;
  readonly column: Sql;
  /** The conditions on the JSON value `entry`. */
  readonly ofEntry: Filter;
  /** What some of them say about the whole column, which an index serves. Alone they are exact. */
  readonly ofColumn: Filter;
}

/** A condition on the entries of a JSON column: `some` entry meets all conditions, or `none` does. */
function entriesFilter({ name, what, column, ofEntry, ofColumn }: Entries): Condition {
  const kind = {
    name: `${name}EntryFilter`,
    description: `A condition on one of the ${what} of an execution. What is given must all hold for the same one.`,
    fields: ofEntry,
  };
  const matching: Condition['toSql'] = (given, scope) => {
    const asked = Object.entries(given ?? {}).filter(([, value]) => value !== null && value !== undefined);
    if (asked.length === 0) return { value: sql`(${column} <> '[]')` };
    const indexed = asked.filter(([field]) => field in ofColumn);
    const [whole, each] = [
      translate(ofColumn, Object.fromEntries(indexed), scope),
      translate(ofEntry, Object.fromEntries(asked), scope),
    ];
    if ('rejections' in each) return each;
    if ('rejections' in whole) return whole;
    if (asked.length === 1 && indexed.length === 1) return whole;
    return {
      value: allOf([
        whole.value,
        sql`EXISTS (SELECT FROM jsonb_array_elements(${column}) AS entry WHERE ${each.value})`,
      ]),
    };
  };
  const fields: Filter = {
    some: { kind, description: `One of the ${what} is like this; the empty object: there is one.`, toSql: matching },
    none: {
      kind,
      description: `None of the ${what} is like this; the empty object: there is none.`,
      toSql(given, scope) {
        const some = matching(given, scope);
        return 'value' in some ? { value: sql`NOT ${some.value}` } : some;
      },
    },
  };
  return {
    kind: { name: `${name}EntriesFilter`, description: `A condition on ${what}. What is given must all hold.`, fields },
    description: `The ${what}: what one of them is like, or none.`,
    toSql: (given, scope) => translate(fields, given, scope),
  };
}
