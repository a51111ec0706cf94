import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { transitionRows } from '../../src/platform/rules/state-machine.ts';
import { REVIEW_FLOW } from '../../src/quality/defect/defect.rules.ts';
import { INSPECTION_FLOW } from '../../src/quality/inspection/inspection.rules.ts';
import {
  type Allowance,
  type Breach,
  insert,
  jsonBreach,
  openSqlWorld,
  type SqlWorld,
  sqlStateOf,
} from '../support/sql-world.ts';

type Values = Readonly<Record<string, string>>;

const TABLES = ['inspections', 'defects', 'inference_jobs', 'artifacts'];

const inspection = (values: Values): string =>
  insert('inspections', { lot_id: ':lot', sample_code: "'TRAY-9'", type: "'VISUAL'", ...values });
const update = (table: string, id: string, set: string): string => `UPDATE ${table} SET ${set} WHERE id = ${id}`;
const STARTED = { status: "'IN_PROGRESS'", started_at: "'2026-11-02T08:00Z'" };
const JUDGED = { verdict: "'PASS'", quality_score: '1', confidence: '1' };
const COMPLETED = { ...STARTED, ...JUDGED, status: "'COMPLETED'", completed_at: "'2026-11-02T08:00Z'" };
const FAILED = { ...STARTED, status: "'FAILED'", failure_reason: "'Lens is dirty'" };
const CANCELLED = { status: "'CANCELLED'", failure_reason: "'Not needed'" };

