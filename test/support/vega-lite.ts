/** A structural check of specifications of Vega-Lite 5, by what its documents say. */

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
type Part = Readonly<Record<string, Json>>;

const MARKS = ['bar', 'line', 'point', 'rule', 'tick', 'area', 'text'];
const CHANNELS = ['x', 'y', 'x2', 'y2', 'color', 'detail', 'tooltip'];
const TYPES = ['quantitative', 'ordinal', 'nominal', 'temporal'];
const VIEW_KEYS = ['data', 'layer', 'mark', 'encoding', 'transform', 'resolve', 'vconcat'];
const TOP_KEYS = ['$schema', 'title', 'description', ...VIEW_KEYS];

/** What is wrong with a specification: unknown keys, marks, channels and types, and fields that the data does not have. */
export function faultsOfSpec(spec: unknown): readonly string[] {
  const whole = spec as Part;
  const { title, description } = whole;
  return [
    ...(whole.$schema === 'https://vega.github.io/schema/vega-lite/v5.json' ? [] : ['no schema']),
    ...(typeof description === 'string' && description !== '' ? [] : ['no description']),
    ...(typeof title === 'string' || typeof (title as Part)?.text === 'string' ? [] : ['no title']),
    ...unknown(whole, TOP_KEYS),
    ...faultsOfView(whole, undefined),
  ];
}

function faultsOfView(view: Part, inherited: readonly Part[] | undefined): readonly string[] {
  const rows = ((view.data as Part | undefined)?.values as readonly Part[] | undefined) ?? inherited;
  const parts = [view.layer, view.vconcat].flatMap((list) => (Array.isArray(list) ? (list as readonly Part[]) : []));
  const deeper = parts.flatMap((part) => [...unknown(part, VIEW_KEYS), ...faultsOfView(part, rows)]);
  if (parts.length > 0) return deeper;
  const type = (view.mark as Part | undefined)?.type;
  return [
    ...(MARKS.includes(String(type)) ? [] : [`no such mark: ${type}`]),
    ...(rows === undefined ? ['no data'] : []),
    ...Object.entries((view.encoding ?? {}) as Part).flatMap(([channel, definition]) => [
      ...(CHANNELS.includes(channel) ? [] : [`no such channel: ${channel}`]),
      ...[definition].flat().flatMap((each) => faultsOfChannel(each as Part, channel, rows ?? [])),
    ]),
  ];
}

function faultsOfChannel({ field, type }: Part, channel: string, rows: readonly Part[]): readonly string[] {
  if (field === undefined) return [];
  const isTyped = TYPES.includes(String(type)) || ['x2', 'y2', 'tooltip'].includes(channel);
  const [first] = rows;
  return [
    ...(isTyped ? [] : [`no type of ${channel}`]),
    ...(first === undefined || Object.hasOwn(first, String(field)) ? [] : [`no such field: ${String(field)}`]),
  ];
}

function unknown(part: Part, known: readonly string[]): readonly string[] {
  return Object.keys(part).flatMap((key) => (known.includes(key) ? [] : [`unknown: ${key}`]));
}
