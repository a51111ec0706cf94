import type { StepContent } from './step-content.ts';

/** Steps that a serial runs through after it has its number. */
export const SERIAL_STEPS: readonly StepContent[] = [
  {
    number: 65, code: 'PROGRAM', name: 'Firmware programming', localName: '펌웨어 기록', rank: 3,
    seconds: 70, places: 1, failRatio: 0.008, reworkShare: 0.7, maxAttempts: null,
    machine: { type: 'PROGRAMMER', name: 'Gang programmer', manufacturer: 'Lumen', modelNumber: 'GP-8' },
    characteristics: [],
    defects: [
      { code: 'VERIFY_ERROR', description: 'Memory does not read back', severity: 'MEDIUM', weight: 4, locations: ['U1'] },
      { code: 'NO_CONTACT', description: 'Programming adapter without contact', severity: 'LOW', weight: 3 },
    ],
  },
  {
    number: 70, code: 'CALIBRATE', name: 'Calibration', localName: '보정', rank: 2,
    seconds: 95, places: 1, failRatio: 0.019, reworkShare: 0.4, maxAttempts: null,
    machine: { type: 'CALIBRATOR', name: 'Calibrator', manufacturer: 'Helios', modelNumber: 'CB-5' },
    characteristics: [{ code: 'GAIN_ERROR', unit: '%', target: 0, sigma: 0.11, decimals: 3, limits: 'BOTH', required: true }],
    defects: [
      { code: 'NO_CONVERGENCE', description: 'The calibration does not converge', severity: 'MEDIUM', weight: 5 },
      { code: 'NOISE', description: 'The signal is too noisy', severity: 'MEDIUM', weight: 2, locations: ['CH1', 'CH2'] },
    ],
  },
  {
    number: 75, code: 'BURN_IN', name: 'Burn-in', localName: '번인', rank: 4,
    seconds: 7_200, places: 2, isOven: true, failRatio: 0.009, reworkShare: 0, maxAttempts: null,
    machine: { type: 'CHAMBER', name: 'Climate chamber', manufacturer: 'Vulkan', modelNumber: 'CC-500' },
    characteristics: [{ code: 'SUPPLY_CURRENT', unit: 'mA', target: 182, sigma: 3.2, decimals: 1, limits: 'UPPER', required: true }],
    defects: [{ code: 'EARLY_FAILURE', description: 'Stopped answering during burn-in', severity: 'HIGH', weight: 1 }],
  },
  {
    number: 80, code: 'FUNCTION_TEST', name: 'Function test', localName: '기능 시험', rank: 1, isInspection: true,
    seconds: 120, places: 2, failRatio: 0.034, reworkShare: 0.15, maxAttempts: null,
    machine: { type: 'FUNCTION_TESTER', name: 'Function tester', manufacturer: 'Argus', modelNumber: 'FT-12' },
    characteristics: [
      { code: 'V_CORE', unit: 'V', target: 1.8, sigma: 0.012, decimals: 4, limits: 'BOTH', required: true },
      { code: 'RESPONSE', unit: 'ms', target: 12, sigma: 1.4, decimals: 2, limits: 'UPPER', required: true },
    ],
    defects: [
      { code: 'NO_RESPONSE', description: 'The unit does not answer', severity: 'HIGH', weight: 18 },
      { code: 'LEAKAGE', description: 'Leakage current too high', severity: 'MEDIUM', weight: 11, locations: ['CH1', 'CH2'] },
      { code: 'WRONG_FIRMWARE', description: 'Unexpected firmware version', severity: 'MEDIUM', weight: 5 },
      { code: 'INTERMITTENT', description: 'Fails now and then', severity: 'HIGH', weight: 3 },
    ],
  },
  {
    number: 83, code: 'LEAK_TEST', name: 'Leak test', localName: '누설 시험', rank: 5, isInspection: true,
    seconds: 60, places: 1, failRatio: 0.013, reworkShare: 0.5, maxAttempts: null,
    machine: { type: 'LEAK_TESTER', name: 'Leak tester', manufacturer: 'Helios', modelNumber: 'LT-2' },
    characteristics: [{ code: 'PRESSURE_DROP', unit: 'Pa', target: 21, sigma: 4.4, decimals: 1, limits: 'UPPER', required: true }],
    defects: [{ code: 'SEAL', description: 'The seal leaks', severity: 'MEDIUM', weight: 1 }],
  },
  {
    number: 86, code: 'HIPOT', name: 'High voltage test', localName: '내전압 시험', rank: 6, isInspection: true,
    seconds: 40, places: 1, failRatio: 0.005, reworkShare: 0, maxAttempts: null,
    machine: { type: 'HIPOT', name: 'High voltage tester', manufacturer: 'Lumen', modelNumber: 'HV-5' },
    characteristics: [{ code: 'LEAK_CURRENT', unit: 'mA', target: 1.2, sigma: 0.21, decimals: 3, limits: 'UPPER', required: true }],
    defects: [{ code: 'BREAKDOWN', description: 'Insulation breaks down', severity: 'CRITICAL', weight: 1 }],
  },
  {
    number: 90, code: 'VISUAL', name: 'Final visual inspection', localName: '최종 육안 검사', rank: 7, isInspection: true,
    seconds: 50, places: 2, machine: null, failRatio: 0.022, reworkShare: 0.8, maxAttempts: null, characteristics: [],
    defects: [
      { code: 'SCRATCH', description: 'Scratched housing', severity: 'LOW', weight: 6, locations: ['TOP', 'SIDE', 'BOTTOM'] },
      { code: 'LABEL', description: 'Label missing or crooked', severity: 'LOW', weight: 3 },
    ],
  },
  {
    number: 95, code: 'PACK', name: 'Packing', localName: '포장', rank: 8,
    seconds: 35, places: 2, machine: null, failRatio: 0.004, reworkShare: 1, maxAttempts: null, characteristics: [],
    defects: [{ code: 'BOX_DAMAGED', description: 'Damaged box', severity: 'LOW', weight: 1 }],
  },
];