const INSPECTION_BREACHES: readonly Breach[] = [
  { constraint: 'ck_inspections_ins_1_priority_range', when: '0', sql: inspection({ priority: '0' }) },
  { constraint: 'ck_inspections_ins_1_priority_range', when: '11', sql: inspection({ priority: '11' }) },
  ...["'AB'", "'-AB'", "'_AB'", "'abc'", "'A B'", "''", "repeat('A', 99) || ' '"].map((sample_code) => ({
    constraint: 'ck_inspections_ins_1_sample_code_format',
    when: `the sample code ${sample_code}`,
    sql: inspection({ sample_code }),
  })),
  {
    constraint: 'ck_inspections_ins_1_one_unit',
    when: 'an item and a serial',
    sql: inspection({ wip_item_id: ':item', serial_id: ':serial' }),
  },
  {
    constraint: 'fk_inspections_ins_1_wip_item_of_lot',
    when: 'an item of another lot',
    sql: inspection({ wip_item_id: ':otherItem' }),
  },
  {
    constraint: 'fk_inspections_ins_1_serial_of_lot',
    when: 'a serial of another lot',
    sql: inspection({ lot_id: ':otherLot', serial_id: ':serial' }),
  },
  {
    constraint: 'puq_inspections_ins_2_one_per_round',
    when: 'a second one that waits',
    sql: inspection({ sample_code: "'TRAY-1'" }),
  },
  {
    constraint: 'puq_inspections_ins_2_one_per_round',
    when: 'a second one that runs',
    sql: inspection({ sample_code: "'TRAY-2'", ...STARTED }),
  },
  {
    constraint: 'puq_inspections_ins_2_one_per_round',
    when: 'a second one that is complete',
    sql: inspection({ sample_code: "'TRAY-3'", ...COMPLETED }),
  },
  {
    constraint: 'ck_inspections_ins_3_status_flow',
    when: 'completion of one that waits',
    sql: update(
      'inspections',
      ':waiting',
      "status = 'COMPLETED', started_at = now(), completed_at = now(), verdict = 'PASS', quality_score = 1, confidence = 1",
    ),
  },
  {
    constraint: 'ck_inspections_ins_3_status_flow',
    when: 'a return to the queue',
    sql: update('inspections', ':inspection', "status = 'PENDING', started_at = NULL"),
  },
  {
    constraint: 'ck_inspections_ins_3_times_fit_status',
    when: 'one that waits and has begun',
    sql: inspection({ started_at: 'now()' }),
  },
  {
    constraint: 'ck_inspections_ins_3_times_fit_status',
    when: 'one that runs and has not begun',
    sql: inspection({ status: "'IN_PROGRESS'" }),
  },
  {
    constraint: 'ck_inspections_ins_3_times_fit_status',
    when: 'one that runs and has ended',
    sql: inspection({ ...STARTED, completed_at: "'2026-11-02T08:00Z'" }),
  },
  {
    constraint: 'ck_inspections_ins_3_times_fit_status',
    when: 'an end before the start',
    sql: inspection({ ...COMPLETED, completed_at: "'2026-11-02T07:59:59.999Z'" }),
  },
  {
    constraint: 'ck_inspections_ins_3_times_fit_status',
    when: 'completion without end',
    sql: inspection({ ...COMPLETED, completed_at: 'NULL' }),
  },
  {
    constraint: 'ck_inspections_ins_3_times_fit_status',
    when: 'a failure without start',
    sql: inspection({ ...FAILED, started_at: 'NULL' }),
  },
  {
    constraint: 'ck_inspections_ins_3_times_fit_status',
    when: 'a cancelled one that is complete',
    sql: inspection({ ...CANCELLED, completed_at: 'now()' }),
  },
  {
    constraint: 'ck_inspections_ins_3_reason_fits_status',
    when: 'a failure without reason',
    sql: inspection({ ...FAILED, failure_reason: 'NULL' }),
  },
  {
    constraint: 'ck_inspections_ins_3_reason_fits_status',
    when: 'a cancellation without reason',
    sql: inspection({ ...CANCELLED, failure_reason: 'NULL' }),
  },
  {
    constraint: 'ck_inspections_ins_3_reason_fits_status',
    when: 'a reason while it runs',
    sql: inspection({ ...STARTED, failure_reason: "'Lens is dirty'" }),
  },
  ...Object.keys(JUDGED).flatMap((column) => [
    {
      constraint: 'ck_inspections_ins_4_verdict_fits_status',
      when: `completion without ${column}`,
      sql: inspection({ ...COMPLETED, [column]: 'NULL' }),
    },
    {
      constraint: 'ck_inspections_ins_4_verdict_fits_status',
      when: `a ${column} while it runs`,
      sql: inspection({ ...STARTED, [column]: COMPLETED[column as keyof typeof JUDGED] }),
    },
  ]),
  ...['1.0001', '-0.0001'].flatMap((number) => [
    {
      constraint: 'ck_inspections_ins_4_verdict_fits_status',
      when: `the score ${number}`,
      sql: inspection({ ...COMPLETED, verdict: "'FAIL'", quality_score: number }),
    },
    {
      constraint: 'ck_inspections_ins_4_verdict_fits_status',
      when: `the confidence ${number}`,
      sql: inspection({ ...COMPLETED, confidence: number }),
    },
  ]),
  {
    constraint: 'ck_inspections_ins_4_verdict_fits_status',
    when: 'a PASS with 0.7499',
    sql: inspection({ ...COMPLETED, quality_score: '0.7499' }),
  },
  { constraint: 'ck_inspections_round_positive', when: 'round 0', sql: inspection({ round: '0' }) },
  jsonBreach('inspections', 'metadata', 'object', ':waiting'),
  { constraint: 'fk_inspections_lot_id', when: 'an unknown lot', sql: inspection({ lot_id: ':nothing' }) },
  { constraint: 'fk_inspections_station_id', when: 'an unknown station', sql: inspection({ station_id: ':nothing' }) },
  {
    constraint: 'fk_inspections_inspector_id',
    when: 'an unknown person',
    sql: inspection({ inspector_id: ':nothing' }),
  },
  {
    constraint: 'fk_inspections_created_by_id',
    when: 'an unknown person',
    sql: inspection({ created_by_id: ':nothing' }),
  },
];

const defect = (values: Values): string =>
  insert('defects', {
    inspection_id: ':inspection',
    type: "'CRACK'",
    severity: "'LOW'",
    detection_method: "'MANUAL_REVIEW'",
    ...values,
  });
const at = (location: object | null): string => defect({ location: `'${JSON.stringify(location)}'` });
const PLACE = { x: 0, y: 0, width: 0.1, height: 5 };
const SIGNED = { review_status: "'CONFIRMED'", reviewed_by_id: ':user', reviewed_at: 'now()' };

