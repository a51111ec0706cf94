import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { IS_DISMISSED, IS_REVIEW_OPEN } from '../../../src/quality/defect/defect.loaders.ts';
import {
  isDismissed,
  isReviewOpen,
  REVIEW_STATUSES,
  type ReviewStatus,
} from '../../../src/quality/defect/defect.rules.ts';
import type { Api } from '../../support/api.ts';
import { askBothWays } from '../../support/both-ways.ts';
import { makeDefect, makeInspection, type Named } from '../../support/build.ts';
import { call, done, expectRefused } from '../../support/expect.ts';
import { makeStation, sendAs } from '../../support/station.ts';
import { type QualityWorld, startQuality } from '../world.ts';

let world: QualityWorld;
let api: Api;
beforeAll(async () => {
  world = await startQuality();
  ({ api } = world);
});
afterAll(() => api.close());

let lot: Named;
beforeEach(async () => {
  lot = await world.newLot();
});

const FIELDS =
  'id type severity detectionMethod confidence location area description reviewStatus isDismissed reviewedBy { username } reviewedAt reviewNotes correctiveAction version inspection { id }';
const CRACK = { type: 'CRACK', severity: 'HIGH' };
const PLACE = { x: 0, y: 0, width: 2.5, height: 4 };

describe('recordDefects', () => {
  test('adds findings in their order (INS-5)', async () => {
    const inspection = await makeInspection(api, lot);
    const defects = [
      {
        ...CRACK,
        confidence: '0.75',
        location: { ...PLACE, page: 2 },
        description: ' At the\nedge ',
        detectionMethod: 'HYBRID',
      },
      { type: 'SCRATCH', severity: 'LOW' },
    ];
    const payload = await done(api, 'recordDefects', { inspection: inspection.id, defects }, `defects { ${FIELDS} }`);
    const unreviewed = {
      reviewStatus: 'PENDING',
      isDismissed: false,
      reviewedBy: null,
      reviewedAt: null,
      reviewNotes: null,
      correctiveAction: null,
      version: 1,
      inspection,
    };
    expect(payload['defects']).toEqual([
      {
        id: expect.any(String),
        ...CRACK,
        detectionMethod: 'HYBRID',
        confidence: '0.7500',
        location: { ...PLACE, page: 2 },
        area: 10,
        description: 'At the\nedge',
        ...unreviewed,
      },
      {
        id: expect.any(String),
        type: 'SCRATCH',
        severity: 'LOW',
        detectionMethod: 'MANUAL_REVIEW',
        confidence: null,
        location: null,
        area: null,
        description: null,
        ...unreviewed,
      },
    ]);
    const { data } = await api.ask(
      `{ node(id: "${inspection.id}") { ... on Inspection { defectCount defects(orderBy: [{ field: SEVERITY }]) { totalCount nodes { severity } } } } }`,
    );
    expect(data.node).toEqual({
      defectCount: 2,
      defects: { totalCount: 2, nodes: [{ severity: 'LOW' }, { severity: 'HIGH' }] },
    });
  });

  test('takes 1 to 100 findings, all or none (INS-5)', async () => {
    const { id: inspection } = await makeInspection(api, lot);
    const many = Array.from({ length: 101 }, () => CRACK);
    await expectRefused(api, 'recordDefects', { inspection, defects: [] }, [['INVALID_INPUT', 'defects', 'INS-5']]);
    await expectRefused(api, 'recordDefects', { inspection, defects: many }, [['LIMIT_EXCEEDED', 'defects', 'INS-5']]);
    await expectRefused(api, 'recordDefects', { inspection, defects: [CRACK, { ...CRACK, confidence: '2' }] }, [
      ['INVALID_INPUT', 'defects.1.confidence', 'DEF-1'],
    ]);
    const payload = await done(api, 'recordDefects', { inspection, defects: many.slice(1) }, 'defects { id }');
    expect(payload['defects']).toHaveLength(100);
  });

  test('is refused unless the inspection is IN_PROGRESS (INS-5)', async () => {
    const { id: inspection } = await makeInspection(api, lot, {}, false);
    const input = { inspection, defects: [CRACK] };
    await expectRefused(api, 'recordDefects', input, [
      [
        'RULE_VIOLATED',
        'inspection',
        'INS-5',
        `Inspection VISUAL of ${lot.number} is PENDING and takes no findings; start it first.`,
      ],
    ]);
    await done(api, 'startInspection', { id: inspection }, 'inspection { id }');
    await done(api, 'recordDefects', input, 'defects { id }');
    await done(api, 'completeInspection', { id: inspection }, 'inspection { id }');
    await expectRefused(api, 'recordDefects', input, [['RULE_VIOLATED', 'inspection', 'INS-5']]);
    const unknown = Buffer.from('Inspection:00000000-0000-7000-8000-000000000000').toString('base64url');
    await expectRefused(api, 'recordDefects', { ...input, inspection: unknown }, [['NOT_FOUND', 'inspection', null]]);
  });

  test('a confidence is 0 to 1 with at most four decimals (DEF-1)', async () => {
    const inspection = await makeInspection(api, lot);
    for (const confidence of ['1.0001', '-0.0001', '0.00001'])
      await expectRefused(api, 'recordDefects', { inspection: inspection.id, defects: [{ ...CRACK, confidence }] }, [
        ['INVALID_INPUT', 'defects.0.confidence', 'DEF-1'],
      ]);
    for (const confidence of ['0', '1', '0.0001', 0.9999, null]) await makeDefect(api, inspection, { confidence });
  });

  test('a location is complete (DEF-2)', async () => {
    const inspection = await makeInspection(api, lot);
    for (const [change, ...paths] of [
      [{ width: 0, height: 0 }, 'width', 'height'],
      [{ x: -1, y: '0' }, 'x', 'y'],
      [{ x: undefined }, 'x'],
      [{ width: null }, 'width'],
    ] as const)
      await expectRefused(
        api,
        'recordDefects',
        { inspection: inspection.id, defects: [{ ...CRACK, location: { ...PLACE, ...change } }] },
        paths.map((path) => ['INVALID_INPUT', `defects.0.location.${path}`, 'DEF-2'] as const),
      );
    for (const location of [PLACE, { ...PLACE, note: 'edge' }, null]) await makeDefect(api, inspection, { location });
  });

  describe('with the artifacts that show the findings (ART-6)', () => {
    const picture = async (inspection: Named | { readonly id: string }, fileName: string) => {
      const { artifact } = await done(
        api,
        'registerArtifact',
        {
          inspection: inspection.id,
          fileName,
          type: 'IMAGE',
          contentType: 'image/png',
          address: `file://camera/${fileName}`,
          sizeBytes: '1',
          checksumSha256: '0'.repeat(64),
        },
        'artifact { id version }',
      );
      return artifact.id as string;
    };
    const SHOWN = 'defects { id artifacts { nodes { id } } }';

    test('links each artifact to its finding, in one call', async () => {
      const inspection = await makeInspection(api, lot);
      const [front, back, close] = [
        await picture(inspection, 'front.png'),
        await picture(inspection, 'back.png'),
        await picture(inspection, 'close.png'),
      ];
      const defects = [{ ...CRACK, artifacts: [close, front] }, CRACK, { ...CRACK, artifacts: [back] }];
      const payload = await done(api, 'recordDefects', { inspection: inspection.id, defects }, SHOWN);
      expect(
        payload['defects'].map(({ artifacts }: { artifacts: { nodes: readonly { id: string }[] } }) =>
          artifacts.nodes.map(({ id }) => id).toSorted(),
        ),
      ).toEqual([[close, front].toSorted(), [], [back]]);
      const { data } = await api.ask(
        `{ node(id: "${front}") { ... on Artifact { version history(first: 1) { nodes { action } } } } }`,
      );
      expect(data.node).toEqual({ version: 2, history: { nodes: [{ action: 'defect.recorded' }] } });
    });

    test('refuses one of another inspection, one that shows another finding, one that is named twice', async () => {
      const inspection = await makeInspection(api, lot);
      const foreign = await picture(await makeInspection(api, lot, { sampleCode: 'OTHER' }), 'foreign.png');
      const [taken, free] = [await picture(inspection, 'taken.png'), await picture(inspection, 'free.png')];
      await makeDefect(api, inspection, { artifacts: [taken] });
      const record = (...named: readonly (readonly string[])[]) => ({
        inspection: inspection.id,
        defects: named.map((artifacts) => ({ ...CRACK, artifacts })),
      });
      const refused = (path: string) => ['RULE_VIOLATED', path, 'ART-6'] as const;
      await expectRefused(api, 'recordDefects', record([free], [foreign, taken, free]), [
        refused('defects.1.artifacts.0'),
        refused('defects.1.artifacts.1'),
        refused('defects.1.artifacts.2'),
      ]);
      const many = Array.from({ length: 21 }, () => free);
      await expectRefused(api, 'recordDefects', record(many), [['LIMIT_EXCEEDED', 'defects.0.artifacts', 'ART-6']]);
    });

    test('in a race for one artifact, one finding gets it', async () => {
      const inspection = await makeInspection(api, lot);
      const shared = await picture(inspection, 'shared.png');
      const input = { inspection: inspection.id, defects: [{ ...CRACK, artifacts: [shared] }] };
      const answers = await Promise.all(
        Array.from({ length: 6 }, () => call(api, 'recordDefects', input, 'defects { id }')),
      );
      expect(answers.filter(({ errors }) => errors.length === 0)).toHaveLength(1);
      expect(answers.flatMap(({ errors }) => errors.map(({ rule }) => rule))).toEqual(
        Array.from({ length: 5 }, () => 'ART-6'),
      );
      const { data } = await api.ask(`{ node(id: "${inspection.id}") { ... on Inspection { defectCount } } }`);
      expect(data.node).toEqual({ defectCount: 1 });
    });
  });

  test('against completion: either it is in the judgement, or it is refused (INS-5)', async () => {
    for (let round = 0; round < 5; round += 1) {
      const { id } = await makeInspection(api, lot, { sampleCode: `TRAY-${round}` });
      const [recorded] = await Promise.all([
        call(api, 'recordDefects', { inspection: id, defects: [CRACK] }, 'defects { id }'),
        done(api, 'completeInspection', { id }, 'inspection { id }'),
      ]);
      const { data } = await api.ask(`{ node(id: "${id}") { ... on Inspection { qualityScore defectCount } } }`);
      expect(data.node).toEqual(
        recorded.errors.length === 0
          ? { qualityScore: '0.7995', defectCount: 1 }
          : { qualityScore: '1.0000', defectCount: 0 },
      );
    }
  });

  test('the same request twice adds the findings once (IDK-1)', async () => {
    const inspection = await makeInspection(api, lot);
    const input = { inspection: inspection.id, defects: [CRACK], idempotencyKey: 'camera-1-image-7' };
    const first = await done(api, 'recordDefects', input, 'defects { id }');
    expect((await done(api, 'recordDefects', input, 'defects { id }'))['defects']).toEqual(first['defects']);
    const { data } = await api.ask(`{ node(id: "${inspection.id}") { ... on Inspection { defectCount } } }`);
    expect(data.node).toEqual({ defectCount: 1 });
  });
});

