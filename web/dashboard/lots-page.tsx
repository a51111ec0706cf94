/** All lots: found by number, status and decision, and sorted by the server. What was asked for stands in the address. */
import { useCallback, useEffect, useState } from 'preact/hooks';
import {
  type LotDisposition,
  LotListDocument,
  type LotListQuery,
  type LotOrderField,
  type LotStatus,
} from '../generated/graphql.ts';
import { type LongColumn, LongTable } from './long-table.tsx';
import { State, Time, typedInto, UnitLink, Waiting } from './parts.tsx';
import { setParameters } from './route.ts';
import { askGraph } from './session.ts';
import { texts } from './texts.ts';
import { useGraph } from './use-graph.ts';

type Lot = NonNullable<LotListQuery['lots']>['nodes'][number];

const STATUSES = ['CREATED', 'IN_PROGRESS', 'COMPLETED', 'CLOSED'] as const satisfies readonly LotStatus[];
const DISPOSITIONS = ['UNDECIDED', 'QUARANTINED', 'RELEASED', 'REJECTED'] as const satisfies readonly LotDisposition[];
const ORDERS = ['NUMBER', 'STATUS', 'PRODUCTION_DATE', 'COMPLETED_AT'] as const satisfies readonly LotOrderField[];
const NEWEST_FIRST = '-PRODUCTION_DATE';

const COLUMNS: readonly LongColumn<Lot>[] = [
  { title: texts.lot, cell: (lot) => <UnitLink unit={lot} />, order: 'NUMBER' },
  { title: texts.model, cell: ({ productModel }) => productModel.name },
  { title: texts.line, cell: ({ productionLine }) => productionLine.code },
  { title: texts.planned, cell: ({ targetQuantity }) => targetQuantity },
  { title: texts.status, cell: ({ status }) => <State state={status} />, order: 'STATUS' },
  { title: texts.disposition, cell: ({ disposition }) => <State state={disposition} /> },
  { title: texts.day, cell: ({ productionDate }) => productionDate, order: 'PRODUCTION_DATE' },
  { title: texts.completed, cell: ({ completedAt }) => <Time at={completedAt} />, order: 'COMPLETED_AT' },
];

/** The page of all lots. */
export function LotsPage({ parameters }: { readonly parameters: URLSearchParams }) {
  const number = parameters.get('number') ?? '';
  const status = STATUSES.find((each) => each === parameters.get('status'));
  const disposition = DISPOSITIONS.find((each) => each === parameters.get('disposition'));
  const order = orderOf(parameters.get('order') ?? '') ?? NEWEST_FIRST;
  const search = (event: SubmitEvent): void => setParameters({ number: typedInto(event)('number') });
  return (
    <>
      <h1>{texts.lots}</h1>
      <form class="row" onSubmit={search}>
        <label>
          {texts.numberBegins} <input name="number" key={number} defaultValue={number} />
        </label>
        <Choice name="status" title={texts.status} values={STATUSES} chosen={status} />
        <Choice name="disposition" title={texts.disposition} values={DISPOSITIONS} chosen={disposition} />
        <button type="submit">{texts.search}</button>
      </form>
      <Lots
        key={`${number} ${status} ${disposition} ${order}`}
        order={order}
        filter={{
          ...(number === '' ? {} : { number: { startsWith: number } }),
          ...(status === undefined ? {} : { status: { eq: status } }),
          ...(disposition === undefined ? {} : { disposition: { eq: disposition } }),
        }}
      />
    </>
  );
}

function orderOf(text: string): string | undefined {
  return ORDERS.flatMap((order) => [order, `-${order}`]).find((each) => each === text);
}

function Choice({
  name,
  title,
  values,
  chosen,
}: {
  readonly name: string;
  readonly title: string;
  readonly values: readonly string[];
  readonly chosen: string | undefined;
}) {
  return (
    <label>
      {title}{' '}
      <select value={chosen ?? ''} onChange={({ currentTarget }) => setParameters({ [name]: currentTarget.value })}>
        <option value="">{texts.clear}</option>
        {values.map((value) => (
          <option key={value} value={value} selected={value === chosen}>
            {texts.state(value)}
          </option>
        ))}
      </select>
    </label>
  );
}

/** The lots as they were asked for: the first page at once, the others when somebody scrolls to them. */
function Lots({ filter, order }: { readonly filter: object; readonly order: string }) {
  const field = ORDERS.find((each) => order.endsWith(each)) ?? 'NUMBER';
  const orderBy = [{ field, direction: order.startsWith('-') ? ('DESC' as const) : ('ASC' as const) }];
  const loaded = useGraph(LotListDocument, { filter, orderBy });
  const start = loaded.data?.lots ?? undefined;
  const [more, setMore] = useState<readonly Lot[]>([]);
  const [next, setNext] = useState<string | null>(null);
  useEffect(() => {
    setMore([]);
    setNext(start?.pageInfo.hasNextPage === true ? start.pageInfo.endCursor : null);
  }, [start]);
  const onEnd = useCallback(() => {
    if (next === null) return;
    setNext(null);
    const load = async (): Promise<void> => {
      const answer = await askGraph(LotListDocument, { filter, orderBy, after: next });
      const page = answer.kind === 'ANSWERED' && 'data' in answer.value ? answer.value.data.lots : null;
      // A page that did not come is asked for again by the next scroll.
      if (page === null) return setNext(next);
      setMore((rows) => [...rows, ...page.nodes]);
      setNext(page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null);
    };
    void load();
  }, [next]);
  return (
    <>
      <Waiting loaded={loaded} />
      {start === undefined ? null : (
        <>
          <p role="status">{texts.lotCount(start.totalCount)}</p>
          <LongTable
            name={texts.lots}
            rows={[...start.nodes, ...more]}
            columns={COLUMNS}
            sorting={{ order, onSort: (chosen) => setParameters({ order: chosen }) }}
            onEnd={onEnd}
          />
        </>
      )}
    </>
  );
}