const DEFECT_BREACHES: readonly Breach[] = [
  { constraint: 'ck_defects_def_1_confidence_range', when: '1.0001', sql: defect({ confidence: '1.0001' }) },
  { constraint: 'ck_defects_def_1_confidence_range', when: '-0.0001', sql: defect({ confidence: '-0.0001' }) },
  ...Object.keys(PLACE).flatMap((field) => [
    { constraint: 'ck_defects_def_2_location_shape', when: `no ${field}`, sql: at({ ...PLACE, [field]: undefined }) },
    { constraint: 'ck_defects_def_2_location_shape', when: `${field} as text`, sql: at({ ...PLACE, [field]: '1' }) },
    { constraint: 'ck_defects_def_2_location_shape', when: `${field} null`, sql: at({ ...PLACE, [field]: null }) },
    { constraint: 'ck_defects_def_2_location_shape', when: `${field} below 0`, sql: at({ ...PLACE, [field]: -0.1 }) },
  ]),
  { constraint: 'ck_defects_def_2_location_shape', when: 'width 0', sql: at({ ...PLACE, width: 0 }) },
  { constraint: 'ck_defects_def_2_location_shape', when: 'height 0', sql: at({ ...PLACE, height: 0 }) },
  { constraint: 'ck_defects_def_2_location_shape', when: 'a list', sql: at([0, 0, 1, 1]) },
  { constraint: 'ck_defects_def_2_location_shape', when: 'the JSON null', sql: at(null) },
  {
    constraint: 'ck_defects_def_3_review_is_signed',
    when: 'a review without person',
    sql: defect({ ...SIGNED, reviewed_by_id: 'NULL' }),
  },
  {
    constraint: 'ck_defects_def_3_review_is_signed',
    when: 'a review without time',
    sql: defect({ ...SIGNED, reviewed_at: 'NULL' }),
  },
  {
    constraint: 'ck_defects_def_3_review_is_signed',
    when: 'a reviewer before the review',
    sql: defect({ reviewed_by_id: ':user' }),
  },
  {
    constraint: 'ck_defects_def_3_review_is_signed',
    when: 'notes before the review',
    sql: defect({ review_notes: "'Look'" }),
  },
  {
    constraint: 'ck_defects_def_3_review_is_signed',
    when: 'another look without notes',
    sql: defect({ ...SIGNED, review_status: "'NEEDS_REVIEW'" }),
  },
  {
    constraint: 'ck_defects_def_3_review_status_flow',
    when: 'a decision that becomes another one',
    sql: update('defects', ':reviewed', "review_status = 'REJECTED'"),
  },
  {
    constraint: 'ck_defects_def_3_review_status_flow',
    when: 'a review that never was',
    sql: update('defects', ':reviewed', "review_status = 'PENDING', reviewed_by_id = NULL, reviewed_at = NULL"),
  },
  {
    constraint: 'fk_defects_def_5_job_of_inspection',
    when: 'a job of another inspection',
    sql: defect({ inspection_id: ':judged', inference_job_id: ':answeredJob' }),
  },
  { constraint: 'fk_defects_inspection_id', when: 'an unknown inspection', sql: defect({ inspection_id: ':nothing' }) },
  {
    constraint: 'fk_defects_reviewed_by_id',
    when: 'an unknown person',
    sql: defect({ ...SIGNED, reviewed_by_id: ':nothing' }),
  },
];

const job = (values: Values): string =>
  insert('inference_jobs', {
    inspection_id: ':inspection',
    model_name: "'cracks'",
    model_version: "'1.0'",
    queued_at: "'2026-11-02T08:00Z'",
    ...values,
  });
const CLAIMED = {
  status: "'PROCESSING'",
  started_at: "'2026-11-02T08:00Z'",
  attempts: '1',
  worker_code: "'GPU1'",
  lease_until: "'2026-11-02T08:01Z'",
};
const ANSWERED = { status: "'COMPLETED'", started_at: "'2026-11-02T08:00Z'", completed_at: "'2026-11-02T08:00Z'" };

