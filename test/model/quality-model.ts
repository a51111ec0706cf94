/**
 * The model of quality: one lot, the inspections of its samples, their findings and reviews. It is written from the
 * specification and shares nothing with the product. It answers a command with `OK`, or with what is refused:
 * `RULE_VIOLATED INS-3`.
 */

export const SAMPLES = ['TRAY-1', 'TRAY-2'] as const;
export const TYPES = ['VISUAL', 'THERMAL'] as const;
export const SEVERITIES = ['LOW', 'MEDIUM', 'HIGH', 'CRITICAL'] as const;
export const OUTCOMES = ['CONFIRMED', 'REJECTED', 'FALSE_POSITIVE', 'NEEDS_REVIEW'] as const;

export interface Finding {
  readonly inspection: string;
  readonly severity: (typeof SEVERITIES)[number];
  readonly review: 'PENDING' | (typeof OUTCOMES)[number];
}

export interface Inspection {
  readonly sample: string;
  readonly type: string;
  readonly round: number;
  readonly status: 'PENDING' | 'IN_PROGRESS' | 'COMPLETED' | 'FAILED' | 'CANCELLED';
  /** Verdict and score in ten thousandths; null before completion. */
  readonly judgement: readonly [verdict: 'PASS' | 'FAIL', score: number] | null;
}

/** The lot with its inspections and findings, by their ids. */
export interface Quality {
  readonly disposition: 'UNDECIDED' | 'QUARANTINED' | 'RELEASED' | 'REJECTED';
  readonly inspections: Readonly<Record<string, Inspection>>;
  readonly findings: Readonly<Record<string, Finding>>;
}

export const NOTHING: Quality = { disposition: 'UNDECIDED', inspections: {}, findings: {} };

/** A command. `made` has the ids that the product gave to what it made. */
export type Command = { readonly made?: readonly string[] } & (
  | { readonly do: 'create'; readonly sample: string; readonly type: string }
  | { readonly do: 'reinspect'; readonly inspection: string }
  | { readonly do: 'start' | 'complete' | 'fail' | 'cancel'; readonly inspection: string }
  | { readonly do: 'find'; readonly inspection: string; readonly severities: readonly Finding['severity'][] }
  | { readonly do: 'review'; readonly finding: string; readonly outcome: (typeof OUTCOMES)[number] }
  | { readonly do: 'reopen'; readonly finding: string }
  | { readonly do: 'release' | 'quarantine' | 'reject' }
);

export interface Answered {
  readonly answer: string;
  readonly quality: Quality;
}

export function act(quality: Quality, command: Command): Answered {
  const { inspections, findings, disposition } = quality;
  switch (command.do) {
    case 'create':
    case 'reinspect': {
      const earlier = command.do === 'reinspect' ? inspections[command.inspection] : undefined;
      const { sample, type } = command.do === 'reinspect' ? known(earlier) : command;
      const round = (earlier?.round ?? 0) + 1;
      const isTaken = Object.values(inspections).some(
        (other) =>
          other.sample === sample &&
          other.type === type &&
          other.round === round &&
          !['FAILED', 'CANCELLED'].includes(other.status),
      );
      return answered(
        quality,
        [
          disposition === 'REJECTED' && 'RULE_VIOLATED INS-1',
          earlier !== undefined && earlier.status !== 'COMPLETED' && 'RULE_VIOLATED INS-2',
          isTaken && 'CONFLICT INS-2',
        ],
        () => withInspection(quality, idOf(command), { sample, type, round, status: 'PENDING', judgement: null }),
      );
    }
    case 'start':
      return move(quality, command.inspection, ['PENDING'], 'IN_PROGRESS');
    case 'fail':
      return move(quality, command.inspection, ['IN_PROGRESS'], 'FAILED');
    case 'cancel':
      return move(quality, command.inspection, ['PENDING', 'IN_PROGRESS'], 'CANCELLED');
    case 'complete': {
      const moved = move(quality, command.inspection, ['IN_PROGRESS'], 'COMPLETED');
      return moved.answer === 'OK' ? { ...moved, quality: judged(moved.quality, command.inspection, false) } : moved;
    }
    case 'find': {
      const isOpen = known(inspections[command.inspection]).status === 'IN_PROGRESS';
      return answered(quality, [!isOpen && 'RULE_VIOLATED INS-5'], () => {
        const made = command.severities.map((severity, index) => {
          const finding: Finding = { inspection: command.inspection, severity, review: 'PENDING' };
          return [command.made?.[index] ?? '', finding] as const;
        });
        return { ...quality, findings: { ...findings, ...Object.fromEntries(made) } };
      });
    }
    case 'review': {
      const finding = known(findings[command.finding]);
      const isOpen =
        finding.review === 'PENDING' || (finding.review === 'NEEDS_REVIEW' && command.outcome !== 'NEEDS_REVIEW');
      return answered(quality, [!isOpen && 'RULE_VIOLATED DEF-3'], () =>
        reviewed(quality, command.finding, command.outcome),
      );
    }
    case 'reopen': {
      const isDecided = !isWaiting(known(findings[command.finding]));
      return answered(quality, [!isDecided && 'RULE_VIOLATED DEF-3'], () =>
        reviewed(quality, command.finding, 'NEEDS_REVIEW'),
      );
    }
    case 'release': {
      const isOpen =
        Object.values(inspections).some(({ status }) => status === 'PENDING' || status === 'IN_PROGRESS') ||
        Object.values(findings).some((finding) => finding.severity === 'CRITICAL' && isWaiting(finding));
      const may = disposition === 'UNDECIDED' || disposition === 'QUARANTINED';
      return answered(quality, [!may && 'RULE_VIOLATED LOT-6', isOpen && 'RULE_VIOLATED INS-9'], () => ({
        ...quality,
        disposition: 'RELEASED',
      }));
    }
    case 'quarantine': {
      const may = disposition === 'UNDECIDED' || disposition === 'RELEASED';
      return answered(quality, [!may && 'RULE_VIOLATED LOT-6'], () => ({ ...quality, disposition: 'QUARANTINED' }));
    }
    default: {
      const may = disposition === 'UNDECIDED' || disposition === 'QUARANTINED';
      return answered(quality, [!may && 'RULE_VIOLATED LOT-6'], () => ({ ...quality, disposition: 'REJECTED' }));
    }
  }
}