describe('updateDefect', () => {
  test('changes what is written, at any time; null clears (DEF-2)', async () => {
    const inspection = await makeInspection(api, lot);
    const { id } = await makeDefect(api, inspection, { description: 'Edge', location: PLACE });
    await done(api, 'completeInspection', { id: inspection.id }, 'inspection { id }');
    const update = { id, correctiveAction: 'New blade', location: { ...PLACE, x: 1 }, expectedVersion: 1 };
    const changed = await done(api, 'updateDefect', update, `defect { ${FIELDS} }`, 'INSPECTOR');
    expect(changed['defect']).toMatchObject({
      description: 'Edge',
      correctiveAction: 'New blade',
      location: { ...PLACE, x: 1 },
      reviewStatus: 'PENDING',
      version: 2,
    });
    const cleared = await done(
      api,
      'updateDefect',
      { id, description: null, correctiveAction: null, location: null },
      `defect { ${FIELDS} }`,
    );
    expect(cleared['defect']).toMatchObject({ description: null, correctiveAction: null, location: null, area: null });
    const same = await done(api, 'updateDefect', { id }, `defect { ${FIELDS} }`);
    expect(same['defect']).toMatchObject({ version: 3 });
    await expectRefused(api, 'updateDefect', { id, location: { ...PLACE, width: 0 } }, [
      ['INVALID_INPUT', 'location.width', 'DEF-2'],
    ]);
    await expectRefused(api, 'updateDefect', { id, description: 'a'.repeat(2_001) }, [
      ['INVALID_INPUT', 'description', null],
    ]);
    await expectRefused(api, 'updateDefect', { id, expectedVersion: 1 }, [
      ['STALE_VERSION', 'expectedVersion', 'GEN-2'],
    ]);
  });
});

