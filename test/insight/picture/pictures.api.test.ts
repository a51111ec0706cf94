import { encodeGlobalId } from '../../../src/platform/values/global-id.ts';
import { present } from '../../../src/platform/values/assert.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { minute, putReadings, type ReadingPlant, startReadingPlant } from '../../support/readings.ts';
import { elementsOf, parseXml, textOf } from '../../support/xml.ts';
import { numbersOf, textsOf, TORQUE } from '../spc/reference.ts';

let plant: ReadingPlant;
beforeAll(async () => {
  plant = await startReadingPlant();
  const [press] = await plant.api.database.reader().sql<{ readonly id: string }>`
    INSERT INTO equipment (code, name, type) VALUES ('PRESS-1', 'Press 1', 'PRESS') RETURNING id`;
  const fails = numbersOf('0 1 0 1');
  await putReadings(
    plant,
    textsOf(TORQUE).map((value, at) => ({
      at: minute(at),
      readings: [{ code: 'TORQUE', value, lowerLimit: '0.85', upperLimit: '1.15' }],
      equipment: { id: encodeGlobalId('Equipment', present(press, 'The press').id) },
      ...(fails[at % 4] === 1
        ? { result: 'FAIL' as const, defects: [{ code: '<LEAK> & "CO"', severity: 'LOW', quantity: 2 }] }
        : {}),
    })),
  );
});
afterAll(() => plant.api.close());

const PERIOD = 'period: { from: "2026-11-01T00:00:00Z", to: "2026-12-01T00:00:00Z" }';
interface Drawn {
  readonly ask: string;
  readonly shows: readonly string[];
  /** What the picture of another year says. */
  readonly without?: string;
}
const FIGURES: Readonly<Record<string, Drawn>> = {
  spcChart: {
    ask: `spcChart(input: { ${PERIOD}, process: { code: "TORQUE" }, code: "torque", chart: XBAR_R })`,
    shows: ['X̄ and R chart of TORQUE at TORQUE', 'Mean (Nm)', 'UCL 1.0371', 'WE1'],
  },
  processCapability: {
    ask: `processCapability(input: { ${PERIOD}, process: { code: "TORQUE" }, code: "torque", subgroupSize: 5 })`,
    shows: ['Capability of TORQUE at TORQUE', 'TORQUE (Nm)', 'LSL 0.85', 'USL 1.15', 'Target 1', 'Mean 1.009'],
  },
  defectPareto: { ask: `defectPareto(${PERIOD})`, shows: ['Pareto of defects', '40 in all', '<LEAK> & "CO"'] },
  defectTrend: {
    ask: 'defectTrend(days: { from: "2026-11-01", to: "2026-11-03" })',
    shows: ['Failures over time', 'Executions', '11-02', '50 %'],
  },
  yieldReport: { ask: `yieldReport(${PERIOD})`, shows: ['Yield of steps', 'First pass yield', 'TORQUE', '50 %'] },
  cycleTimes: { ask: `cycleTimes(${PERIOD})`, shows: ['Cycle times of steps', 'Median', 'TORQUE'] },
  oee: {
    ask: `oee(equipment: { code: "PRESS-1" }, ${PERIOD})`,
    shows: [
      'Effectiveness of PRESS-1',
      'Availability',
      'OEE',
      'no production, worked 0 s of 30 d planned, 0 of 40 good',
    ],
    without: 'no production',
  },
};

describe.each(Object.entries(FIGURES))('%s', (name, { ask, shows, without = 'No data: ' }) => {
  test('is drawn by no statement of its own, in both themes, and as a specification', async () => {
    const alone = await plant.api.ask(`{ ${ask} { __typename } }`);
    const { data, errors, statements } = await plant.api.ask(
      `{ ${ask} { svg small: svg(width: 200, height: 150, theme: DARK) vegaLite } }`,
    );
    expect(errors).toEqual([]);
    expect(statements).toBe(alone.statements);
    const { svg, small, vegaLite } = data[name];
    expect(elementsOf(parseXml(svg), 'text').map(textOf)).toEqual(expect.arrayContaining([...shows]));
    expect(parseXml(svg).attributes).toMatchObject({ width: '720', height: '360', role: 'img' });
    expect(parseXml(small).attributes).toMatchObject({ width: '200', height: '150' });
    expect([svg.includes('#ffffff'), small.includes('#14191f')]).toEqual([true, true]);
    expect(vegaLite).toMatchObject({ $schema: expect.stringMatching(/vega-lite\/v5\.json$/) });
  });

  test.each(['width: 199', 'width: 2001', 'height: 149', 'height: 1501', 'width: -720, height: 2000'])(
    'is not drawn with %s',
    async (size) => {
      const { data, errors } = await plant.api.ask(`{ ${ask} { svg(${size}) } }`);
      expect(data).toEqual({ [name]: null });
      expect(errors[0]?.extensions).toMatchObject({ code: 'INVALID_INPUT' });
    },
  );

  test('says so where there is nothing to draw', async () => {
    const { data, errors } = await plant.api.ask(`{ ${ask.replaceAll('2026-', '2025-')} { svg } }`);
    expect(errors).toEqual([]);
    expect(textOf(parseXml(data[name].svg))).toContain(without);
  });
});