const JOB_BREACHES: readonly Breach[] = [
  {
    constraint: 'ck_inference_jobs_job_1_times_fit_status',
    when: 'a start before it was queued',
    sql: job({ ...CLAIMED, started_at: "'2026-11-02T07:59:59.999Z'" }),
  },
  {
    constraint: 'ck_inference_jobs_job_1_times_fit_status',
    when: 'an end before the start',
    sql: job({ ...ANSWERED, completed_at: "'2026-11-02T07:59:59.999Z'" }),
  },
  {
    constraint: 'ck_inference_jobs_job_1_times_fit_status',
    when: 'a queued one that has begun',
    sql: job({ started_at: "'2026-11-02T08:00Z'" }),
  },
  {
    constraint: 'ck_inference_jobs_job_1_times_fit_status',
    when: 'a claimed one that has not begun',
    sql: job({ ...CLAIMED, started_at: 'NULL' }),
  },
  {
    constraint: 'ck_inference_jobs_job_1_times_fit_status',
    when: 'a claimed one that has ended',
    sql: job({ ...CLAIMED, completed_at: "'2026-11-02T08:00Z'" }),
  },
  {
    constraint: 'ck_inference_jobs_job_1_times_fit_status',
    when: 'a cancelled one that has ended',
    sql: job({ ...ANSWERED, status: "'CANCELLED'" }),
  },
  ...['COMPLETED', 'FAILED', 'TIMEOUT'].map((status) => ({
    constraint: 'ck_inference_jobs_job_1_times_fit_status',
    when: `${status} without end`,
    sql: job({ ...ANSWERED, status: `'${status}'`, completed_at: 'NULL' }),
  })),
  {
    constraint: 'ck_inference_jobs_job_1_claim_fits_status',
    when: 'a claimed one without worker',
    sql: job({ ...CLAIMED, worker_code: 'NULL' }),
  },
  {
    constraint: 'ck_inference_jobs_job_1_claim_fits_status',
    when: 'a claimed one without lease',
    sql: job({ ...CLAIMED, lease_until: 'NULL' }),
  },
  {
    constraint: 'ck_inference_jobs_job_1_claim_fits_status',
    when: 'a queued one with a worker',
    sql: job({ worker_code: "'GPU1'" }),
  },
  {
    constraint: 'ck_inference_jobs_job_1_claim_fits_status',
    when: 'a queued one with a lease',
    sql: job({ lease_until: 'now()' }),
  },
  {
    constraint: 'ck_inference_jobs_job_1_status_flow',
    when: 'an answer without claim',
    sql: update('inference_jobs', ':queuedJob', "status = 'COMPLETED', started_at = now(), completed_at = now()"),
  },
  {
    constraint: 'ck_inference_jobs_job_1_status_flow',
    when: 'another run after the answer',
    sql: update('inference_jobs', ':answeredJob', "status = 'QUEUED', started_at = NULL, completed_at = NULL"),
  },
  {
    constraint: 'ck_inference_jobs_job_4_attempts_range',
    when: 'more attempts than allowed',
    sql: job({ attempts: '4' }),
  },
  { constraint: 'ck_inference_jobs_job_4_attempts_range', when: 'attempts below 0', sql: job({ attempts: '-1' }) },
  { constraint: 'ck_inference_jobs_job_4_attempts_range', when: 'at most 0', sql: job({ max_attempts: '0' }) },
  { constraint: 'ck_inference_jobs_job_4_attempts_range', when: 'at most 11', sql: job({ max_attempts: '11' }) },
  { constraint: 'ck_inference_jobs_priority_range', when: '0', sql: job({ priority: '0' }) },
  { constraint: 'ck_inference_jobs_priority_range', when: '11', sql: job({ priority: '11' }) },
  { constraint: 'ck_inference_jobs_batch_size_positive', when: '0', sql: job({ batch_size: '0' }) },
  { constraint: 'ck_inference_jobs_threshold_range', when: '1.0001', sql: job({ confidence_threshold: '1.0001' }) },
  { constraint: 'ck_inference_jobs_threshold_range', when: '-0.0001', sql: job({ confidence_threshold: '-0.0001' }) },
  { constraint: 'ck_inference_jobs_discarded_count_not_negative', when: '-1', sql: job({ discarded_count: '-1' }) },
  jsonBreach('inference_jobs', 'processing_parameters', 'object', ':queuedJob'),
  jsonBreach('inference_jobs', 'performance_metrics', 'object', ':queuedJob'),
  jsonBreach('inference_jobs', 'input_artifact_ids', 'array', ':queuedJob'),
  { constraint: 'fk_inference_jobs_inspection_id', when: 'an unknown one', sql: job({ inspection_id: ':nothing' }) },
];

