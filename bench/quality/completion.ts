/** What it costs to complete an inspection with 100 findings, divided by the cost of one with a single finding. */
import { median, type QualityPlant, spread, uuidIn } from './plant.ts';

const CREATE = `mutation ($lot: ID!, $sample: String!) { payload: createInspection(input: { lot: { id: $lot }, type: OPTICAL, sampleCode: $sample }) { inspection { id } errors { code message } } }`;
const START = `mutation ($id: ID!) { payload: startInspection(input: { id: $id }) { errors { code message } } }`;
const COMPLETE = `mutation ($id: ID!) { payload: completeInspection(input: { id: $id }) { inspection { verdict qualityScore grade confidence } errors { code message } } }`;
const FINDINGS = `
  INSERT INTO defects (inspection_id, type, severity, detection_method, confidence)
  SELECT $1::uuid, 'SCRATCH', (enum_range('LOW'::defect_severity, 'HIGH'))[1 + n % 3], 'MANUAL_REVIEW', 0.9 FROM generate_series(1, $2::int) n`;
const COUNTS = [1, 100] as const;
const WARM_UP = 10;

/** Completes so many inspections of each kind, alternately, and prints the times. */
export async function measureCompletion(plant: QualityPlant, rounds: number): Promise<void> {
  const owner = await plant.connect();
  const lot = Buffer.from(`Lot:${plant.lotId}`).toString('base64url');
  const times: Record<number, number[]> = { 1: [], 100: [] };
  for (let round = 0; round < WARM_UP + rounds; round += 1)
    for (const count of COUNTS) {
      const { inspection } = await plant.ask(CREATE, { lot, sample: `SAMPLE-${round}-${count}` });
      await plant.ask(START, { id: inspection.id });
      await owner.query(FINDINGS, [uuidIn(inspection.id), count]);
      const startedAt = performance.now();
      await plant.ask(COMPLETE, { id: inspection.id });
      if (round >= WARM_UP) times[count]?.push(performance.now() - startedAt);
    }
  const [one = [], hundred = []] = COUNTS.map((count) => times[count]);
  console.log(`Completion of an inspection: ${rounds} of each kind, one after the other.`);
  console.table({
    '1 finding': { 'median ms': median(one).toFixed(2) },
    '100 findings': { 'median ms': median(hundred).toFixed(2) },
    ratio: { 'median ms': spread([median(hundred) / median(one)]).split(' ')[0], goal: 'at most 3' },
  });
}
