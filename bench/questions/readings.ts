/** What a PASS of a step must tell: every characteristic on its target. */
export interface Step {
  readonly code: string;
  readonly qualityCriteria: {
    readonly characteristics?: Readonly<Record<string, { readonly target?: string; readonly unit?: string }>>;
  };
}

export interface Reading {
  readonly code: string;
  readonly value: string;
  readonly unit?: string;
}

export function readingsAt({ qualityCriteria }: Step): readonly Reading[] {
  return Object.entries(qualityCriteria.characteristics ?? {}).map(([code, { target, unit }]) => ({
    code,
    value: target ?? '0',
    ...(unit === undefined ? {} : { unit }),
  }));
}
