/** Pictures as specifications of Vega-Lite, for clients that draw them by themselves. */
import type { PictureFrame } from './svg.rules.ts';

/** The version of the language. */
const SCHEMA = 'https://vega.github.io/schema/vega-lite/v5.json';

/** A part of a specification. */
export type SpecValue = string | number | boolean | null | readonly SpecValue[] | Spec;

/** A JSON object of a specification. */
export interface Spec {
  readonly [key: string]: SpecValue;
}

/** A whole specification: one view or several, with title and description. */
export function vegaLiteSpec({ title, description, subtitle }: PictureFrame, views: Spec): Spec {
  return {
    $schema: SCHEMA,
    title: subtitle === undefined ? title : { text: title, subtitle },
    description,
    ...views,
  };
}

/** Data in a specification. */
export function valuesOf(rows: readonly Spec[]): Spec {
  return { values: [...rows] };
}

/** A channel that shows a number. */
export function quantity(field: string, title: string, more: Spec = {}): Spec {
  return { field, type: 'quantitative', title, ...more };
}

/** A channel that shows a name, in the order of the data. */
export function named(field: string, title: string): Spec {
  return { field, type: 'ordinal', title, sort: null };
}
