import type { StepContent } from './step-content.ts';

/** The step that prepares the material of a lot. */
export const LOT_STEP: StepContent = {
  number: 5,
  code: 'KIT',
  name: 'Kitting of the material',
  localName: '자재 준비',
  rank: 1,
  seconds: 900,
  machine: null,
  workplaces: 1,
  failRatio: 0.04,
  reworkShare: 0.3,
  maxAttempts: null,
  characteristics: [],
  defects: [
    { code: 'PART_MISSING', description: 'A reel of the bill of material is missing', severity: 'MEDIUM', weight: 6 },
    { code: 'WRONG_REVISION', description: 'Bare boards of an old revision', severity: 'HIGH', weight: 2 },
    {
      code: 'MOISTURE',
      description: 'Floor life of a moisture sensitive part exceeded',
      severity: 'MEDIUM',
      weight: 1,
    },
  ],
};

/** The conversion of products too small or too dark for a laser mark. It is not part of the factory route. */
export const LABEL_STEP: StepContent = {
  number: 160,
  code: 'LABEL',
  name: 'Serial number label',
  localName: '일련번호 라벨',
  rank: 1,
  seconds: 20,
  workplaces: 1,
  failRatio: 0.012,
  reworkShare: 0.9,
  maxAttempts: null,
  machine: { type: 'LABEL_PRINTER', name: 'Label printer', manufacturer: 'Lumen', modelNumber: 'LP-4' },
  characteristics: [],
  defects: [
    { code: 'UNREADABLE', description: 'The label cannot be read back', severity: 'MEDIUM', weight: 4 },
    { code: 'CROOKED', description: 'The label is crooked', severity: 'LOW', weight: 3 },
  ],
};

/** The step that converts an item to a serial. */
export const CONVERSION_STEP: StepContent = {
  number: 60,
  code: 'MARK',
  name: 'Laser marking of the serial number',
  localName: '레이저 마킹',
  rank: 1,
  seconds: 25,
  workplaces: 1,
  failRatio: 0.006,
  reworkShare: 0.8,
  maxAttempts: null,
  machine: { type: 'LASER_MARKER', name: 'Laser marker', manufacturer: 'Helios', modelNumber: 'HM-20' },
  characteristics: [
    { code: 'CONTRAST', unit: '%', target: 78, sigma: 2.4, decimals: 1, limits: 'LOWER', required: false },
  ],
  defects: [
    { code: 'UNREADABLE', description: 'The mark cannot be read back', severity: 'MEDIUM', weight: 5 },
    { code: 'MISPLACED', description: 'The mark is outside its field', severity: 'LOW', weight: 2 },
  ],
};
