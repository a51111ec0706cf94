import { builder } from '../../platform/graphql/builder.ts';
import { mutation } from '../../platform/graphql/mutation.ts';
import { present } from '../../platform/values/assert.ts';
import { DefectSeverity } from '../../production/process-data/result/measurement.graphql.ts';
import { Defect, DefectType, DetectionMethod, LOCATION } from '../defect/defect.graphql.ts';
import { defectById } from '../defect/defect.loaders.ts';
import { DEFAULT_DETECTION_METHOD, DEFECT_TEXT_LENGTH, DEFECTS_PER_CALL } from '../defect/defect.rules.ts';
import { ARTIFACTS_PER_FINDING } from './artifact.rules.ts';
import { recordDefects } from './defect-recording.commands.ts';

const DefectInput = builder.inputType('DefectInput', {
  description: 'A finding of an inspection.',
  fields: (t) => ({
    type: t.field({ type: DefectType, required: true, description: 'What kind of fault it is.' }),
    severity: t.field({ type: DefectSeverity, required: true, description: 'How bad it is.' }),
    confidence: t.field({
      type: 'Decimal',
      description: 'How sure the finding is: 0 to 1, at most 4 decimals. Absent: not stated (DEF-1).',
    }),
    location: t.field({ type: 'JSONObject', description: `${LOCATION}.` }),
    description: t.string({ description: `What was seen, at most ${DEFECT_TEXT_LENGTH} characters.` }),
    detectionMethod: t.field({
      type: DetectionMethod,
      defaultValue: DEFAULT_DETECTION_METHOD,
      description: 'How it was found.',
    }),
    artifacts: t.idList({
      defaultValue: [],
      description: `The ids of artifacts that show it, at most ${ARTIFACTS_PER_FINDING}: of the same inspection, and each shows no other finding yet (ART-6).`,
    }),
  }),
});

mutation(recordDefects, {
  input: (t) => ({
    inspection: t.id({ required: true, description: 'The id of the inspection; IN_PROGRESS (INS-5).' }),
    defects: t.field({
      type: [DefectInput],
      required: true,
      description: `The findings: ${DEFECTS_PER_CALL.min} to ${DEFECTS_PER_CALL.max}, all or none.`,
    }),
  }),
  payload: (t) => ({
    defects: t.field({
      type: [Defect],
      nullable: true,
      description: 'The new findings, in the order of the input; null when it was refused.',
      resolve: async (p, _args, context) => {
        if (p.defects === undefined) return null;
        const found = await defectById.loadMany(context, p.defects);
        return found.map((defect) => present(defect, 'A new defect'));
      },
    }),
  }),
});