const artifact = (values: Values): string =>
  insert('artifacts', {
    inspection_id: ':inspection',
    type: "'IMAGE'",
    file_name: "'side.png'",
    content_type: "'image/png'",
    size_bytes: '0',
    checksum_sha256: "repeat('0', 64)",
    storage_key: "'sha256/00'",
    ...values,
  });
const named = (name: string): string => artifact({ file_name: `U&'${name.replaceAll('\\', '\\\\')}'` });
const ARCHIVED = { storage_location: "'ARCHIVE'", archived_at: 'now()' };

const ARTIFACT_BREACHES: readonly Breach[] = [
  {
    constraint: 'uq_artifacts_art_1_inspection_file_name',
    when: 'a second file of the name',
    sql: artifact({ file_name: "'top.png'" }),
  },
  ...['', '../a', 'a..b', '.a', 'a/b', 'a\\b', 'a<b', 'a>b', 'a:b', 'a"b', 'a|b', 'a?b', 'a*b'].map((name) => ({
    constraint: 'ck_artifacts_art_1_file_name_safe',
    when: `the name ${JSON.stringify(name)}`,
    sql: named(name),
  })),
  ...['0001', '001f', '007f', '009f', '061c', '200e', '200f', '202a', '202e', '2066', '2069'].map((character) => ({
    constraint: 'ck_artifacts_art_1_file_name_safe',
    when: `a name with U+${character}`,
    sql: artifact({ file_name: `U&'a\\${character}b'` }),
  })),
  {
    constraint: 'ck_artifacts_art_2_checksum_format',
    when: '63 characters',
    sql: artifact({ checksum_sha256: "repeat('0', 63)" }),
  },
  {
    constraint: 'ck_artifacts_art_2_checksum_format',
    when: 'capital letters',
    sql: artifact({ checksum_sha256: "repeat('A', 64)" }),
  },
  {
    constraint: 'ck_artifacts_art_2_checksum_format',
    when: 'another letter',
    sql: artifact({ checksum_sha256: "repeat('0', 63) || 'g'" }),
  },
  { constraint: 'ck_artifacts_size_not_negative', when: '-1', sql: artifact({ size_bytes: '-1' }) },
  {
    constraint: 'ck_artifacts_art_5_archived_has_time',
    when: 'an archived file without time',
    sql: artifact({ ...ARCHIVED, archived_at: 'NULL' }),
  },
  {
    constraint: 'ck_artifacts_art_5_archived_has_time',
    when: 'cold storage without time',
    sql: artifact({ storage_location: "'COLD_STORAGE'" }),
  },
  ...['PRIMARY', 'TEMPORARY'].map((place) => ({
    constraint: 'ck_artifacts_art_5_archived_has_time',
    when: `${place} with a time`,
    sql: artifact({ ...ARCHIVED, storage_location: `'${place}'` }),
  })),
  { constraint: 'ck_artifacts_tags_count', when: 'no list', sql: artifact({ tags: 'NULL' }) },
  { constraint: 'ck_artifacts_tags_count', when: 'an empty place', sql: artifact({ tags: 'ARRAY[NULL]::text[]' }) },
  {
    constraint: 'ck_artifacts_tags_count',
    when: '31 tags',
    sql: artifact({ tags: "ARRAY(SELECT 'tag' || n FROM generate_series(1, 31) n)" }),
  },
  jsonBreach('artifacts', 'metadata', 'object', ':artifact'),
  { constraint: 'fk_artifacts_inspection_id', when: 'an unknown one', sql: artifact({ inspection_id: ':nothing' }) },
  {
    constraint: 'fk_artifacts_art_6_job_of_inspection',
    when: 'a job of another inspection',
    sql: artifact({ inspection_id: ':judged', inference_job_id: ':answeredJob' }),
  },
  {
    constraint: 'fk_artifacts_art_6_defect_of_inspection',
    when: 'a finding of another inspection',
    sql: artifact({ defect_id: ':reviewed' }),
  },
  {
    constraint: 'fk_artifacts_uploaded_by_id',
    when: 'an unknown person',
    sql: artifact({ uploaded_by_id: ':nothing' }),
  },
];

