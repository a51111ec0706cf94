/** The texts of the station terminal in English. The other languages have the same ones. */
import type { Entry } from '../outbox.ts';

const time = (instant: string): string =>
  new Date(instant).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });

const result = { PASS: 'PASS', FAIL: 'FAIL', REWORK: 'REWORK' };

const recording = (entry: Pick<Entry, 'mutation' | 'input'>): string =>
  'result' in entry.input ? result[entry.input.result] : 'Start';

export const en = {
  language: 'en',
  title: 'Station',
  time,
  recording,
  result,
  next: 'Next',
  save: 'Save',
  back: 'Back',
  choose: 'Choose …',
  setup: 'Set up this station',
  key: 'Key of the station',
  keyHelp: 'An administrator makes the key in lotgraph. It stays in this browser.',
  notAStation: 'This key belongs to no station. Ask an administrator for the key of a station.',
  problem: {
    UNREACHABLE: 'The server cannot be reached. A station is set up with a network.',
    KEY_REFUSED: 'The server refuses this key.',
  },
  step: 'Step of this station',
  equipment: 'Equipment',
  noEquipment: 'None',
  who: 'Who works here?',
  badge: 'Scan your badge, or type your name',
  signOut: (name: string) => `${name}: sign out`,
  changeSettings: 'Set up again',
  connection: {
    ONLINE: 'Connected.',
    OFFLINE: 'No connection. Your work is kept here.',
    KEY_REFUSED: 'The server refuses the key of this station. Set it up again.',
  },
  waiting: (count: number) => (count === 1 ? '1 recording waits.' : `${count} recordings wait.`),
  scan: 'Scan a unit',
  look: 'Look up',
  openCamera: 'Camera',
  closeCamera: 'Close the camera',
  noCamera: (why: string) => `The camera cannot be used: ${why}`,
  scanKind: {
    EQUIPMENT: 'equipment',
    LOT: 'a lot',
    PROCESS: 'a step',
    SERIAL: 'a serial',
    STATION: 'a station',
    WIP_ITEM: 'an item',
    UNKNOWN: 'unknown here',
  },
  notAUnit: (code: string, kind: string) => `${code} is ${kind}. Scan a lot, an item or a serial.`,
  mayGoOn: (step: string) => `May start: ${step}`,
  mayNotGoOn: (step: string) => `May not start: ${step}`,
  nextStep: (step: string) => `Its next step is ${step}.`,
  warning: (code: string) => `Note: ${code.toLowerCase().replaceAll('_', ' ')}.`,
  unchecked: 'The server was not asked. It checks the unit when the network is back.',
  startUnchecked: (step: string) => `Start unchecked: ${step}`,
  isOpen: 'The step was started on this unit.',
  goOn: 'Go on',
  start: 'Start',
  recent: 'Last recordings',
  recentState: { WAITING: 'waits', REFUSED: 'refused', RECORDED: 'recorded' },
  startedAt: (instant: string) => `Started at ${time(instant)}`,
  startRefused: 'The server refused the start. Its reasons are below.',
  limitsUnknown: 'What is read at this step is not known without a network.',
  limits: (lower: string | null, target: string | null, upper: string | null) =>
    [lower === null ? '' : `from ${lower}`, target === null ? '' : `aim ${target}`, upper === null ? '' : `to ${upper}`]
      .filter((part) => part !== '')
      .join(', '),
  judgement: {
    EMPTY: 'optional',
    MISSING: 'needed for a PASS',
    NOT_A_NUMBER: 'not a number',
    IN_SPEC: 'good',
    TOO_LOW: 'too low',
    TOO_HIGH: 'too high',
  },
  notes: 'Remarks',
  defects: 'Defects',
  defectCode: 'Code of the defect',
  severityLabel: 'How bad',
  severity: { LOW: 'low', MEDIUM: 'medium', HIGH: 'high', CRITICAL: 'critical' },
  addDefect: 'Add the defect',
  removeDefect: (code: string) => `Remove ${code}`,
  failNeedsDefect: 'A FAIL needs a defect.',
  passHasNone: 'A PASS has no defects.',
  putAside: 'Put aside, and scan another unit',
  refused: 'Refused by the server',
  behind: (count: number) => (count === 1 ? '1 recording waits behind it.' : `${count} recordings wait behind it.`),
  sendAgain: 'Send again',
  drop: 'Drop',
  confirmDrop: (entry: Entry) => `Drop “${entry.subject}: ${recording(entry)}”? It will not be recorded.`,
};
