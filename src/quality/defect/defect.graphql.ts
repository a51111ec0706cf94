import { User } from '../../identity/user/user.graphql.ts';
import { userById } from '../../identity/user/user.loaders.ts';
import { asNode, builder, enumeration } from '../../platform/graphql/builder.ts';
import { connectionType } from '../../platform/graphql/connection-type.ts';
import { loadById, mutation } from '../../platform/graphql/mutation.ts';
import type { Row } from '../../platform/postgres/table.ts';
import { derived, loaded, optionalReference, reference } from '../../platform/read/field.ts';
import { ANY } from '../../platform/rules/access.ts';
import { present } from '../../platform/values/assert.ts';
import { DefectSeverity } from '../../production/process-data/result/measurement.graphql.ts';
import { Inspection, InspectionConnection } from '../inspection/inspection.graphql.ts';
import { inspectionById } from '../inspection/inspection.loaders.ts';
import { updateDefect } from './defect.commands.ts';
import {
  defectById,
  type DefectCounts,
  defectCountsByInspection,
  defectList,
  defectsOfInspection,
} from './defect.loaders.ts';
import {
  areaOf,
  DEFECT_TEXT_LENGTH,
  DEFECT_TYPES,
  DETECTION_METHODS,
  isDismissed,
  isInspectionReviewed,
  REVIEW_STATUSES,
} from './defect.rules.ts';

export const DefectType = enumeration('DefectType', DEFECT_TYPES, 'What kind of fault a finding is.', {
  SCRATCH: 'A line in the surface.',
  VOID: 'A hole or bubble where material should be.',
  CONTAMINATION: 'Dirt, residue or a stain.',
  MISALIGNMENT: 'A part out of its position.',
  SHORT: 'A connection that should not be.',
  OPEN: 'A connection that is missing.',
  CRACK: 'A break in the material.',
  BURN: 'Damage by heat.',
  FOREIGN_OBJECT: 'Something that does not belong there.',
  DELAMINATION: 'Layers that come apart.',
  CORROSION: 'Damage by chemical attack.',
});

export const DetectionMethod = enumeration('DetectionMethod', DETECTION_METHODS, 'How a finding was made.', {
  ML_AUTOMATED: 'By a model, through an inference job.',
  MANUAL_REVIEW: 'By a person.',
  HYBRID: 'By a model and a person together.',
  RULE_BASED: 'By a fixed rule, such as a limit.',
});

export const ReviewStatus = enumeration('ReviewStatus', REVIEW_STATUSES, 'What a person says about a finding.', {
  PENDING: 'Nobody has reviewed it.',
  CONFIRMED: 'It is a fault.',
  REJECTED: 'It is not a valid finding of this sample, such as a duplicate.',
  NEEDS_REVIEW: 'Somebody has to look again.',
  FALSE_POSITIVE: 'There is nothing.',
});

export const Defect = builder.prismaObject('Defect', {
  fields: (t) => ({
    inspection: t.field({
      type: Inspection,
      description: 'The inspection that found it.',
      ...reference(inspectionById, 'inspectionId', 'The inspection of a defect'),
    }),
    type: t.expose('type', { type: DefectType }),
    severity: t.expose('severity', { type: DefectSeverity }),
    detectionMethod: t.expose('detectionMethod', { type: DetectionMethod }),
    confidence: t.expose('confidence', { type: 'Decimal', nullable: true }),
    location: t.expose('location', { type: 'JSONObject', nullable: true }),
    area: t.float({
      nullable: true,
      description: 'Width times height of its location; null when it has none.',
      ...derived(['location'], ({ location }: Row<'Defect'>) => areaOf(location)),
    }),
    description: t.exposeString('description', { nullable: true }),
    reviewStatus: t.expose('reviewStatus', { type: ReviewStatus }),
    isDismissed: t.boolean({
      description:
        'Whether a reviewer says that it is not a fault: REJECTED or FALSE_POSITIVE. It does not count then.',
      ...derived(['reviewStatus'], isDismissed),
    }),
    reviewedBy: t.field({
      type: User,
      nullable: true,
      description: 'The person who reviewed it last; null while it is PENDING.',
      ...optionalReference(userById, 'reviewedById'),
    }),
    reviewedAt: t.expose('reviewedAt', { type: 'DateTime', nullable: true }),
    reviewNotes: t.exposeString('reviewNotes', { nullable: true }),
    correctiveAction: t.exposeString('correctiveAction', { nullable: true }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime' }),
    version: t.exposeInt('version'),
  }),
});
asNode(Defect, defectById);

export const DefectConnection = connectionType({
  connection: defectList,
  node: Defect,
  name: 'Defect',
  what: 'findings of inspections',
});
DefectConnection.root('defects', { access: ANY, description: 'The findings of inspections, newest first.' });
DefectConnection.on(Inspection, 'defects', 'inspectionId', { description: 'Its findings, the dismissed ones too.' });
InspectionConnection.filterBy('defects', defectsOfInspection);

builder.objectFields(Inspection, (t) => ({
  defectCount: t.int({
    description: 'Its findings without the dismissed ones.',
    ...countedField([], (counts) => counts.defectCount),
  }),
  isReviewed: t.boolean({
    description:
      'Whether it is COMPLETED and a person has decided about every finding: none is PENDING or NEEDS_REVIEW.',
    ...countedField(['status'], ({ openReviewCount }, { status }) => isInspectionReviewed(status, openReviewCount)),
  }),
}));

/**
 * A field that is computed from the counts of the findings of an inspection and from the named columns. The counts of
 * all inspections are loaded together.
 */
export function countedField<Figure>(
  fields: readonly (keyof Row<'Inspection'>)[],
  figure: (counts: DefectCounts, inspection: Row<'Inspection'>) => Figure,
) {
  return loaded(defectCountsByInspection, 'id', fields, (counts: DefectCounts | null, inspection: Row<'Inspection'>) =>
    figure(present(counts, 'The counts of the findings of an inspection'), inspection),
  );
}

/** What the location of a finding is. */
export const LOCATION =
  'Where it is on the sample: the numbers x and y (0 or more), width and height (more than 0), in the unit of the image; other keys are free (DEF-2)';

mutation(updateDefect, {
  isVersioned: true,
  input: (t) => ({
    id: t.id({ required: true, description: 'The id of the finding to change.' }),
    description: t.string({ description: `What was seen, at most ${DEFECT_TEXT_LENGTH} characters; null clears it.` }),
    correctiveAction: t.string({
      description: `What is done about the fault, at most ${DEFECT_TEXT_LENGTH} characters; null clears it.`,
    }),
    location: t.field({
      type: 'JSONObject',
      description: `${LOCATION}; replaces the former as a whole, null clears it.`,
    }),
  }),
  payload: (t) => ({
    defect: t.field({
      type: Defect,
      nullable: true,
      description: 'The changed finding.',
      resolve: (p, _args, context, info) => loadById(defectById, p.defect, context, info),
    }),
  }),
});
