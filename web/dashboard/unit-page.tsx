/** A lot, an item or a serial: what happened to it, what went into it, what contains it, and who changed its record. */
import {
  type ComponentRef,
  UnitHistoryDocument,
  UnitPageDocument,
  type UnitPageQuery,
  WhereUsedDocument,
} from '../generated/graphql.ts';
import { Panel, State, Table, Time, UnitLink, useMay, Waiting } from './parts.tsx';
import { texts } from './texts.ts';
import { addressOf, TraceGraph } from './trace-graph.tsx';
import { useGraph } from './use-graph.ts';

type AsBuilt = NonNullable<UnitPageQuery['asBuilt']>;
type Execution = AsBuilt['executions'][number];

/** The page of the unit with this number. */
export function UnitPage({ number }: { readonly number: string }) {
  const loaded = useGraph(UnitPageDocument, { unit: { number } });
  const asBuilt = loaded.data?.asBuilt;
  return (
    <>
      <Waiting loaded={loaded} />
      {asBuilt === null ? <p role="alert">{texts.noSuchUnit(number)}</p> : null}
      {asBuilt === null || asBuilt === undefined ? null : <Unit key={number} asBuilt={asBuilt} />}
    </>
  );
}

function Unit({ asBuilt }: { readonly asBuilt: AsBuilt }) {
  const { lot, wipItem, serial, executions, inspections, trace } = asBuilt;
  const unit = serial ?? wipItem ?? lot;
  const mayReadHistory = useMay('auditEntries');
  const component =
    serial !== null ? { serial: { id: serial.id } } : wipItem !== null ? undefined : { lot: { id: lot.id } };
  return (
    <>
      <h1>
        {unit.displayNumber} <State state={unit.unitStatus} />
      </h1>
      <p>
        {lot.productModel.name} · {texts.lot} <UnitLink unit={lot} /> <State state={lot.disposition} />{' '}
        {lot.dispositionReason === null ? null : `(${lot.dispositionReason})`} · {texts.line} {lot.productionLine.code}
      </p>
      <p class="muted">
        {texts.touchTime(asBuilt.touchTimeSeconds)}{' '}
        {asBuilt.leadTimeSeconds === null ? '' : texts.leadTime(asBuilt.leadTimeSeconds)}{' '}
        {asBuilt.reworkCount === null ? '' : texts.reworks(asBuilt.reworkCount)}
      </p>
      <div class="grid">
        <Panel title={texts.journey} wide>
          <Journey executions={executions} />
        </Panel>
        {unit === lot ? (
          <Panel title={texts.items(lot.wipItems.totalCount)}>
            <Table
              name={texts.items(lot.wipItems.totalCount)}
              rows={lot.wipItems.nodes}
              columns={[
                { title: texts.unit, cell: (item) => <UnitLink unit={item} /> },
                { title: texts.status, cell: ({ unitStatus }) => <State state={unitStatus} /> },
              ]}
            />
          </Panel>
        ) : null}
        <Panel title={texts.wentIn}>
          <TraceGraph name={texts.wentIn} root={unit.displayNumber} trace={trace} />
          <Nodes name={texts.wentIn} nodes={trace.nodes} isTruncated={trace.isTruncated} />
        </Panel>
        {component === undefined ? null : <WhereUsed component={component} root={unit.displayNumber} />}
        <Panel title={texts.inspections}>
          <Table
            name={texts.inspections}
            rows={inspections}
            columns={[
              {
                title: texts.kind,
                cell: ({ id, type }) => (
                  <a data-page href={`/inspections/${id}`}>
                    {texts.state(type)}
                  </a>
                ),
              },
              { title: texts.at, cell: ({ completedAt }) => <Time at={completedAt} /> },
              { title: texts.status, cell: ({ status, verdict }) => <State state={verdict ?? status} /> },
              { title: texts.score, number: ({ qualityScore }) => qualityScore },
              { title: texts.defects, number: ({ defectCount }) => defectCount },
            ]}
          />
        </Panel>
        {mayReadHistory ? <History id={unit.id} /> : null}
      </div>
    </>
  );
}

