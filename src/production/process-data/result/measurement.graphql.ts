import { builder, enumeration } from '../../../platform/graphql/builder.ts';
import { derived } from '../../../platform/read/field.ts';
import { type Reading, verdictOfReading, VERDICTS } from './measurement.rules.ts';
import {
  DEFAULT_DEFECT_SEVERITY,
  type ProcessDefect as Defect,
  DEFECT_QUANTITY,
  DEFECT_SEVERITIES,
} from './result.rules.ts';

export const Verdict = enumeration(
  'Verdict',
  VERDICTS,
  'What the server says about a reading, or about all readings of an execution.',
  {
    IN_SPEC: 'Within the limits, which belong to it.',
    OUT_OF_SPEC: 'Beyond a limit.',
    NOT_JUDGED: 'Without a limit, or without a value.',
  },
);

export const DefectSeverity = enumeration('DefectSeverity', DEFECT_SEVERITIES, 'How bad a defect is.', {
  LOW: 'A blemish.',
  MEDIUM: 'A fault.',
  HIGH: 'A fault that stops the unit.',
  CRITICAL: 'A danger.',
});

export const Measurement = builder.objectRef<Reading>('Measurement').implement({
  description: 'What was read once, with the limits it was judged by.',
  fields: (t) => ({
    code: t.exposeString('code', {
      description: 'What was read; the code of a characteristic of the step, or any other.',
    }),
    value: t.expose('value', { type: 'Decimal', nullable: true, description: 'The number read; null for a text.' }),
    text: t.exposeString('text', { nullable: true, description: 'The text read; null for a number.' }),
    unit: t.exposeString('unit', { nullable: true, description: 'The unit of measure.' }),
    lowerLimit: t.expose('lowerLimit', {
      type: 'Decimal',
      nullable: true,
      description: 'The lowest good value; null for none.',
    }),
    upperLimit: t.expose('upperLimit', {
      type: 'Decimal',
      nullable: true,
      description: 'The highest good value; null for none.',
    }),
    target: t.expose('target', { type: 'Decimal', nullable: true, description: 'The value aimed at; null for none.' }),
    verdict: t.field({
      type: Verdict,
      description: 'What the limits say about the value (PD-10).',
      ...derived([], verdictOfReading),
    }),
  }),
});

export const ProcessDefect = builder.objectRef<Defect>('ProcessDefect').implement({
  description: 'What an execution says about one kind of defect it found.',
  fields: (t) => ({
    code: t.exposeString('code', { description: 'The kind of defect.' }),
    description: t.exposeString('description', { nullable: true, description: 'What was seen.' }),
    severity: t.expose('severity', { type: DefectSeverity, description: 'How bad it is.' }),
    location: t.exposeString('location', { nullable: true, description: 'Where on the unit.' }),
    quantity: t.exposeInt('quantity', { description: 'How often it was found.' }),
  }),
});

export const MeasurementInput = builder.inputType('MeasurementInput', {
  description:
    'What was read once: a value or a text (PD-11). Where the step has limits for the code, they replace the ones given here (PD-10).',
  fields: (t) => ({
    code: t.string({
      required: true,
      description: 'What was read: 1 to 50 of A-Z 0-9 _ . -, in any case. A code may come more than once.',
    }),
    value: t.field({ type: 'Decimal', description: 'The number read.' }),
    text: t.string({ description: 'The text read, at most 500 characters.' }),
    unit: t.string({ description: 'The unit of measure; must be that of the step, where it has one.' }),
    lowerLimit: t.field({ type: 'Decimal', description: 'The lowest good value.' }),
    upperLimit: t.field({ type: 'Decimal', description: 'The highest good value.' }),
    target: t.field({ type: 'Decimal', description: 'The value aimed at.' }),
  }),
});

export const ProcessDefectInput = builder.inputType('ProcessDefectInput', {
  description: 'One kind of defect that was found (PD-12).',
  fields: (t) => ({
    code: t.string({ required: true, description: 'The kind of defect: 1 to 50 of A-Z 0-9 _ . -, in any case.' }),
    description: t.string({ description: 'What was seen, at most 500 characters.' }),
    severity: t.field({ type: DefectSeverity, defaultValue: DEFAULT_DEFECT_SEVERITY, description: 'How bad it is.' }),
    location: t.string({ description: 'Where on the unit, at most 200 characters.' }),
    quantity: t.int({
      defaultValue: DEFECT_QUANTITY.default,
      description: `How often it was found: ${DEFECT_QUANTITY.min} to ${DEFECT_QUANTITY.max}.`,
    }),
  }),
});
