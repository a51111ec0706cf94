/** The readings that a PASS of a step needs: every characteristic at its target value. */

/** A step with its characteristics. */
export interface Step {
  readonly code: string;
  readonly qualityCriteria: {
    readonly characteristics?: Readonly<Record<string, { readonly target?: string; readonly unit?: string }>>;
  };
}

/** A reading as the mutations take it. */
export interface Reading {
  readonly code: string;
  readonly value: string;
  readonly unit?: string;
}

/** Returns one reading per characteristic, at its target. */
export function readingsAt({ qualityCriteria }: Step): readonly Reading[] {
  return Object.entries(qualityCriteria.characteristics ?? {}).map(([code, { target, unit }]) => ({
    code,
    value: target ?? '0',
    ...(unit === undefined ? {} : { unit }),
  }));
}