describe('defects', () => {
  test('are found by inspection, lot, kind, severity, review, confidence and words', async () => {
    const inspection = await makeInspection(api, lot);
    const crack = await makeDefect(api, inspection, {
      ...CRACK,
      confidence: '0.9',
      description: 'Hairline at the rim',
    });
    const scratch = await makeDefect(api, inspection, { confidence: '0.5', description: 'Blade mark' });
    await done(api, 'reviewDefect', { id: scratch.id, reviewStatus: 'REJECTED' }, 'defect { id }');
    const idsOf = async (filter: string): Promise<readonly string[]> => {
      const { data, errors } = await api.ask(
        `{ defects(filter: { inspection: { eq: "${inspection.id}" }, ${filter} }) { nodes { id } } }`,
      );
      expect(errors).toEqual([]);
      return data.defects.nodes.map(({ id }: { readonly id: string }) => id);
    };
    expect(await idsOf('')).toEqual([scratch.id, crack.id]);
    for (const filter of [
      'severity: { eq: HIGH }',
      'type: { in: [CRACK, VOID] }',
      'reviewStatus: { notIn: [REJECTED] }',
      'confidence: { gt: "0.5" }',
      'text: "hairline rim"',
      `lot: { number: { eq: "${lot.number}" } }, severity: { eq: HIGH }`,
      'and: [{ inspection: { status: { eq: IN_PROGRESS } } }], detectionMethod: { eq: MANUAL_REVIEW }, not: { type: { eq: SCRATCH } }',
    ])
      expect([filter, await idsOf(filter)]).toEqual([filter, [crack.id]]);
    expect(await idsOf(`lot: { eq: "${(await world.newLot()).id}" }`)).toEqual([]);
    const { data } = await api.ask(
      `{ inspections(filter: { lot: { eq: "${lot.id}" }, defects: { some: { severity: { eq: HIGH } } } }) { totalCount } lots(filter: { number: { eq: "${lot.number}" }, inspections: { some: { status: { eq: IN_PROGRESS } } } }) { totalCount } }`,
    );
    expect(data).toEqual({ inspections: { totalCount: 1 }, lots: { totalCount: 1 } });
  });

  test('a station records what it finds, and changes nothing of it later', async () => {
    const station = await makeStation(api, 'CAM1');
    const { id } = (
      await sendAs(
        api,
        station.apiKey,
        'createInspection',
        { lot: { id: lot.id }, type: 'OPTICAL' },
        'inspection { id station { code } createdBy { id } }',
      )
    ).inspection;
    await sendAs(api, station.apiKey, 'startInspection', { id });
    const { defects, errors } = await sendAs(
      api,
      station.apiKey,
      'recordDefects',
      { inspection: id, defects: [{ ...CRACK, detectionMethod: 'RULE_BASED' }] },
      'defects { id detectionMethod inspection { station { code } inspector { id } } }',
    );
    expect([defects[0].detectionMethod, errors]).toEqual(['RULE_BASED', []]);
    expect(defects[0].inspection).toEqual({ station: { code: 'CAM1' }, inspector: null });
    const refused = await sendAs(api, station.apiKey, 'updateDefect', { id: defects[0].id, description: 'No' });
    expect(refused.errors).toMatchObject([{ code: 'FORBIDDEN', path: [] }]);
  });
});

