/**
 * The rules of the ledger that this version enforces: the sentence, and the database constraints that enforce the same
 * when the application is bypassed.
 */
export interface LedgerEntry {
  readonly sentence: string;
  readonly constraints: readonly string[];
}

export const LEDGER: Readonly<Record<string, LedgerEntry>> = {
  'GEN-1': { sentence: 'A master record in use cannot be deleted; it is deactivated instead.', constraints: [] },
  'GEN-2': { sentence: 'A change made from an outdated view is refused.', constraints: [] },
  'GEN-3': { sentence: 'A natural key exists once.', constraints: [] },
  'GEN-4': { sentence: 'An act that overrides or undoes says why.', constraints: [] },
  'IDK-1': {
    sentence: 'The same request with the same key has one effect.',
    constraints: ['uq_idempotency_keys_idk_1_caller_key'],
  },
  'AUT-1': {
    sentence:
      'Every operation needs a principal, except `login`, `refreshSession` (its token is the proof) and `health`.',
    constraints: [],
  },
  'AUT-2': { sentence: 'A failed login does not reveal why it failed.', constraints: [] },
  'AUT-3': {
    sentence: 'At most 10 login attempts a minute per address and username, 100 per address.',
    constraints: [],
  },
  'AUT-4': {
    sentence: 'An access token lives 15 minutes, a refresh token 7 days and is used once.',
    constraints: ['uq_login_sessions_token_hash'],
  },
  'AUT-5': {
    sentence: 'A station key acts as its station while key and station are active.',
    constraints: ['uq_api_keys_prefix', 'ck_api_keys_expiry_after_creation'],
  },
  'AUT-6': {
    sentence: 'A service key acts as a service with a role: never ADMIN, and never more than its maker may.',
    constraints: ['ck_api_keys_aut_6_station_or_role', 'ck_api_keys_aut_6_role_below_admin'],
  },
  'AUT-7': {
    sentence: 'The key of a service that is for reading calls no mutation.',
    constraints: ['ck_api_keys_aut_7_only_services_read_only'],
  },
  'USR-1': { sentence: 'A username is 3..50 of `a-z 0-9 _`.', constraints: ['ck_users_usr_1_username_format'] },
  'USR-2': {
    sentence:
      'A password has 8..128 characters of at least three kinds (lower, upper, digit, other) and is not the username.',
    constraints: [],
  },
  'USR-3': { sentence: 'Only ADMIN gives roles, and nobody changes their own.', constraints: [] },
  'USR-4': { sentence: 'One active ADMIN always remains, and users cannot deactivate themselves.', constraints: [] },
  'USR-5': { sentence: 'A user who left any trace is deactivated, never deleted.', constraints: [] },
  'USR-6': { sentence: 'Production never starts with a guessable administrator.', constraints: [] },
  'USR-7': {
    sentence:
      'A badge code is 1..50 of `A-Z 0-9 . _ : -`, starting with a letter or digit, and belongs to one user only.',
    constraints: ['uq_users_usr_7_badge_code', 'ck_users_usr_7_badge_code_format'],
  },
  'MDL-1': {
    sentence: 'A model code is 1..50 of `A-Z 0-9 . _ -`, starting with a letter or digit.',
    constraints: ['ck_product_models_mdl_1_code_format'],
  },
  'MDL-2': {
    sentence: 'Only an ACTIVE model takes new lots; DISCONTINUED is final.',
    constraints: ['ck_product_models_mdl_2_status_flow'],
  },
  'MDL-3': { sentence: 'Each change of specifications or tolerances makes a new revision.', constraints: [] },
  'LIN-1': {
    sentence: 'A line code is 1..50 letters and digits.',
    constraints: ['ck_production_lines_lin_1_code_format'],
  },
  'PRC-1': {
    sentence: 'The number of a process (1..9,999) and its code (`A-Z 0-9 _`, 1..50) are each unique.',
    constraints: ['uq_processes_prc_1_number', 'uq_processes_prc_1_code', 'ck_processes_prc_1_number_range'],
  },
  'PRC-2': {
    sentence: 'Level and number of a step are fixed once it has executions.',
    constraints: ['fk_process_data_pd_17_process_of_level'],
  },
  'PRC-3': {
    sentence:
      'The factory route has at most one active SERIAL_CONVERSION step; it is WIP-level, has the highest number of the active WIP-level steps, and needs one active WIP-level MANUFACTURING step.',
    constraints: ['puq_processes_prc_3_one_active_conversion', 'ck_processes_prc_3_conversion_is_wip_level'],
  },
  'PRC-4': {
    sentence:
      'The conversion step of the factory route cannot leave it, be deactivated, deleted or retyped while a WIP item of a lot without a route is COMPLETED.',
    constraints: [],
  },
  'PRC-5': {
    sentence:
      'The last active WIP-level MANUFACTURING step of the factory route stays while that has an active conversion step.',
    constraints: [],
  },
  'PRC-6': {
    sentence:
      'A characteristic has a valid code, decimal limits with lower <= upper, target within them, `required` boolean.',
    constraints: ['ck_processes_quality_criteria_object'],
  },
  'EQP-1': {
    sentence: 'Equipment code 1..50 of `A-Z 0-9 _ -`, type 1..100 of `A-Z 0-9 _`.',
    constraints: ['uq_equipment_eqp_1_code', 'ck_equipment_eqp_1_code_format'],
  },
  'EQP-2': {
    sentence: 'Equipment status moves by its table only, and each move closes one period and opens the next.',
    constraints: ['ck_equipment_eqp_2_status_flow', 'puq_equipment_status_periods_eqp_2_one_open'],
  },
  'EQP-3': { sentence: 'The next maintenance is after the last.', constraints: ['ck_equipment_eqp_3_next_after_last'] },
  'EQP-5': {
    sentence: 'A step that has equipment of its own is run on that, or on equipment of no step.',
    constraints: [],
  },
  'EQP-4': { sentence: 'Only active equipment that is AVAILABLE or IN_USE takes a start or record.', constraints: [] },
  'RTE-1': {
    sentence:
      'A route has 1..100 steps with different numbers and different processes, by which its units can reach the end.',
    constraints: [
      'uq_route_steps_rte_1_number',
      'uq_route_steps_rte_1_process',
      'ck_route_steps_rte_1_number_range',
      'uq_routes_rte_1_model_revision',
    ],
  },
  'RTE-2': {
    sentence: 'Only a DRAFT is changed or deleted; a model has one at a time.',
    constraints: ['ck_routes_rte_2_draft_only', 'ck_route_steps_rte_2_draft_only', 'puq_routes_rte_2_one_draft'],
  },
  'RTE-3': {
    sentence:
      'A model has one RELEASED route; releasing another retires the one before, in the same transaction, and each is signed.',
    constraints: ['puq_routes_rte_3_one_released', 'ck_routes_rte_3_release_is_signed', 'ck_routes_rte_3_status_flow'],
  },
  'RTE-4': {
    sentence: 'A lot takes the RELEASED route of its model when it is made, and keeps it.',
    constraints: ['fk_lots_rte_4_route_of_model'],
  },
  'RTE-5': {
    sentence: 'A lead may move a lot to another RELEASED or RETIRED route of its model, with a reason.',
    constraints: [],
  },
  'RTE-6': {
    sentence: 'The route of the lot decides order, completion, conversion and readiness; optional steps need no PASS.',
    constraints: [],
  },
  'RTE-7': {
    sentence:
      'Limits, attempts, planned time and the permission to pass out of spec come from the route step, else from the process.',
    constraints: [],
  },
  'RTE-8': { sentence: 'A step that demands equipment is run on one of its types.', constraints: [] },
  'RTE-9': {
    sentence:
      'A process of a RELEASED route, or of the route of a lot that is not CLOSED, is neither deactivated nor retyped nor moved to another level.',
    constraints: [],
  },
  'STA-1': { sentence: 'Station code 1..100 of `A-Z 0-9 _ -`.', constraints: ['ck_stations_sta_1_code_format'] },
  'STA-2': { sentence: 'Registering is an upsert by code.', constraints: [] },
  'STA-3': {
    sentence: 'A heartbeat sets lastSeenAt and ONLINE, or DEGRADED when `health.status` is "degraded" or "unhealthy".',
    constraints: [],
  },
  'STA-4': { sentence: 'A station silent for more than 30 s is OFFLINE.', constraints: [] },
  'LOT-1': {
    sentence: 'A lot number names line, model, month and sequence, in the one format of section 2.',
    constraints: ['ck_lots_lot_1_number_format'],
  },
  'LOT-2': {
    sentence: 'Lots of one line segment, model segment and month are numbered 01..99 and then A0..Z9, without gap.',
    constraints: ['uq_lots_lot_1_number'],
  },
  'LOT-3': { sentence: 'The target is 1..maxLotQuantity of the model.', constraints: ['ck_lots_lot_3_target_range'] },
  'LOT-4': { sentence: 'Only a CREATED or IN_PROGRESS lot takes new WIP items.', constraints: [] },
  'LOT-5': {
    sentence:
      'Production status runs CREATED, IN_PROGRESS, COMPLETED, CLOSED, one step at a time, and each step stamps its time.',
    constraints: ['ck_lots_lot_5_status_flow', 'ck_lots_lot_5_status_times'],
  },
  'LOT-6': {
    sentence:
      'Disposition runs by its table, in any production status, always with reason, time and person (the system where INS-8 acts for a station).',
    constraints: ['ck_lots_lot_6_disposition_flow', 'ck_lots_lot_6_disposition_is_signed'],
  },
  'LOT-7': {
    sentence:
      'A QUARANTINED or REJECTED lot refuses new items, starts, records, completions with PASS, conversions, passSerial, startSerial, reworkSerial, and corrections to PASS.',
    constraints: [],
  },
  'LOT-8': { sentence: 'A lot completes itself when its terminal serials reach its target.', constraints: [] },
  'LOT-9': { sentence: 'A lead may complete an IN_PROGRESS lot short, with a reason.', constraints: [] },
  'LOT-10': {
    sentence: 'A COMPLETED lot that is not QUARANTINED may be closed.',
    constraints: ['ck_lots_lot_5_status_flow'],
  },
  'LOT-11': { sentence: 'A lot may be deleted only while CREATED and nothing refers to it.', constraints: [] },
  'LOT-12': { sentence: 'Quantities of a lot are counted, never typed in.', constraints: [] },
  'LOT-13': { sentence: 'A lot is made for an ACTIVE model on an active line.', constraints: [] },
  'WIP-1': {
    sentence: 'An item number is `WIP-`, the lot number and the sequence.',
    constraints: ['ck_wip_items_wip_1_number_format'],
  },
  'WIP-2': { sentence: 'Sequences of a lot are consecutive from 1.', constraints: ['uq_wip_items_wip_2_lot_sequence'] },
  'WIP-3': {
    sentence: 'One call makes 1..100 items, and a lot never has more items than its target.',
    constraints: [],
  },
  'WIP-4': { sentence: 'The first generation starts the lot.', constraints: [] },
  'WIP-5': {
    sentence: 'Item status runs by its table and stamps completedAt and convertedAt, by the execution that decided it.',
    constraints: ['ck_wip_items_wip_5_status_flow', 'ck_wip_items_wip_5_status_times'],
  },
  'WIP-6': { sentence: 'The result of a WIP-level MANUFACTURING step moves the item.', constraints: [] },
  'WIP-7': {
    sentence:
      'An item is converted when it is COMPLETED and has a PASS on every mandatory WIP-level MANUFACTURING step of its route.',
    constraints: ['uq_serials_ser_5_one_per_wip_item'],
  },
  'WIP-8': { sentence: 'A CONVERTED item takes no more work.', constraints: ['ck_wip_items_wip_5_status_flow'] },
  'WIP-9': {
    sentence: 'A COMPLETED item may run a step without a PASS: an optional one, or one that was added to its route.',
    constraints: [],
  },
  'SER-1': {
    sentence: 'A serial number is the lot number and the sequence of its item.',
    constraints: ['ck_serials_ser_1_number_format'],
  },
  'SER-2': {
    sentence: 'A serial is reworked at most maxReworks times (3 unless the model says otherwise).',
    constraints: ['ck_serials_ser_2_rework_limit'],
  },
  'SER-3': {
    sentence: 'Serial status runs by its table, at the time of the execution that decided it; PASSED is final.',
    constraints: ['ck_serials_ser_3_status_flow', 'ck_serials_ser_3_terminal_has_time'],
  },
  'SER-4': {
    sentence: 'A failed serial says why, and only a failed one does.',
    constraints: ['ck_serials_ser_4_failure_has_reason'],
  },
  'SER-5': {
    sentence: 'A serial is created by conversion only and keeps lot and sequence of its item.',
    constraints: ['fk_serials_ser_5_same_unit_as_wip_item'],
  },
  'SER-6': { sentence: 'Results of SERIAL-level steps move the serial.', constraints: [] },
  'SER-7': {
    sentence: 'passSerial needs a PASS on every mandatory SERIAL-level step of its route and no open execution.',
    constraints: [],
  },
  'PD-1': {
    sentence: 'An execution belongs to a lot, an item or a serial, as its level says.',
    constraints: ['ck_process_data_pd_1_level_fits_unit'],
  },
  'PD-2': {
    sentence: 'A FAIL names at least one defect; a PASS names none; a REWORK may.',
    constraints: ['ck_process_data_pd_2_defects_fit_result'],
  },
  'PD-3': { sentence: 'Work ends no earlier than it starts.', constraints: ['ck_process_data_pd_3_time_order'] },
  'PD-4': {
    sentence: 'An open execution has no result, a finished one has result and end.',
    constraints: ['ck_process_data_pd_4_open_has_no_result'],
  },
  'PD-5': {
    sentence: 'A unit has at most one open execution of a step.',
    constraints: ['puq_process_data_pd_5_one_open'],
  },
  'PD-6': { sentence: 'A unit passes a step once.', constraints: ['puq_process_data_pd_6_one_pass'] },
  'PD-7': { sentence: 'Nothing happens in the future.', constraints: [] },
  'PD-8': {
    sentence: 'A step starts when the previous mandatory step of its level in the route has a PASS for the unit.',
    constraints: [],
  },
  'PD-9': {
    sentence: 'A unit attempts a step at most maxAttempts times, over all revisions of its route.',
    constraints: ['uq_process_data_pd_9_attempt'],
  },
  'PD-10': {
    sentence:
      'The server judges readings; a PASS with a reading out of specification is refused unless the step allows it.',
    constraints: [],
  },
  'PD-11': {
    sentence: 'A reading has a code and a value or a text.',
    constraints: ['ck_process_data_measurements_array'],
  },
  'PD-12': { sentence: 'A defect has a code.', constraints: ['ck_process_data_defects_array'] },
  'PD-13': {
    sentence: 'A finished execution is corrected only with a reason, and its identity and start never.',
    constraints: ['ck_process_data_pd_13_correction_is_signed'],
  },
  'PD-14': { sentence: 'An open execution may be withdrawn with a reason; the audit log keeps it.', constraints: [] },
  'PD-15': { sentence: 'Each execution has an active operator, and stands at known places.', constraints: [] },
  'PD-16': { sentence: 'Work starts only on a live unit of a live lot.', constraints: [] },
  'PD-17': {
    sentence: 'The step has the level of the unit, and is active at start in the factory route.',
    constraints: ['fk_process_data_pd_17_process_of_level'],
  },
  'PD-18': {
    sentence: 'Unit, item and lot of an execution belong together.',
    constraints: ['fk_process_data_pd_18_wip_item_of_lot', 'fk_process_data_pd_18_serial_of_wip_item'],
  },
  'PD-19': { sentence: 'A batch is judged record by record, in order, each seeing the ones before.', constraints: [] },
  'TPG-1': {
    sentence: 'A program name is 1..100 of letters, digits, `. _ -`.',
    constraints: ['uq_test_programs_tpg_1_name', 'ck_test_programs_tpg_1_name_format'],
  },
  'TPG-2': {
    sentence: 'A version is made by the server: first 1.0.0, then patch + 1; its content never changes.',
    constraints: [
      'uq_test_program_versions_tpg_2_version',
      'ck_test_program_versions_tpg_2_version_format',
      'ck_test_program_versions_tpg_2_checksum_format',
      'ck_test_program_versions_tpg_2_size_positive',
    ],
  },
  'TPG-3': {
    sentence: 'The current version is a version of this program; rollback moves the pointer.',
    constraints: ['fk_test_programs_tpg_3_current_is_own_version', 'fk_test_program_deployments_tpg_3_own_version'],
  },
  'TPG-4': {
    sentence: 'Only an active, not deprecated program is deployed.',
    constraints: [
      'ck_test_program_deployments_tpg_4_status_flow',
      'ck_test_program_deployments_tpg_4_deployed_has_time',
      'ck_test_program_deployments_tpg_4_failed_has_message',
      'ck_test_program_deployments_tpg_4_has_target',
      'puq_test_program_deployments_tpg_4_one_pending_at_station',
      'puq_test_program_deployments_tpg_4_one_pending_for_batch',
    ],
  },
  'TPG-5': {
    sentence: 'A station pulls for itself; a pull that delivers marks its PENDING deployment DEPLOYED.',
    constraints: [],
  },
  'SES-1': {
    sentence: 'Opening a session twice returns the same one.',
    constraints: ['puq_process_sessions_ses_1_one_open', 'ck_process_sessions_ses_1_batch_code_not_blank'],
  },
  'SES-2': {
    sentence: 'A station has 12 slots; an open session takes one.',
    constraints: ['puq_process_sessions_ses_2_one_per_slot', 'ck_process_sessions_ses_2_slot_range'],
  },
  'SES-3': {
    sentence: 'A session is closed or cancelled once, from OPEN.',
    constraints: [
      'ck_process_sessions_ses_3_status_flow',
      'ck_process_sessions_ses_3_closed_has_time',
      'ck_process_sessions_ses_3_cancelled_has_reason',
    ],
  },
  'SES-4': { sentence: 'Session counters are the counts of its finished executions.', constraints: [] },
  'SES-5': {
    sentence: 'An execution joins only an OPEN session of its step and station.',
    constraints: ['fk_process_data_ses_5_session_of_step_and_station', 'ck_process_data_ses_5_session_has_station'],
  },
  'SES-6': {
    sentence: 'Only a CANCELLED session without executions is deleted.',
    constraints: ['fk_process_data_ses_5_session_of_step_and_station'],
  },
  'LBL-1': {
    sentence: 'A print of a label names the unit of its type, and how it ended.',
    constraints: ['ck_label_prints_lbl_1_unit_fits_type', 'ck_label_prints_lbl_1_failure_has_message'],
  },
  'CMP-1': {
    sentence: 'A component use has one consumer and one component, and its execution is one of the consumer.',
    constraints: [
      'ck_component_uses_cmp_1_one_consumer',
      'ck_component_uses_cmp_1_one_component',
      'ck_component_uses_cmp_1_external_number_form',
    ],
  },
  'CMP-2': {
    sentence: 'Quantity is above zero; a serial is installed as quantity 1.',
    constraints: ['ck_component_uses_cmp_2_quantity_positive', 'ck_component_uses_cmp_2_serial_is_one'],
  },
  'CMP-3': {
    sentence: 'A serial is installed in one place at a time, and only when PASSED.',
    constraints: ['puq_component_uses_cmp_3_serial_installed_once'],
  },
  'CMP-4': {
    sentence: 'Removal closes the use with a reason; nothing is deleted.',
    constraints: ['ck_component_uses_cmp_4_removal_is_signed'],
  },
  'CMP-5': {
    sentence: 'Nothing contains itself, at any depth.',
    constraints: ['ck_component_uses_cmp_5_not_in_itself'],
  },
  'KPI-16': {
    sentence:
      'Readings are counted, averaged and judged exactly, whatever their offset, by the limits they were judged by.',
    constraints: [],
  },
  'SPC-1': {
    sentence: 'A control chart has the centre, the limits and the points of its kind, or the reason why it has none.',
    constraints: [],
  },
  'SPC-2': { sentence: 'σ is estimated by a named estimator that fits the subgroups.', constraints: [] },
  'SPC-3': {
    sentence: 'The constants of charts are computed, or rounded as printed tables have them.',
    constraints: [],
  },
  'SPC-4': { sentence: 'A run rule signals at each last point that completes it.', constraints: [] },
  'SPC-5': {
    sentence: 'Capability names its limits, its σ and its intervals, or the reason why an index has no value.',
    constraints: [],
  },
  'CCA-1': {
    sentence: 'What bad units met more often than good ones, and not by chance, is named, the strongest first.',
    constraints: [],
  },
  'TRC-1': {
    sentence: 'The record of a unit has everything that went into it, at any depth, each node and edge once.',
    constraints: [],
  },
  'TRC-2': { sentence: 'Everything that contains a component is found, at any depth.', constraints: [] },
  'TRC-3': {
    sentence: 'What was worked on at a machine during a period is found, with all that contains it.',
    constraints: [],
  },
  'CMP-6': { sentence: 'A held lot, or a serial of a held lot, is not built in.', constraints: [] },
  'LBL-2': {
    sentence: 'A step prints its label after a PASS if it is configured to.',
    constraints: ['ck_processes_lbl_2_auto_print_has_template'],
  },
  'SEA-1': {
    sentence:
      'Words are searched in notes, defects and readings; the query is data, and no operator of SQL reaches the server.',
    constraints: [],
  },
  'SEA-2': { sentence: 'Facets count over the whole match, not the page.', constraints: [] },
  'SEA-4': {
    sentence:
      'A list takes a saved filter of its own target: its conditions are added, its order used when none is given.',
    constraints: [],
  },
  'FLT-1': {
    sentence: 'A saved filter has a name once per owner and list.',
    constraints: ['uq_saved_filters_flt_1_owner_target_name', 'ck_saved_filters_flt_1_name_not_blank'],
  },
  'FLT-2': {
    sentence: 'Only its owner changes a saved filter; others apply it only when it is shared.',
    constraints: [],
  },
  'FLT-3': {
    sentence: 'A saved filter names only fields and operators of its list, when it is saved and when it is applied.',
    constraints: [],
  },
  'INS-1': {
    sentence: 'An inspection names a lot, a sample of it, a type and a priority 1..10.',
    constraints: [
      'ck_inspections_ins_1_priority_range',
      'ck_inspections_ins_1_sample_code_format',
      'ck_inspections_ins_1_one_unit',
      'fk_inspections_ins_1_wip_item_of_lot',
      'fk_inspections_ins_1_serial_of_lot',
    ],
  },
  'INS-2': {
    sentence: 'A sample is inspected once per type and round.',
    constraints: ['puq_inspections_ins_2_one_per_round'],
  },
  'INS-3': {
    sentence: 'An inspection runs by its table, and each status has its times and its reason.',
    constraints: [
      'ck_inspections_ins_3_status_flow',
      'ck_inspections_ins_3_times_fit_status',
      'ck_inspections_ins_3_reason_fits_status',
    ],
  },
  'INS-4': {
    sentence: 'Completion computes verdict, score and confidence; nobody types them in.',
    constraints: ['ck_inspections_ins_4_verdict_fits_status'],
  },
  'INS-5': { sentence: 'Defects are added only while the inspection is IN_PROGRESS.', constraints: [] },
  'INS-6': {
    sentence: "A review of a completed inspection's defect judges the inspection again.",
    constraints: [],
  },
  'INS-7': { sentence: 'The queue of inspections is served by priority, then age.', constraints: [] },
  'INS-8': { sentence: 'A FAIL with a critical defect not dismissed quarantines the lot at once.', constraints: [] },
  'INS-9': {
    sentence: 'A lot is released only when its inspections are done and its critical findings reviewed.',
    constraints: [],
  },
  'DEF-1': { sentence: 'Confidence is 0..1.', constraints: ['ck_defects_def_1_confidence_range'] },
  'DEF-2': { sentence: 'A location is complete.', constraints: ['ck_defects_def_2_location_shape'] },
  'DEF-3': {
    sentence: 'A finding has one review state, signed by the reviewer.',
    constraints: ['ck_defects_def_3_review_status_flow', 'ck_defects_def_3_review_is_signed'],
  },
  'RPT-1': {
    sentence: 'A report covers a period that starts before it ends, at most 366 days.',
    constraints: ['ck_reports_rpt_1_period_order'],
  },
  'RPT-2': {
    sentence: 'A report is COMPLETED only with its file.',
    constraints: [
      'ck_reports_rpt_2_completed_has_file',
      'ck_reports_rpt_2_status_flow',
      'ck_reports_rpt_2_lease_fits_status',
      'ck_reports_rpt_2_attempts_range',
    ],
  },
  'RPT-3': { sentence: 'Report content is read from the tables in one snapshot.', constraints: [] },
  'RPT-4': { sentence: 'A report expires 30 days after completion.', constraints: [] },
  'RPT-5': {
    sentence: 'A report is read by its requester, ADMIN, AUDITOR and the roles in `accessRoles`.',
    constraints: [],
  },
  'RPT-6': {
    sentence: 'A schedule requests its report once per interval.',
    constraints: ['uq_report_schedules_rpt_6_owner_name'],
  },
  'BGJ-1': {
    sentence: 'A background job is done once, or says why not.',
    constraints: [
      'ck_background_jobs_bgj_1_status_flow',
      'ck_background_jobs_bgj_1_times_fit_status',
      'ck_background_jobs_bgj_1_lease_fits_status',
      'ck_background_jobs_bgj_1_attempts_range',
      'ck_background_jobs_bgj_1_counts',
      'ck_background_jobs_bgj_1_file_fits_status',
      'ck_background_job_items_bgj_1_done_once',
    ],
  },
  'BGJ-2': {
    sentence: 'A batch of results is judged like single results.',
    constraints: ['uq_background_job_items_job_index', 'ck_background_job_items_bgj_2_one_outcome'],
  },
  'BGJ-3': {
    sentence: 'A background job is cancelled by its requester or a lead while it is QUEUED or RUNNING.',
    constraints: [],
  },
  'DEF-4': { sentence: 'A person reviews; stations and models do not.', constraints: [] },
  'DEF-5': {
    sentence: "A finding made by a job belongs to the job's inspection.",
    constraints: ['fk_defects_def_5_job_of_inspection'],
  },
  'JOB-1': {
    sentence: 'An inference job runs by its table with times in order.',
    constraints: ['ck_inference_jobs_job_1_status_flow', 'ck_inference_jobs_job_1_times_fit_status'],
  },
  'JOB-2': {
    sentence: 'No two workers hold the same job.',
    constraints: ['ck_inference_jobs_job_1_claim_fits_status'],
  },
  'JOB-3': {
    sentence: 'Only the worker that holds the job, in the attempt it holds, may renew, complete or fail it.',
    constraints: [],
  },
  'JOB-4': {
    sentence: 'A failed job is tried again while attempts are left and the failure is retryable.',
    constraints: ['ck_inference_jobs_job_4_attempts_range'],
  },
  'JOB-5': {
    sentence: 'A completed job writes its findings and outputs with its status, or nothing.',
    constraints: [],
  },
  'JOB-6': { sentence: 'A job is queued only for an inspection IN_PROGRESS, on its own artifacts.', constraints: [] },
  'ART-1': {
    sentence: 'A file name is safe and unique in its inspection.',
    constraints: ['uq_artifacts_art_1_inspection_file_name', 'ck_artifacts_art_1_file_name_safe'],
  },
  'ART-2': {
    sentence: 'The checksum is SHA-256 of the content, computed by the server.',
    constraints: ['ck_artifacts_art_2_checksum_format'],
  },
  'ART-3': { sentence: 'The content type fits the artifact type.', constraints: [] },
  'ART-4': { sentence: 'A file has at most 50 MiB (setting of the process).', constraints: [] },
  'ART-5': {
    sentence: 'Moving to ARCHIVE or COLD_STORAGE stamps archivedAt; moving back clears it.',
    constraints: ['ck_artifacts_art_5_archived_has_time'],
  },
  'ART-6': {
    sentence: 'Evidence of a COMPLETED inspection is not deleted.',
    constraints: ['fk_artifacts_art_6_job_of_inspection', 'fk_artifacts_art_6_defect_of_inspection'],
  },
  'ART-7': { sentence: 'Filtering by tags means all of them.', constraints: [] },
  'RPT-7': { sentence: 'Spreadsheet cells cannot start a formula.', constraints: [] },
  'ALT-1': {
    sentence: 'An alert is UNREAD, then READ, then ARCHIVED, each stamped with the viewer and time.',
    constraints: ['ck_alerts_alt_1_status_flow', 'ck_alerts_alt_1_status_times', 'ck_alerts_alt_1_texts_not_empty'],
  },
  'ALT-2': { sentence: 'Reading in bulk changes the UNREAD ones and counts them.', constraints: [] },
  'ALT-3': {
    sentence: 'Manual alerts have type MANUAL; other types are raised by the system.',
    constraints: ['ck_alerts_alt_3_manual_has_no_cause'],
  },
  'ALT-4': {
    sentence: 'One cause raises one alert until that one is archived.',
    constraints: ['puq_alerts_alt_4_one_open_per_cause'],
  },
  'CFG-1': {
    sentence: 'A setting exists once per key and environment.',
    constraints: ['uq_config_entries_cfg_1_key_environment'],
  },
  'CFG-2': {
    sentence: 'A value fits its type, and a setting that takes effect its own form.',
    constraints: ['ck_config_entries_cfg_2_encrypted_is_sensitive', 'ck_config_entries_cfg_2_value_fits_type'],
  },
  'CFG-3': {
    sentence: 'A sensitive value is stored encrypted and never shown again.',
    constraints: ['ck_config_entries_cfg_3_sensitive_is_sealed'],
  },
  'PRF-1': {
    sentence: 'A metric has one current baseline per subject.',
    constraints: [
      'puq_performance_baselines_prf_1_one_baseline',
      'ck_performance_baselines_prf_1_only_baseline_replaced',
    ],
  },
  'PRF-2': {
    sentence: 'A measurement more than 10 % worse than its baseline raises an alert.',
    constraints: [],
  },
  'WHK-1': {
    sentence:
      'A webhook has a unique name, a URL without credentials, a secret that is never shown, and 1 to 50 known events.',
    constraints: ['uq_webhooks_whk_1_name', 'ck_webhooks_whk_1_url_form', 'ck_webhooks_whk_1_events_count'],
  },
  'WHK-2': {
    sentence:
      'Each event is delivered at least once, signed, in the order of positions, one at a time for each webhook.',
    constraints: ['uq_webhook_deliveries_whk_2_webhook_id_position', 'puq_webhook_deliveries_whk_2_one_at_a_time'],
  },
  'WHK-3': {
    sentence:
      'A try has 10 seconds and only 2xx counts; it is repeated after 5 s, 30 s, 2 min, 10 min, 1 h and 6 h, then the delivery is FAILED.',
    constraints: [
      'ck_webhook_deliveries_whk_3_status_flow',
      'ck_webhook_deliveries_whk_3_lease_fits_status',
      'ck_webhook_deliveries_whk_3_delivered_has_time',
    ],
  },
  'WHK-4': {
    sentence:
      'A webhook calls no private address unless the operator allows it, and exactly the address that was judged.',
    constraints: [],
  },
  'KPI-1': {
    sentence:
      'The yield of serials is over those that reached their end in the period: PASSED, or FAILED with no rework left.',
    constraints: [],
  },
  'KPI-2': {
    sentence:
      'The first pass yield of a step is over first attempts, its final yield over units; a REWORK is not a PASS.',
    constraints: [],
  },
  'KPI-3': {
    sentence:
      'The rolled throughput yield is the product of the first pass yields of the manufacturing steps of items and serials.',
    constraints: [],
  },
  'KPI-6': { sentence: 'Defects are counted per unit and per million opportunities.', constraints: [] },
  'KPI-7': {
    sentence: 'The vital few defects are all up to the first with which 80 percent are reached.',
    constraints: [],
  },
  'KPI-8': {
    sentence: 'A trend has a point for each day, week or month of its range, and its ratio is over all executions.',
    constraints: [],
  },
  'KPI-9': {
    sentence: 'The performance of a step is that of its executions in the period, with what is open now.',
    constraints: [],
  },
  'KPI-10': {
    sentence: 'Cycle times are those of finished executions, lead times those of items completed in the period.',
    constraints: [],
  },
  'KPI-11': {
    sentence:
      'An item is at the step of its open execution, else at its next step; the bottleneck has the greatest load.',
    constraints: [],
  },
  'KPI-13': { sentence: 'Leads and auditors see the performance of everybody, others their own.', constraints: [] },
  'KPI-15': {
    sentence:
      'Live metrics are counted once for all who listen at the same interval, and sent only when something changed.',
    constraints: [],
  },
  'KPI-4': { sentence: 'What was created, completed and closed is counted by its own time.', constraints: [] },
  'KPI-5': {
    sentence: 'Quality metrics are those of serials that reached their end, and of the executions of steps.',
    constraints: [],
  },
  'KPI-12': {
    sentence: 'The quality trend has each day of its range, and its whole is over all inspections.',
    constraints: [],
  },
  'KPI-14': {
    sentence:
      'The summary of a day has its counts in the time zone, and what is so now; the dashboard of lots equals the records as of its last refresh, once a minute.',
    constraints: [],
  },
  'OEE-1': {
    sentence:
      'The effectiveness of equipment is availability × effectiveness × quality ratio; overlapping work counts once.',
    constraints: [],
  },
  'KPI-17': {
    sentence: 'The server raises an alert for each cause of its table, and only strictly above the threshold.',
    constraints: [],
  },
  'AUD-1': {
    sentence:
      'Every change of a row writes one audit entry in the same transaction; if it cannot be written, the change is undone.',
    constraints: ['ck_audit_entries_aud_1_values_fit_operation'],
  },
  'AUD-2': { sentence: 'Audit entries are never changed or deleted.', constraints: ['tg_audit_entries_append_only'] },
  'AUD-3': {
    sentence: 'Entries get gap-free positions in an order no later commit can disturb.',
    constraints: ['pk_audit_positions'],
  },
  'AUD-4': { sentence: 'Blocks are chained by hash.', constraints: ['uq_audit_blocks_hash'] },
  'AUD-5': { sentence: 'Verification names the first thing wrong.', constraints: [] },
  'AUD-6': { sentence: 'Reading evidence leaves a trace.', constraints: [] },
  'MON-1': {
    sentence: 'Statements are counted and timed without their values; strictly more than the limit is slow.',
    constraints: [],
  },
  'MON-2': {
    sentence:
      'Operations are counted by at most 200 names of clients, trusted documents first; all others are `other`.',
    constraints: [],
  },
  'MON-3': {
    sentence: 'Metrics are for the scrape token and those who look after the server; their labels are limited.',
    constraints: [],
  },
  'MON-5': {
    sentence:
      'Answers of figures are kept where the configuration says so: at most 30 s and 1,000 of them, never across arguments or roles.',
    constraints: [],
  },
  'MON-6': {
    sentence: 'A recorded measurement answers by which share it is worse than its baseline.',
    constraints: [],
  },
  'MIG-1': {
    sentence: 'A migration is applied once, in order, unchanged.',
    constraints: ['puq_migration_history_mig_1_applied_once'],
  },
  'MIG-2': {
    sentence:
      'Down scripts are refused in PRODUCTION; in PRODUCTION the database URL demands TLS (`sslmode` require or stronger), except for the embedded server.',
    constraints: [],
  },
  'MIG-3': { sentence: 'Before a migration locks a table, nobody may be waiting for that table.', constraints: [] },
};