/** Each finding costs its part and 0.0005 besides; nothing costs more than everything. */
export function judgementOf(severities: readonly Finding['severity'][]): NonNullable<Inspection['judgement']> {
  const price = { CRITICAL: 5_000, HIGH: 2_000, MEDIUM: 1_000, LOW: 500 };
  const score = Math.max(
    0,
    severities.reduce((left, severity) => left - price[severity] - 5, 10_000),
  );
  return [!severities.includes('CRITICAL') && score >= 7_500 ? 'PASS' : 'FAIL', score];
}

function answered(quality: Quality, refusals: readonly (string | false)[], next: () => Quality): Answered {
  const refused = refusals.filter((refusal) => refusal !== false);
  return refused.length > 0 ? { answer: refused.join(', '), quality } : { answer: 'OK', quality: next() };
}

function move(
  quality: Quality,
  id: string,
  from: readonly Inspection['status'][],
  status: Inspection['status'],
): Answered {
  const inspection = known(quality.inspections[id]);
  return answered(quality, [!from.includes(inspection.status) && 'RULE_VIOLATED INS-3'], () =>
    withInspection(quality, id, { ...inspection, status }),
  );
}

function reviewed(quality: Quality, id: string, review: Finding['review']): Quality {
  const finding = known(quality.findings[id]);
  const wasBad = isBad(quality, finding.inspection);
  const after = { ...quality, findings: { ...quality.findings, [id]: { ...finding, review } } };
  const isCompleted = known(quality.inspections[finding.inspection]).status === 'COMPLETED';
  return isCompleted ? judged(after, finding.inspection, wasBad) : after;
}

/** The inspection with its judgement; one that has become bad by a critical finding holds the lot. */
function judged(quality: Quality, id: string, wasBad: boolean): Quality {
  const counted = Object.values(quality.findings).filter((finding) => finding.inspection === id && counts(finding));
  const judgement = judgementOf(counted.map(({ severity }) => severity));
  const next = withInspection(quality, id, { ...known(quality.inspections[id]), judgement });
  const holds = isBad(next, id) && !wasBad && ['UNDECIDED', 'RELEASED'].includes(next.disposition);
  return holds ? { ...next, disposition: 'QUARANTINED' } : next;
}

function isBad({ findings }: Quality, id: string): boolean {
  return Object.values(findings).some(
    (finding) => finding.inspection === id && finding.severity === 'CRITICAL' && counts(finding),
  );
}

function counts({ review }: Finding): boolean {
  return review !== 'REJECTED' && review !== 'FALSE_POSITIVE';
}

function isWaiting({ review }: Finding): boolean {
  return review === 'PENDING' || review === 'NEEDS_REVIEW';
}

function withInspection(quality: Quality, id: string, inspection: Inspection): Quality {
  return { ...quality, inspections: { ...quality.inspections, [id]: inspection } };
}

function idOf({ made }: Command): string {
  return made?.[0] ?? '';
}

function known<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('A command names what the model does not know.');
  return value;
}
