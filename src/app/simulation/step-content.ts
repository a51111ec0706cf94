/** What is known of a step before there is a plant: how it is run, what is read, and what goes wrong how often. */
import type { DefectSeverity } from '../../production/process-data/result/result.rules.ts';

export interface StepContent {
  readonly number: number;
  readonly code: string;
  readonly name: string;
  readonly localName: string;
  /** A plant of few steps has those of the lowest rank. */
  readonly rank: number;
  readonly seconds: number;
  /** null: the step is done by hand. */
  readonly machine: MachineContent | null;
  /** Hand benches or machines of this step on a line. */
  readonly places: number;
  /** An oven takes as many units at once as there are. */
  readonly isOven?: boolean;
  readonly isInspection?: boolean;
  readonly failRatio: number;
  /** Of what does not pass, how much is put right at once (REWORK) instead of failing. */
  readonly reworkShare: number;
  readonly maxAttempts: number | null;
  readonly allowOutOfSpecPass?: boolean;
  readonly characteristics: readonly CharacteristicContent[];
  readonly defects: readonly DefectContent[];
}

export interface MachineContent {
  readonly type: string;
  readonly name: string;
  readonly manufacturer: string;
  readonly modelNumber: string;
}

/** Readings scatter by sigma around the target; the limits are nearly four of it away, unless given. */
export interface CharacteristicContent {
  readonly code: string;
  readonly unit: string;
  readonly target: number;
  readonly sigma: number;
  readonly decimals: number;
  readonly limits: 'BOTH' | 'LOWER' | 'UPPER';
  readonly required: boolean;
  readonly sigmasToLimit?: number;
}

export interface DefectContent {
  readonly code: string;
  readonly description: string;
  readonly severity: DefectSeverity;
  readonly weight: number;
  readonly locations?: readonly string[];
}

export const CONVERSION_NUMBER = 60;