test('the conditions on review states in SQL are the rules (DEF-3)', async () => {
  const states = await api.database.reader().sql<{ reviewStatus: ReviewStatus; isOpen: boolean; isDismissed: boolean }>`
    SELECT review_status AS "reviewStatus", ${IS_REVIEW_OPEN} AS "isOpen", ${IS_DISMISSED} AS "isDismissed"
    FROM unnest(enum_range(NULL::review_status)) AS review_status`;
  expect(states).toEqual(
    REVIEW_STATUSES.map((reviewStatus) => ({
      reviewStatus,
      isOpen: isReviewOpen({ reviewStatus }),
      isDismissed: isDismissed({ reviewStatus }),
    })),
  );
});

test.each([1, 10, 100])(
  'a list of %i defects with inspection, lot and reviewer takes as many statements as one of one',
  async (count) => {
    const inspection = await makeInspection(api, lot, { sampleCode: `COUNT-${count}` });
    const defects = Array.from({ length: count }, () => CRACK);
    await done(api, 'recordDefects', { inspection: inspection.id, defects }, '');
    const { data, errors, statements } = await askBothWays(
      api,
      `query ($id: ID!) { defects(first: 100, filter: { inspection: { eq: $id } }) { totalCount nodes {
         type inspection { sampleCode lot { number } } reviewedBy { username } } } }`,
      { id: inspection.id },
    );
    expect([errors, data.defects.nodes.length, statements]).toEqual([[], count, { plans: 4, loaders: 4 }]);
  },
);
