/** Findings are recorded here, to the right of both, because they may name the artifacts that show them. */
import { command } from '../../platform/command/declaration.ts';
import { enforce } from '../../platform/command/rejection.ts';
import { QUALITY_AND_STATION } from '../../platform/rules/access.ts';
import { insertDefects } from '../defect/defect.commands.ts';
import { takesDefects } from '../defect/defect.rules.ts';
import { lockInspection } from '../inspection/inspection.commands.ts';
import { lockArtifactsOf, noteShows } from './artifact.commands.ts';
import { mayShowFindings } from './artifact.rules.ts';
import { RecordDefects } from './defect-recording.shapes.ts';

/** INS-5, ART-6: Adds findings to an inspection that is IN_PROGRESS, with the artifacts that show them: all, or none. */
export const recordDefects = command({
  name: 'recordDefects',
  action: 'defect.recorded',
  description:
    'Adds 1 to 100 findings to an inspection that is IN_PROGRESS, with the artifacts that show them: all of them or none (INS-5, DEF-1, DEF-2, ART-6).',
  access: QUALITY_AND_STATION,
  input: RecordDefects,
  async run({ tx }, { inspection: id, defects }) {
    // Several may add findings at once; completion has to wait for them.
    const inspection = await lockInspection(tx, id, 'SHARE', 'inspection');
    const named = defects.map(({ artifacts }) => artifacts);
    const artifacts = await lockArtifactsOf(tx, id, named.flat(), 'NO KEY UPDATE');
    enforce(takesDefects(inspection), mayShowFindings(named, artifacts));
    const ids = await insertDefects(tx, id, defects);
    await noteShows(
      tx,
      ids.flatMap((defect, index) => (named[index] ?? []).map((artifact) => ({ artifact, defect }))),
    );
    return { defects: ids };
  },
});
