/** The test program of the function test: two versions, of which the newer one was deployed to the testers of two lines. */
import { createHash } from 'node:crypto';
import { keyOf } from '../../../platform/file-store/key.ts';
import { randomOf } from '../random.ts';
import {
  type DeploymentRow,
  HOUR,
  instantAt,
  madeAt,
  type StationRow,
  type TestProgramRow,
  type TestProgramVersionRow,
} from '../rows.ts';
import type { People } from './people.ts';
import { zipOf } from './zip.ts';

/** The step that has a test program, and whose lots are process sessions. */
export const TESTED_STEP = 'FUNCTION_TEST';

/** A test program with everything that belongs to it. */
export interface SimulatedProgram {
  readonly program: TestProgramRow;
  /** The oldest first. */
  readonly versions: readonly TestProgramVersionRow[];
  readonly deployments: readonly DeploymentRow[];
  /** The packages of the versions. */
  readonly packages: readonly Buffer[];
}

/** When and where the program is used. */
export interface ProgramSite {
  readonly seed: string;
  readonly processId: string;
  /** The testers of the step, one for each line. */
  readonly stations: readonly StationRow[];
  readonly people: People;
  readonly from: number;
  readonly firstLotAt: number;
  readonly until: number;
}

const NAME = 'function-test';
/** Creates the program. */
export function testProgramOf({
  seed,
  processId,
  stations,
  people,
  from,
  firstLotAt,
  until,
}: ProgramSite): SimulatedProgram {
  const random = randomOf(seed, 'test program');
  const engineer = random.pick(people.engineers);
  // Half of the lots are tested by the older version.
  const renewedAt = Math.floor((firstLotAt + until) / 2);
  const id = random.id(from);
  const made = [
    { version: '1.0.0', at: from, changeNotes: 'First release.', settleMilliseconds: 120 },
    { version: '1.0.1', at: renewedAt, changeNotes: 'Waits longer before V_CORE is read.', settleMilliseconds: 180 },
  ].map(({ version, at, changeNotes, settleMilliseconds }) => {
    const content = packageOf(version, settleMilliseconds);
    const sha256 = createHash('sha256').update(content).digest('hex');
    const row: TestProgramVersionRow = {
      id: random.id(at),
      testProgramId: id,
      version,
      checksumSha256: sha256,
      sizeBytes: String(content.length),
      storageKey: keyOf(sha256),
      hardware: { adapter: 'FT-2' },
      parameters: { settleMilliseconds },
      steps: [{ do: 'power up' }, { do: 'read', code: 'V_CORE' }, { do: 'read', code: 'RESPONSE' }],
      changeNotes,
      uploadedById: engineer.id,
      createdAt: instantAt(at),
    };
    return { row, content };
  });
  const versions = made.map(({ row }) => row);
  const current = versions.at(-1);
  const deployments = stations.slice(0, 2).map((station, index): DeploymentRow => {
    const at = renewedAt + HOUR;
    const isFetched = index === 0 && at + HOUR <= until;
    const fetchedAt = instantAt(at + HOUR);
    return {
      id: random.id(at),
      testProgramId: id,
      testProgramVersionId: current?.id ?? '',
      stationId: station.id,
      batchCode: null,
      status: isFetched ? 'DEPLOYED' : 'PENDING',
      errorMessage: null,
      deployedById: engineer.id,
      deployedAt: isFetched ? fetchedAt : null,
      ...madeAt(instantAt(at)),
      ...(isFetched ? { updatedAt: fetchedAt, version: 2 } : {}),
    };
  });
  const program: TestProgramRow = {
    id,
    name: NAME,
    displayName: 'Function test',
    description: 'Powers the unit up, and reads its core voltage and its response.',
    processId,
    currentVersionId: current?.id ?? null,
    isActive: true,
    isDeprecated: false,
    ...madeAt(instantAt(from)),
    updatedAt: instantAt(renewedAt),
    version: made.length,
  };
  return { program, versions, deployments, packages: made.map(({ content }) => content) };
}

function packageOf(version: string, settleMilliseconds: number): Buffer {
  return zipOf({
    'manifest.json': `${JSON.stringify({ name: NAME, mainFile: 'main.py', version })}\n`,
    'main.py': `SETTLE_MILLISECONDS = ${settleMilliseconds}\n\nrun("V_CORE", "RESPONSE", settle=SETTLE_MILLISECONDS)\n`,
  });
}