export const LOT_STEP: StepContent = {
  number: 5,
  code: 'KIT',
  name: 'Kitting of the material',
  localName: '자재 준비',
  rank: 1,
  seconds: 900,
  machine: null,
  places: 1,
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

export const CONVERSION_STEP: StepContent = {
  number: CONVERSION_NUMBER,
  code: 'MARK',
  name: 'Laser marking of the serial number',
  localName: '레이저 마킹',
  rank: 1,
  seconds: 25,
  places: 1,
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

const DESIGNATORS = ['C12', 'C31', 'D4', 'J1', 'L2', 'Q3', 'R7', 'R22', 'U1', 'U3', 'U5'] as const;

/** Steps that make a WIP item. */
export const WIP_STEPS: readonly StepContent[] = [
  {
    number: 10,
    code: 'PASTE',
    name: 'Solder paste printing',
    localName: '솔더 페이스트 인쇄',
    rank: 3,
    seconds: 45,
    places: 1,
    failRatio: 0.014,
    reworkShare: 0.7,
    maxAttempts: 5,
    machine: { type: 'PRINTER', name: 'Stencil printer', manufacturer: 'Nordlicht', modelNumber: 'SP-3' },
    characteristics: [
      { code: 'PASTE_HEIGHT', unit: 'um', target: 125, sigma: 4.1, decimals: 1, limits: 'BOTH', required: true },
    ],
    defects: [
      { code: 'PASTE_SMEAR', description: 'Smeared solder paste', severity: 'LOW', weight: 6, locations: DESIGNATORS },
      {
        code: 'PASTE_MISSING',
        description: 'Pad without solder paste',
        severity: 'MEDIUM',
        weight: 2,
        locations: DESIGNATORS,
      },
    ],
  },
  {
    number: 20,
    code: 'PLACE',
    name: 'Pick and place',
    localName: '부품 실장',
    rank: 1,
    seconds: 90,
    places: 1,
    failRatio: 0.021,
    reworkShare: 0.5,
    maxAttempts: 5,
    machine: { type: 'PICK_AND_PLACE', name: 'Placer', manufacturer: 'Nordlicht', modelNumber: 'PX-8' },
    characteristics: [
      { code: 'OFFSET', unit: 'um', target: 18, sigma: 6.5, decimals: 1, limits: 'UPPER', required: true },
    ],
    defects: [
      {
        code: 'MISALIGNED',
        description: 'Part beside its pads',
        severity: 'MEDIUM',
        weight: 8,
        locations: DESIGNATORS,
      },
      { code: 'PART_ABSENT', description: 'Part not placed', severity: 'HIGH', weight: 4, locations: DESIGNATORS },
      {
        code: 'WRONG_POLARITY',
        description: 'Part turned by 180 degrees',
        severity: 'HIGH',
        weight: 1,
        locations: ['C31', 'D4', 'U3'],
      },
    ],
  },
  {
    number: 25,
    code: 'REFLOW',
    name: 'Reflow soldering',
    localName: '리플로우 납땜',
    rank: 5,
    seconds: 300,
    places: 1,
    isOven: true,
    failRatio: 0.012,
    reworkShare: 0.6,
    maxAttempts: 3,
    machine: { type: 'REFLOW_OVEN', name: 'Reflow oven', manufacturer: 'Vulkan', modelNumber: 'RO-10' },
    characteristics: [
      { code: 'PEAK_TEMP', unit: 'Cel', target: 243, sigma: 1.7, decimals: 1, limits: 'BOTH', required: true },
    ],
    defects: [
      {
        code: 'TOMBSTONE',
        description: 'Part stands on one end',
        severity: 'MEDIUM',
        weight: 5,
        locations: DESIGNATORS,
      },
      { code: 'BRIDGE', description: 'Solder bridge', severity: 'HIGH', weight: 4, locations: DESIGNATORS },
    ],
  },
  {
    number: 30,
    code: 'AOI',
    name: 'Automated optical inspection',
    localName: '자동 광학 검사',
    rank: 2,
    isInspection: true,
    seconds: 60,
    places: 1,
    failRatio: 0.047,
    reworkShare: 0.45,
    maxAttempts: 4,
    machine: { type: 'AOI', name: 'Optical inspection', manufacturer: 'Argus', modelNumber: 'AI-4K' },
    characteristics: [
      { code: 'SOLDER_AREA', unit: '%', target: 92, sigma: 2.6, decimals: 2, limits: 'LOWER', required: true },
    ],
    defects: [
      { code: 'BRIDGE', description: 'Solder bridge', severity: 'HIGH', weight: 34, locations: DESIGNATORS },
      {
        code: 'INSUFFICIENT',
        description: 'Insufficient solder',
        severity: 'MEDIUM',
        weight: 22,
        locations: DESIGNATORS,
      },
      {
        code: 'MISALIGNED',
        description: 'Part beside its pads',
        severity: 'MEDIUM',
        weight: 13,
        locations: DESIGNATORS,
      },
      {
        code: 'TOMBSTONE',
        description: 'Part stands on one end',
        severity: 'MEDIUM',
        weight: 8,
        locations: DESIGNATORS,
      },
      { code: 'CRACKED', description: 'Cracked component', severity: 'CRITICAL', weight: 3, locations: DESIGNATORS },
    ],
  },
  {
    number: 40,
    code: 'WAVE',
    name: 'Selective soldering',
    localName: '선택 납땜',
    rank: 4,
    seconds: 110,
    places: 1,
    failRatio: 0.018,
    reworkShare: 0.6,
    maxAttempts: 4,
    machine: { type: 'SELECTIVE_SOLDERING', name: 'Selective soldering', manufacturer: 'Vulkan', modelNumber: 'SW-2' },
    characteristics: [
      { code: 'POT_TEMP', unit: 'Cel', target: 290, sigma: 1.6, decimals: 1, limits: 'BOTH', required: false },
    ],
    defects: [
      {
        code: 'NO_FILL',
        description: 'Barrel not filled',
        severity: 'MEDIUM',
        weight: 5,
        locations: ['J1', 'J2', 'T1'],
      },
      { code: 'BALLING', description: 'Solder balls', severity: 'LOW', weight: 3, locations: ['J1', 'J2', 'T1'] },
    ],
  },
  {
    number: 45,
    code: 'ICT',
    name: 'In-circuit test',
    localName: '인서킷 테스트',
    rank: 6,
    isInspection: true,
    seconds: 75,
    places: 1,
    failRatio: 0.032,
    reworkShare: 0.3,
    maxAttempts: 4,
    machine: { type: 'ICT', name: 'In-circuit tester', manufacturer: 'Argus', modelNumber: 'IC-64' },
    characteristics: [
      { code: 'R7', unit: 'Ohm', target: 4990, sigma: 11, decimals: 1, limits: 'BOTH', required: true },
    ],
    defects: [
      { code: 'OPEN', description: 'Open net', severity: 'HIGH', weight: 6, locations: ['NET_12', 'NET_40', 'NET_77'] },
      { code: 'SHORT', description: 'Shorted nets', severity: 'HIGH', weight: 4, locations: ['NET_3', 'NET_40'] },
    ],
  },
  {
    number: 50,
    code: 'COAT',
    name: 'Conformal coating',
    localName: '컨포멀 코팅',
    rank: 7,
    seconds: 80,
    places: 1,
    failRatio: 0.011,
    reworkShare: 0.9,
    maxAttempts: 3,
    allowOutOfSpecPass: true,
    machine: { type: 'COATER', name: 'Coater', manufacturer: 'Lumen', modelNumber: 'CF-1' },
    characteristics: [
      {
        code: 'THICKNESS',
        unit: 'um',
        target: 60,
        sigma: 6.1,
        decimals: 1,
        limits: 'BOTH',
        required: true,
        sigmasToLimit: 2.6,
      },
    ],
    defects: [{ code: 'BUBBLES', description: 'Bubbles in the coating', severity: 'LOW', weight: 1 }],
  },
  {
    number: 55,
    code: 'XRAY',
    name: 'X-ray inspection',
    localName: '엑스레이 검사',
    rank: 8,
    isInspection: true,
    seconds: 90,
    places: 1,
    failRatio: 0.015,
    reworkShare: 0.4,
    maxAttempts: 4,
    machine: { type: 'XRAY', name: 'X-ray', manufacturer: 'Argus', modelNumber: 'XR-160' },
    characteristics: [
      { code: 'VOID_RATIO', unit: '%', target: 7, sigma: 2.8, decimals: 2, limits: 'UPPER', required: true },
    ],
    defects: [
      {
        code: 'VOID',
        description: 'Voids under the thermal pad',
        severity: 'MEDIUM',
        weight: 1,
        locations: ['U1', 'U5'],
      },
    ],
  },
];