const BREACHES: readonly Breach[] = [...INSPECTION_BREACHES, ...DEFECT_BREACHES, ...JOB_BREACHES, ...ARTIFACT_BREACHES];

const ALLOWANCES: readonly Allowance[] = [
  { constraint: 'ck_inspections_ins_1_priority_range', when: '1', sql: inspection({ priority: '1' }) },
  { constraint: 'ck_inspections_ins_1_priority_range', when: '10', sql: inspection({ priority: '10' }) },
  { constraint: 'ck_inspections_ins_1_sample_code_format', when: '3', sql: inspection({ sample_code: "'A_-'" }) },
  {
    constraint: 'ck_inspections_ins_1_sample_code_format',
    when: '100 characters',
    sql: inspection({ sample_code: "repeat('9', 100)" }),
  },
  { constraint: 'ck_inspections_ins_1_one_unit', when: 'an item', sql: inspection({ wip_item_id: ':item' }) },
  { constraint: 'ck_inspections_ins_1_one_unit', when: 'a serial', sql: inspection({ serial_id: ':serial' }) },
  {
    constraint: 'puq_inspections_ins_2_one_per_round',
    when: 'another one after a failure',
    sql: inspection({ sample_code: "'TRAY-4'" }),
  },
  {
    constraint: 'puq_inspections_ins_2_one_per_round',
    when: 'a cancelled one of the same round',
    sql: inspection({ sample_code: "'TRAY-1'", ...CANCELLED }),
  },
  {
    constraint: 'puq_inspections_ins_2_one_per_round',
    when: 'the next round, another type and another lot',
    sql: [
      inspection({ sample_code: "'TRAY-3'", round: '2' }),
      inspection({ sample_code: "'TRAY-3'", type: "'OPTICAL'" }),
      inspection({ sample_code: "'TRAY-3'", lot_id: ':otherLot' }),
    ].join('; '),
  },
  { constraint: 'ck_inspections_ins_3_times_fit_status', when: 'equal times', sql: inspection(COMPLETED) },
  { constraint: 'ck_inspections_ins_3_times_fit_status', when: 'a failure', sql: inspection(FAILED) },
  {
    constraint: 'ck_inspections_ins_3_times_fit_status',
    when: 'a cancellation before and after the start',
    sql: `${inspection(CANCELLED)}; ${inspection({ ...CANCELLED, started_at: 'now()' })}`,
  },
  {
    constraint: 'ck_inspections_ins_4_verdict_fits_status',
    when: 'a PASS with 0.75',
    sql: inspection({ ...COMPLETED, quality_score: '0.75' }),
  },
  {
    constraint: 'ck_inspections_ins_4_verdict_fits_status',
    when: 'a FAIL with 0, and a confidence of 0',
    sql: inspection({ ...COMPLETED, verdict: "'FAIL'", quality_score: '0', confidence: '0' }),
  },
  { constraint: 'ck_defects_def_1_confidence_range', when: '0', sql: defect({ confidence: '0' }) },
  { constraint: 'ck_defects_def_1_confidence_range', when: '1', sql: defect({ confidence: '1' }) },
  { constraint: 'ck_defects_def_2_location_shape', when: 'no location', sql: defect({ location: 'NULL' }) },
  { constraint: 'ck_defects_def_2_location_shape', when: 'x and y 0', sql: at(PLACE) },
  { constraint: 'ck_defects_def_2_location_shape', when: 'other keys', sql: at({ ...PLACE, page: 2 }) },
  {
    constraint: 'ck_defects_def_3_review_is_signed',
    when: 'a review with and without notes',
    sql: `${defect(SIGNED)}; ${defect({ ...SIGNED, review_notes: "'Dust'" })}`,
  },
  {
    constraint: 'ck_defects_def_3_review_status_flow',
    when: 'another look at a decision',
    sql: update('defects', ':reviewed', "review_status = 'NEEDS_REVIEW', review_notes = 'Look'"),
  },
  {
    constraint: 'fk_defects_def_5_job_of_inspection',
    when: 'a job of the inspection',
    sql: defect({ inference_job_id: ':answeredJob' }),
  },
  { constraint: 'ck_inference_jobs_job_1_times_fit_status', when: 'equal times', sql: job(ANSWERED) },
  { constraint: 'ck_inference_jobs_job_1_claim_fits_status', when: 'a claim', sql: job(CLAIMED) },
  {
    constraint: 'ck_inference_jobs_job_1_status_flow',
    when: 'another run after a failure',
    sql: update(
      'inference_jobs',
      ':failedJob',
      "status = 'QUEUED', attempts = 0, started_at = NULL, completed_at = NULL",
    ),
  },
  {
    constraint: 'ck_inference_jobs_job_4_attempts_range',
    when: '10 of 10 attempts',
    sql: job({ attempts: '10', max_attempts: '10' }),
  },
  { constraint: 'ck_inference_jobs_priority_range', when: '1', sql: job({ priority: '1' }) },
  { constraint: 'ck_inference_jobs_priority_range', when: '10', sql: job({ priority: '10' }) },
  { constraint: 'ck_inference_jobs_threshold_range', when: '0', sql: job({ confidence_threshold: '0' }) },
  { constraint: 'ck_inference_jobs_threshold_range', when: '1', sql: job({ confidence_threshold: '1' }) },
  {
    constraint: 'uq_artifacts_art_1_inspection_file_name',
    when: 'the name in another case, and in another inspection',
    sql: `${named('TOP.png')}; ${artifact({ file_name: "'top.png'", inspection_id: ':judged' })}`,
  },
  { constraint: 'ck_artifacts_art_1_file_name_safe', when: 'another script', sql: named('상단 (1).png') },
  { constraint: 'ck_artifacts_art_1_file_name_safe', when: 'a name of 255', sql: named('a'.repeat(255)) },
  { constraint: 'ck_artifacts_size_not_negative', when: 'an empty file', sql: artifact({}) },
  { constraint: 'ck_artifacts_art_5_archived_has_time', when: 'an archived file', sql: artifact(ARCHIVED) },
  {
    constraint: 'ck_artifacts_tags_count',
    when: '30 tags',
    sql: artifact({ tags: "ARRAY(SELECT 'tag' || n FROM generate_series(1, 30) n)" }),
  },
];

