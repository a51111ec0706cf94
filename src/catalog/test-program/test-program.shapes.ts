import { z } from 'zod';
import { processRef } from '../process/process.shapes.ts';
import { stationRef } from '../station/station.shapes.ts';
import { JSON_BYTES, type JsonObject, jsonObject } from '../../platform/input/json-schemas.ts';
import {
  expectedVersion,
  flag,
  globalId,
  identifyingText,
  line,
  lines,
  list,
  matching,
  nullableUpdate,
  optional,
  optionalUpdate,
  reason,
  recordReference,
  refineTo,
  withDefault,
} from '../../platform/input/schemas.ts';
import { jsonRecordIn } from '../../platform/values/json.ts';
import { MOST_STEPS, TEST_PROGRAM_LENGTHS as LENGTHS, TEST_PROGRAM_NAME, VERSION_FORM } from './test-program.rules.ts';

const name = matching(TEST_PROGRAM_NAME.pattern, TEST_PROGRAM_NAME.form, (text) => text.trim(), {
  rule: TEST_PROGRAM_NAME.rule,
});
const version = matching(VERSION_FORM.pattern, VERSION_FORM.form, (text) => text.trim(), { rule: VERSION_FORM.rule });

/** A reference to a test program, by id or name. */
export const testProgramRef = recordReference({ id: globalId('TestProgram'), name });
/** The id of a version of a test program. */
export const testProgramVersionId = globalId('TestProgramVersion');

const steps: z.ZodType<JsonObject[]> = refineTo(list(jsonObject, MOST_STEPS, { rule: 'TPG-2' }), (value) => {
  const bytes = Buffer.byteLength(JSON.stringify(value));
  return bytes > JSON_BYTES
    ? { message: `must have at most ${JSON_BYTES} bytes as JSON, but have ${bytes}.` }
    : { value };
});

/** The value of an `Upload`, as the server has received it. */
const upload = z.strictObject({ fileName: z.string(), contentType: z.string(), sha256: z.string().nullable() });

/** The input of `uploadTestProgram`. */
export const UploadTestProgram = z.strictObject({
  name,
  displayName: optional(line(LENGTHS.displayName)),
  description: optional(lines(LENGTHS.description)),
  process: optional(processRef),
  package: upload,
  hardware: withDefault(jsonObject, {}),
  parameters: withDefault(jsonObject, {}),
  steps: withDefault(steps, []),
  changeNotes: optional(lines(LENGTHS.changeNotes)),
});
/** An upload of a test program. */
export type UploadInput = z.output<typeof UploadTestProgram>;

/** The input of `updateTestProgram`. */
export const UpdateTestProgram = z.strictObject({
  testProgram: testProgramRef,
  displayName: nullableUpdate(line(LENGTHS.displayName)),
  description: nullableUpdate(lines(LENGTHS.description)),
  process: nullableUpdate(processRef),
  isActive: optionalUpdate(flag),
  isDeprecated: optionalUpdate(flag),
  expectedVersion,
});

/** The input of `deleteTestProgram`. */
export const DeleteTestProgram = z.strictObject({ testProgram: testProgramRef, expectedVersion });

/** The input of `deployTestProgram`: to a station, for a batch code, or both. */
export const DeployTestProgram = refineTo(
  z.strictObject({
    testProgram: testProgramRef,
    version: optional(version),
    station: optional(stationRef),
    batchCode: optional(identifyingText(LENGTHS.batchCode)),
  }),
  (value) =>
    value.station === undefined && value.batchCode === undefined
      ? { message: 'must be given, unless `batchCode` is.', rule: 'TPG-4', path: ['station'] }
      : { value },
);

/** The input of `rollbackTestProgram`. */
export const RollbackTestProgram = z.strictObject({ testProgram: testProgramRef, version, reason, expectedVersion });

/** The input of `pullTestProgram`. */
export const PullTestProgram = z.strictObject({
  testProgram: testProgramRef,
  station: stationRef,
  installedVersion: optional(version),
});

/** The input of `reportDeployment`: the only thing to report is a failure. */
export const ReportDeployment = z.strictObject({
  id: globalId('TestProgramDeployment'),
  status: refineTo(z.string(), (status) =>
    status === 'FAILED'
      ? { value: status }
      : { message: 'must be FAILED; the other statuses follow by themselves.', rule: 'TPG-4' },
  ),
  errorMessage: lines(LENGTHS.errorMessage, { rule: 'TPG-4' }),
  expectedVersion,
});

/** TPG-2: What the manifest of a package says; undefined when it is not a manifest. */
export function manifestIn(text: string | undefined): { readonly name: string; readonly mainFile: string } | undefined {
  const { name: program, mainFile } = (text === undefined ? undefined : jsonRecordIn(text)) ?? {};
  return typeof program === 'string' && typeof mainFile === 'string' ? { name: program, mainFile } : undefined;
}
