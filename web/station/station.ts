/**
 * What a station knows and does, apart from how it looks.
 *
 * 1. Every start and every result goes through the outbox, with or without a network, so that there is one way only.
 * 2. What is needed to work without a network is remembered when it was last seen: who works here, the units in work, and
 *    what is read at the step.
 */
import type {
  ProcessDefectInput,
  ProcessResult,
  StationRouteQuery,
  StationScanQuery,
  StationSetupQuery,
  UserRef,
} from '../generated/graphql.ts';
import {
  StationCompleteDocument,
  StationRouteDocument,
  StationScanDocument,
  StationSetupDocument,
  StationStartDocument,
} from '../generated/graphql.ts';
import type { Entry, Outbox } from './outbox.ts';
import { measurementsOf, type Step } from './reading.ts';
import { type Connection, startSender } from './sender.ts';
import { type Answer, ask } from '../server.ts';
import { texts } from './texts.ts';

/** What the key of a station opens: the station, and what can be chosen for it. */
export interface Offer {
  readonly station: Settings['station'];
  readonly processes: NonNullable<StationSetupQuery['processes']>['nodes'];
  readonly equipment: NonNullable<StationSetupQuery['equipment']>['nodes'];
  readonly operators: NonNullable<StationSetupQuery['operators']>['nodes'];
}

/** What was set once. */
export interface Settings {
  readonly key: string;
  readonly station: { readonly code: string; readonly name: string };
  readonly process: { readonly code: string; readonly name: string };
  /** The code of the equipment; undefined for none. */
  readonly equipment: string | undefined;
  readonly operators: Offer['operators'];
}

/** Who works here. */
export interface Operator {
  readonly name: string;
  readonly reference: UserRef;
}

/** A unit as the station knows it. Without an answer of the server, it is what was scanned. */
export interface ScannedUnit {
  readonly number: string;
  readonly shown: string;
  readonly model: string;
  readonly lotId: string | undefined;
  /** When the step was started on it, if it is open. */
  readonly openSince: string | undefined;
}

/** What a scan found. UNCHECKED: the server was not reached. */
export type Scanned =
  | { readonly kind: 'PROBLEM'; readonly message: string }
  | { readonly kind: 'UNCHECKED'; readonly unit: ScannedUnit }
  | {
      readonly kind: 'CHECKED';
      readonly unit: ScannedUnit;
      readonly isReady: boolean;
      readonly objections: readonly { readonly rule: string; readonly message: string }[];
      readonly warnings: readonly string[];
      readonly nextStep: string | undefined;
    };

/** A unit that is being worked on. */
export interface Work {
  readonly unit: ScannedUnit;
  readonly subject: string;
  readonly startedAt: string;
  readonly step: Step;
  /** False when what is read at the step has never been asked. */
  readonly isStepKnown: boolean;
}

/** How work ends. */
export interface Ending {
  readonly result: ProcessResult;
  readonly typed: ReadonlyMap<string, string>;
  readonly defects: readonly ProcessDefectInput[];
  readonly notes: string;
}

/** One of the last recordings. */
export interface Recent {
  readonly key: string;
  readonly subject: string;
  readonly what: string;
  readonly state: 'WAITING' | 'REFUSED' | 'RECORDED';
}

/** What the page shows. */
export interface State {
  readonly settings: Settings | undefined;
  readonly operator: string | undefined;
  readonly work: Work | undefined;
  readonly connection: Connection;
  readonly entries: readonly Entry[];
  readonly recent: readonly Recent[];
}

/** The station. */
export type Station = Awaited<ReturnType<typeof openStation>>;

const RECENT = 8;