describe('the constraints of quality tables (INS-1, INS-2, INS-3, INS-4, DEF-1, DEF-2, DEF-3, DEF-5)', () => {
  let world: SqlWorld;
  beforeAll(async () => {
    world = await openSqlWorld();
  });
  afterAll(() => world.close());

  it.each(BREACHES)('$constraint refuses $when', async ({ constraint, sql }) => {
    expect(await world.violationOf(sql)).toEqual({ sqlState: sqlStateOf(constraint), constraint });
  });

  it.each(ALLOWANCES)('$constraint allows $when', async ({ sql }) => {
    expect(await world.violationOf(sql)).toBeUndefined();
  });

  it('let a status move exactly as the rules do (INS-3, DEF-3)', async () => {
    const rows = await world.rowsOf(
      'SELECT machine, from_state AS "fromState", to_state AS "toState" FROM state_flows WHERE machine IN (\'inspections.status\', \'defects.review_status\')',
    );
    const moves = [...transitionRows(INSPECTION_FLOW), ...transitionRows(REVIEW_FLOW)];
    const sorted = (all: readonly object[]): readonly string[] => all.map((each) => JSON.stringify(each)).toSorted();
    expect(sorted(rows)).toEqual(sorted(moves));
  });

  it('each have a statement that they refuse', async () => {
    expect([...new Set(BREACHES.map(({ constraint }) => constraint))].toSorted()).toEqual(
      await world.constraintsOf(TABLES),
    );
  });
});
