/** Die Texte des Stationsterminals auf Deutsch. */
import type { Entry } from '../outbox.ts';
import type { en } from './en.ts';

const time = (instant: string): string =>
  new Date(instant).toLocaleTimeString('de-DE', { hour: '2-digit', minute: '2-digit', second: '2-digit' });

const result = { PASS: 'GUT', FAIL: 'SCHLECHT', REWORK: 'NACHARBEIT' };

const recording = (entry: Pick<Entry, 'mutation' | 'input'>): string =>
  'result' in entry.input ? result[entry.input.result] : 'Start';

export const de: typeof en = {
  language: 'de',
  title: 'Station',
  time,
  recording,
  result,
  next: 'Weiter',
  save: 'Speichern',
  back: 'Zurück',
  choose: 'Auswählen …',
  setup: 'Diese Station einrichten',
  key: 'Schlüssel der Station',
  keyHelp: 'Ein Administrator erzeugt den Schlüssel in lotgraph. Er bleibt in diesem Browser.',
  notAStation: 'Dieser Schlüssel gehört zu keiner Station. Bitte einen Administrator um den Schlüssel einer Station.',
  problem: {
    UNREACHABLE: 'Der Server ist nicht erreichbar. Eingerichtet wird eine Station mit Netz.',
    KEY_REFUSED: 'Der Server lehnt diesen Schlüssel ab.',
  },
  step: 'Schritt dieser Station',
  equipment: 'Anlage',
  noEquipment: 'Keine',
  who: 'Wer arbeitet hier?',
  badge: 'Ausweis scannen oder Namen eingeben',
  signOut: (name) => `${name}: abmelden`,
  changeSettings: 'Neu einrichten',
  connection: {
    ONLINE: 'Verbunden.',
    OFFLINE: 'Keine Verbindung. Ihre Arbeit bleibt hier erhalten.',
    KEY_REFUSED: 'Der Server lehnt den Schlüssel dieser Station ab. Bitte neu einrichten.',
  },
  waiting: (count) => (count === 1 ? '1 Buchung wartet.' : `${count} Buchungen warten.`),
  scan: 'Einheit scannen',
  look: 'Nachsehen',
  openCamera: 'Kamera',
  closeCamera: 'Kamera schließen',
  noCamera: (why) => `Die Kamera ist nicht verfügbar: ${why}`,
  scanKind: {
    EQUIPMENT: 'eine Anlage',
    LOT: 'ein Los',
    PROCESS: 'ein Schritt',
    SERIAL: 'eine Seriennummer',
    STATION: 'eine Station',
    WIP_ITEM: 'ein Teil',
    UNKNOWN: 'hier unbekannt',
  },
  notAUnit: (code, kind) => `${code} ist ${kind}. Bitte ein Los, ein Teil oder eine Seriennummer scannen.`,
  mayGoOn: (step) => `Darf beginnen: ${step}`,
  mayNotGoOn: (step) => `Darf nicht beginnen: ${step}`,
  nextStep: (step) => `Der nächste Schritt ist ${step}.`,
  warning: (code) => `Hinweis: ${code.toLowerCase().replaceAll('_', ' ')}.`,
  unchecked: 'Der Server wurde nicht gefragt. Er prüft die Einheit, sobald das Netz wieder da ist.',
  startUnchecked: (step) => `Ungeprüft beginnen: ${step}`,
  isOpen: 'Der Schritt wurde an dieser Einheit begonnen.',
  goOn: 'Fortsetzen',
  start: 'Beginnen',
  recent: 'Letzte Buchungen',
  recentState: { WAITING: 'wartet', REFUSED: 'abgelehnt', RECORDED: 'gebucht' },
  startedAt: (instant) => `Begonnen um ${time(instant)}`,
  startRefused: 'Der Server hat den Beginn abgelehnt. Die Gründe stehen unten.',
  limitsUnknown: 'Was bei diesem Schritt gemessen wird, ist ohne Netz nicht bekannt.',
  limits: (lower, target, upper) =>
    [lower === null ? '' : `ab ${lower}`, target === null ? '' : `Ziel ${target}`, upper === null ? '' : `bis ${upper}`]
      .filter((part) => part !== '')
      .join(', '),
  judgement: {
    EMPTY: 'freiwillig',
    MISSING: 'für GUT nötig',
    NOT_A_NUMBER: 'keine Zahl',
    IN_SPEC: 'gut',
    TOO_LOW: 'zu niedrig',
    TOO_HIGH: 'zu hoch',
  },
  notes: 'Bemerkungen',
  defects: 'Fehler',
  defectCode: 'Fehlercode',
  severityLabel: 'Schwere',
  severity: { LOW: 'gering', MEDIUM: 'mittel', HIGH: 'hoch', CRITICAL: 'kritisch' },
  addDefect: 'Fehler hinzufügen',
  removeDefect: (code) => `${code} entfernen`,
  failNeedsDefect: 'SCHLECHT braucht einen Fehler.',
  passHasNone: 'GUT hat keine Fehler.',
  putAside: 'Beiseitelegen und eine andere Einheit scannen',
  refused: 'Vom Server abgelehnt',
  behind: (count) => (count === 1 ? '1 Buchung wartet dahinter.' : `${count} Buchungen warten dahinter.`),
  sendAgain: 'Noch einmal senden',
  drop: 'Verwerfen',
  confirmDrop: (entry) => `„${entry.subject}: ${recording(entry)}“ verwerfen? Es wird nicht gebucht.`,
};
