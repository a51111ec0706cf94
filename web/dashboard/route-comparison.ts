/** What the page of the routes says about steps: their demands in words, and how they differ from the revision before. */
import { changesBetween, type RouteChange, type StepValues } from '../../src/catalog/route/route.rules.ts';
import type { RouteRevisionsQuery } from '../generated/graphql.ts';
import { texts } from './texts.ts';

/** A revision of the route of a model. */
export type Revision = NonNullable<RouteRevisionsQuery['productModelByCode']>['routes']['nodes'][number];

type Step = Revision['steps'][number];

/** What stands about a process in the column of a revision. */
export interface Cell {
  /** How the step differs from the revision before; undefined where it does not, and in the first column. */
  readonly kind: RouteChange<StepValues>['kind'] | undefined;
  readonly lines: readonly { readonly text: string; readonly is: 'SAME' | 'NEW' | 'GONE' }[];
}

/** All processes of the revisions, in the order of the newest one that has them. The newest revision comes last. */
export function processesOf(revisions: readonly Revision[]): readonly Step['process'][] {
  const steps = new Map(revisions.flatMap((route) => route.steps.map((step) => [step.process.id, step] as const)));
  return [...steps.values()].toSorted((a, b) => a.number - b.number).map(({ process }) => process);
}

/** The cell of a process in a revision, compared with the revision before, if there is one. */
export function cellOf(processId: string, route: Revision, before: Revision | undefined): Cell {
  const now = linesOf(stepIn(route, processId));
  if (before === undefined) return { kind: undefined, lines: now.map((text) => ({ text, is: 'SAME' })) };
  const change = changesBetween(before.steps.map(valuesOf), route.steps.map(valuesOf)).find(
    (each) => each.processId === processId,
  );
  const then = linesOf(stepIn(before, processId));
  const isCompared = change?.kind === 'CHANGED' || change?.kind === 'MOVED';
  const gone = isCompared ? then.filter((text) => !now.includes(text)) : [];
  return {
    kind: change?.kind,
    lines: [
      ...gone.map((text) => ({ text, is: 'GONE' as const })),
      ...now.map((text) => ({ text, is: isCompared && !then.includes(text) ? ('NEW' as const) : ('SAME' as const) })),
    ],
  };
}

/** What a step demands, in words, a line each. */
export function demandsOf(step: Omit<Step, 'number' | 'process'>): readonly string[] {
  return [
    step.isOptional ? texts.optional : texts.mandatory,
    ...(step.maxAttempts === null ? [] : [texts.attempts(step.maxAttempts)]),
    ...(step.plannedSeconds === null ? [] : [texts.plannedSeconds(step.plannedSeconds)]),
    ...(step.equipmentTypes.length === 0 ? [] : [`${texts.equipment}: ${step.equipmentTypes.join(', ')}`]),
    ...(step.allowOutOfSpecPass ? [texts.mayPassOutOfSpec] : []),
    ...step.characteristics.map(({ code, unit, lowerLimit, target, upperLimit, required }) =>
      [
        code,
        texts.limits(lowerLimit, upperLimit),
        target === null ? '' : texts.target(target),
        unit ?? '',
        required ? texts.required : '',
      ]
        .filter((part) => part !== '')
        .join(' '),
    ),
  ];
}

function stepIn(route: Revision, processId: string): Step | undefined {
  return route.steps.find(({ process }) => process.id === processId);
}

function linesOf(step: Step | undefined): readonly string[] {
  return step === undefined ? [] : [`${texts.place} ${step.number}`, ...demandsOf(step)];
}

function valuesOf(step: Step): StepValues {
  return { ...step, processId: step.process.id };
}