/** Opens the station of this browser, and begins to send what waits. */
export async function openStation(outbox: Outbox) {
  const recall = <Value>(name: string): Promise<Value | undefined> => outbox.recall<Value>(name);
  let settings = await recall<Settings>('settings');
  let operator = await recall<Operator>('operator');
  let work = await recall<Work>('work');
  let recent: readonly Omit<Recent, 'state'>[] = [];
  let connection: Connection = navigator.onLine ? 'ONLINE' : 'OFFLINE';
  let entries = await outbox.entries();
  const listeners = new Set<() => void>();
  const tell = (): void => {
    for (const listener of listeners) listener();
  };
  const heard = (answer: Answer<unknown>): void => {
    connection = answer.kind === 'ANSWERED' ? 'ONLINE' : answer.kind === 'KEY_REFUSED' ? 'KEY_REFUSED' : 'OFFLINE';
    if (connection === 'ONLINE') sender.wake();
    tell();
  };
  const reload = async (): Promise<void> => {
    entries = await outbox.entries();
    tell();
  };
  const sender = startSender({
    outbox,
    send: (entry) => send(settings?.key ?? '', entry),
    onChange: (now) => {
      connection = now;
      void reload();
    },
  });
  const put = async (entry: Parameters<Outbox['add']>[0], what: string): Promise<void> => {
    await outbox.add(entry);
    recent = [{ key: entry.input.idempotencyKey ?? '', subject: entry.subject, what }, ...recent].slice(0, RECENT);
    await reload();
    sender.wake();
  };
  const setWork = async (next: Work | undefined): Promise<void> => {
    work = next;
    await outbox.remember('work', next);
    tell();
  };
  /** What is read at the step on units of this lot; what was last read at the step, when the server is not reached. */
  const stepOf = async (lotId: string | undefined): Promise<Step | undefined> => {
    const code = settings?.process.code ?? '';
    if (lotId !== undefined) {
      const answer = await ask(
        { 'x-api-key': settings?.key ?? '' },
        StationRouteDocument,
        { lot: lotId },
        (data: StationRouteQuery) => data.routeOf?.find(({ process }) => process.code === code),
        () => undefined,
      );
      if (answer.kind === 'ANSWERED' && answer.value !== undefined) {
        await outbox.remember(`step ${code}`, answer.value);
        return answer.value;
      }
    }
    return recall<Step>(`step ${code}`);
  };
  const beginWork = async (unit: ScannedUnit, startedAt: string): Promise<void> => {
    const step = await stepOf(unit.lotId);
    const process = { code: settings?.process.code ?? '' };
    const subject = `${unit.shown} · ${process.code}`;
    const free: Step = { allowOutOfSpecPass: false, process, characteristics: [] };
    await setWork({ unit, subject, startedAt, step: step ?? free, isStepKnown: step !== undefined });
  };

  return {
    state: (): State => ({
      settings,
      operator: operator?.name,
      work,
      connection,
      entries,
      recent: recent.map((each) => ({ ...each, state: stateOf(entries, each.key) })),
    }),
    /** Calls back after each change, until the returned function is called. */
    subscribe(listener: () => void): () => void {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    /** What the key opens; undefined when it is not the key of a station. */
    async offerFor(key: string): Promise<Answer<Offer | undefined>> {
      const answer = await ask({ 'x-api-key': key }, StationSetupDocument, {}, offerOf, () => undefined);
      heard(answer);
      return answer;
    },
    async setUp({ key, offer, process, equipment }: SetUp): Promise<void> {
      const { station, operators } = offer;
      const chosen = offer.processes.find(({ code }) => code === process);
      if (chosen === undefined) return;
      settings = {
        key,
        station,
        process: { code: chosen.code, name: chosen.name },
        equipment: equipment === '' ? undefined : equipment,
        operators,
      };
      await outbox.remember('settings', settings);
      sender.wake();
      tell();
    },
    /** Asks for key and step again. What waits stays, and is sent with the next key. */
    async changeSettings(): Promise<void> {
      settings = undefined;
      await outbox.remember('settings', undefined);
      tell();
    },
    /** Somebody begins to work here, by badge or by name. */
    async signIn(badge: string): Promise<void> {
      const known = settings?.operators.find(
        ({ badgeCode, displayName }) => badgeCode === badge || displayName.toLowerCase() === badge.toLowerCase(),
      );
      operator =
        known === undefined
          ? { name: badge, reference: { badgeCode: badge } }
          : { name: known.displayName, reference: { id: known.id } };
      await outbox.remember('operator', operator);
      tell();
    },
    async signOut(): Promise<void> {
      operator = undefined;
      await outbox.remember('operator', undefined);
      await setWork(undefined);
    },
    /** What a code is, and whether the step may be started on it. */
    async scan(code: string): Promise<Scanned> {
      const process = settings?.process.code ?? '';
      const answer = await ask(
        { 'x-api-key': settings?.key ?? '' },
        StationScanDocument,
        {
          code,
          process: { code: process },
          equipment: settings?.equipment === undefined ? null : { code: settings.equipment },
        },
        (data: StationScanQuery) => scannedOf(data, process),
        (messages): Scanned => ({ kind: 'PROBLEM', message: messages.join(' ') }),
      );
      heard(answer);
      if (answer.kind === 'ANSWERED') return answer.value;
      if (answer.kind === 'KEY_REFUSED') return { kind: 'PROBLEM', message: texts.problem.KEY_REFUSED };
      const unit = { number: code, shown: code.toUpperCase(), model: '', lotId: undefined, openSince: undefined };
      return { kind: 'UNCHECKED', unit };
    },
    /** Starts the step on a unit. */
    async start(unit: ScannedUnit): Promise<void> {
      if (settings === undefined || operator === undefined) return;
      const { process, equipment } = settings;
      const startedAt = new Date().toISOString();
      const input = {
        unit: { number: unit.number },
        process: { code: process.code },
        operator: operator.reference,
        startedAt,
        idempotencyKey: crypto.randomUUID(),
        ...(equipment === undefined ? {} : { equipment: { code: equipment } }),
      };
      const subject = `${unit.shown} · ${process.code}`;
      await put({ mutation: 'startProcess', input, subject, doneAt: startedAt }, texts.start);
      await beginWork(unit, startedAt);
    },
    /** Goes on with a unit on which the step was started before. */
    goOn: (unit: ScannedUnit): Promise<void> => beginWork(unit, unit.openSince ?? new Date().toISOString()),
    /** Leaves the unit open, and scans the next one. */
    putAside: (): Promise<void> => setWork(undefined),
    /** Ends the work on a unit. */
    async complete({ unit, subject, step }: Work, { result, typed, defects, notes }: Ending): Promise<void> {
      const completedAt = new Date().toISOString();
      const input = {
        unit: { number: unit.number },
        process: { code: step.process.code },
        result,
        completedAt,
        idempotencyKey: crypto.randomUUID(),
        measurements: measurementsOf(step.characteristics, typed),
        defects: [...defects],
        ...(notes.trim() === '' ? {} : { notes: notes.trim() }),
      };
      await put({ mutation: 'completeProcess', input, subject, doneAt: completedAt }, texts.result[result]);
      await setWork(undefined);
    },
    async sendAgain({ order }: Entry): Promise<void> {
      await outbox.setRefusal(order, null);
      await reload();
      sender.wake();
    },
    async drop({ order }: Entry): Promise<void> {
      await outbox.remove(order);
      await reload();
      sender.wake();
    },
  };
}

/** What is set. */
interface SetUp {
  readonly key: string;
  readonly offer: Offer;
  readonly process: string;
  readonly equipment: string;
}

function send(key: string, entry: Entry): Promise<Answer<readonly string[]>> {
  const refusals = (errors: readonly { readonly message: string; readonly rule: string | null }[]): readonly string[] =>
    errors.map(({ message, rule }) => (rule === null ? message : `${message} (${rule})`));
  const failed = (messages: readonly string[]): readonly string[] => messages;
  if (entry.mutation === 'startProcess')
    return ask(
      { 'x-api-key': key },
      StationStartDocument,
      { input: entry.input },
      (data) => refusals(data.startProcess.errors),
      failed,
    );
  return ask(
    { 'x-api-key': key },
    StationCompleteDocument,
    { input: entry.input },
    (data) => refusals(data.completeProcess.errors),
    failed,
  );
}

function stateOf(entries: readonly Entry[], key: string): Recent['state'] {
  const entry = entries.find(({ input }) => input.idempotencyKey === key);
  return entry === undefined ? 'RECORDED' : entry.refusal === null ? 'WAITING' : 'REFUSED';
}

function offerOf({ viewer, processes, equipment, operators }: StationSetupQuery): Offer | undefined {
  const station = viewer?.station;
  if (station === null || station === undefined) return undefined;
  return {
    station,
    processes: processes?.nodes ?? [],
    equipment: equipment?.nodes ?? [],
    operators: operators?.nodes ?? [],
  };
}

function scannedOf({ scan }: StationScanQuery, process: string): Scanned {
  const unit = scan?.serial ?? scan?.wipItem ?? scan?.lot;
  if (scan === null || unit === null || unit === undefined)
    return { kind: 'PROBLEM', message: texts.notAUnit(scan?.code ?? '', texts.scanKind[scan?.kind ?? 'UNKNOWN']) };
  const open = unit.journey.nodes.find((execution) => execution.process.code === process);
  const { readiness } = scan;
  return {
    kind: 'CHECKED',
    unit: {
      number: unit.number,
      shown: unit.displayNumber,
      model: `${unit.lot.productModel.code} ${unit.lot.productModel.name}`,
      lotId: unit.lot.id,
      openSince: open?.startedAt,
    },
    isReady: readiness?.isReady ?? false,
    objections: readiness?.checks.filter(({ isPassed }) => !isPassed) ?? [],
    warnings: [...new Set([...scan.warnings, ...(readiness?.warnings ?? [])])],
    nextStep: readiness?.nextProcess?.name,
  };
}