function Journey({ executions }: { readonly executions: readonly Execution[] }) {
  return (
    <Table
      name={texts.journey}
      rows={executions}
      columns={[
        { title: texts.at, cell: ({ completedAt, startedAt }) => <Time at={completedAt ?? startedAt} /> },
        {
          title: texts.step,
          cell: ({ process, attempt }) => (attempt > 1 ? `${process.name} (${texts.attempt(attempt)})` : process.name),
        },
        { title: texts.result, cell: ({ result }) => <State state={result} /> },
        { title: texts.readings, cell: ({ measurements }) => <Readings measurements={measurements} /> },
        {
          title: texts.defects,
          cell: ({ defects, notes }) => (
            <>
              {defects.map(({ code, quantity, severity, location }) => (
                <p key={code}>
                  <strong>{code}</strong> {quantity > 1 ? `× ${quantity}` : ''} {texts.state(severity)} {location}
                </p>
              ))}
              {notes}
            </>
          ),
        },
        { title: texts.operator, cell: ({ operator }) => operator.fullName },
        {
          title: texts.where,
          cell: ({ equipment, station }) => [station?.code, equipment?.code].filter(Boolean).join(' · '),
        },
      ]}
    />
  );
}

function Readings({ measurements }: { readonly measurements: Execution['measurements'] }) {
  return (
    <ul class="readings">
      {measurements.map(({ code, value, text, unit, lowerLimit, upperLimit, verdict }, index) => (
        <li key={index} class={verdict}>
          {code} <strong>{value ?? text}</strong> {unit}{' '}
          <span class="muted">{texts.limits(lowerLimit, upperLimit)}</span>{' '}
          {verdict === 'OUT_OF_SPEC' ? texts.state(verdict) : ''}
        </li>
      ))}
    </ul>
  );
}

/** The units of a trace, and whether there are more. */
export interface TracedNodes {
  readonly nodes: readonly Pick<AsBuilt['trace']['nodes'][number], 'kind' | 'number' | 'depth' | 'isHeld'>[];
  readonly isTruncated: boolean;
}

/** The nodes of a trace, one edge after the other. A supplier lot has no page, but can be recalled. */
export function Nodes({ name, nodes, isTruncated }: TracedNodes & { readonly name: string }) {
  return (
    <>
      <Table
        name={name}
        rows={nodes.slice(0, MOST_NODES)}
        columns={[
          { title: texts.depth, number: ({ depth }) => depth },
          { title: texts.kind, cell: ({ kind }) => texts.state(kind) },
          {
            title: texts.unit,
            cell: (node) => (
              <a data-page href={addressOf(node)}>
                {node.number}
              </a>
            ),
          },
          { title: texts.onHold, cell: ({ isHeld }) => (isHeld ? <span class="bad">{texts.held}</span> : '') },
        ]}
      />
      {nodes.length > MOST_NODES ? <p>{texts.more(nodes.length - MOST_NODES)}</p> : null}
      {isTruncated ? <p class="bad">{texts.truncated}</p> : null}
    </>
  );
}

const MOST_NODES = 200;

function WhereUsed({ component, root }: { readonly component: ComponentRef; readonly root: string }) {
  const loaded = useGraph(WhereUsedDocument, { component });
  const used = loaded.data?.whereUsed;
  return (
    <Panel title={texts.wentInto}>
      <Waiting loaded={loaded} />
      {used === null || used === undefined ? null : (
        <>
          <TraceGraph name={texts.wentInto} root={root} trace={used.trace} />
          <Nodes name={texts.wentInto} nodes={used.trace.nodes} isTruncated={used.trace.isTruncated} />
        </>
      )}
    </Panel>
  );
}

function History({ id }: { readonly id: string }) {
  const loaded = useGraph(UnitHistoryDocument, { id });
  const node = loaded.data?.node;
  const entries = node !== null && node !== undefined && 'history' in node ? node.history : undefined;
  return (
    <Panel title={texts.history}>
      <Waiting loaded={loaded} />
      <Table
        name={texts.history}
        rows={entries?.nodes ?? []}
        columns={[
          { title: texts.at, cell: ({ recordedAt }) => <Time at={recordedAt} /> },
          { title: texts.who, cell: ({ actorLabel }) => actorLabel },
          { title: texts.what, cell: ({ action }) => action },
          { title: texts.fields, cell: ({ changedFields }) => changedFields.join(', ') },
          { title: texts.reason, cell: ({ reason }) => reason },
        ]}
      />
    </Panel>
  );
}
