/** Routes: the revisions of a model side by side, what the route of a lot demands, and the release of a draft. */
import { useState } from 'preact/hooks';
import { RouteModelsDocument, RouteOfLotDocument, RouteRevisionsDocument } from '../generated/graphql.ts';
import { Panel, State, Table, Time, typedInto, UnitLink, useMay, Waiting } from './parts.tsx';
import { ReleaseDialog } from './release-dialog.tsx';
import { setParameters } from './route.ts';
import { cellOf, type Cell, demandsOf, processesOf, type Revision } from './route-comparison.ts';
import { texts } from './texts.ts';
import { useGraph } from './use-graph.ts';

/** The page of the routes. The model and the lot stand in its address. */
export function RoutesPage({ parameters }: { readonly parameters: URLSearchParams }) {
  const models = useGraph(RouteModelsDocument, {});
  const listed = models.data?.productModels?.nodes ?? [];
  const model = parameters.get('model')?.toUpperCase() ?? listed[0]?.code ?? '';
  const lot = parameters.get('lot') ?? '';
  const isListed = listed.some(({ code }) => code === model);
  return (
    <>
      <h1>{texts.routes}</h1>
      <Waiting loaded={models} />
      <div class="row">
        <label>
          {texts.model}{' '}
          <select
            name="model"
            value={model}
            onChange={({ currentTarget }) => setParameters({ model: currentTarget.value })}
          >
            {isListed ? null : <option value={model}>{model}</option>}
            {listed.map(({ code, name }) => (
              <option key={code} value={code}>
                {code} · {name}
              </option>
            ))}
          </select>
        </label>
        <form class="row" onSubmit={(event) => setParameters({ lot: typedInto(event)('lot') })}>
          <label>
            {texts.lot} <input name="lot" key={lot} defaultValue={lot} autocomplete="off" />
          </label>
          <button type="submit">{texts.showDemands}</button>
        </form>
      </div>
      <div class="grid">
        {lot === '' ? null : <RouteOfLot key={`lot ${lot}`} number={lot} />}
        {model === '' ? null : <Revisions key={`model ${model}`} model={model} />}
      </div>
    </>
  );
}

function Revisions({ model }: { readonly model: string }) {
  const loaded = useGraph(RouteRevisionsDocument, { model });
  const [asked, setAsked] = useState<string>();
  const [said, setSaid] = useState('');
  const mayRelease = useMay('releaseRoute');
  const found = loaded.data?.productModelByCode;
  const newest = found?.routes.nodes ?? [];
  const draft = newest.find(({ id, status }) => id === asked && status === 'DRAFT');
  const older = (found?.routes.totalCount ?? 0) - newest.length;
  const onDone = (revision: number): void => {
    setAsked(undefined);
    setSaid(texts.revisionReleased(revision));
    loaded.reload();
  };
  return (
    <>
      <Waiting loaded={loaded} />
      {found === null ? <p role="alert">{texts.noSuchModel(model)}</p> : null}
      {found === null || found === undefined ? null : (
        <>
          <Panel title={texts.revisions} wide>
            {newest.length === 0 ? <p class="muted">{texts.factoryRouteOnly}</p> : null}
            <RevisionTable revisions={newest} onRelease={mayRelease ? setAsked : undefined} />
            {older > 0 ? <p>{texts.more(older)}</p> : null}
            <p role="status">{said}</p>
          </Panel>
          {newest.length === 0 ? null : (
            <Panel title={texts.comparison} wide>
              <p class="muted">{texts.comparisonHelp}</p>
              <Comparison revisions={newest.toReversed()} />
            </Panel>
          )}
          {draft === undefined ? null : (
            <ReleaseDialog
              model={model}
              route={draft}
              released={newest.find(({ status }) => status === 'RELEASED')?.revision}
              onDone={() => onDone(draft.revision)}
              onClose={() => setAsked(undefined)}
            />
          )}
        </>
      )}
    </>
  );
}

function RevisionTable({
  revisions,
  onRelease,
}: {
  readonly revisions: readonly Revision[];
  readonly onRelease: ((id: string) => void) | undefined;
}) {
  if (revisions.length === 0) return null;
  return (
    <Table
      name={texts.revisions}
      rows={revisions}
      columns={[
        { title: texts.revision, number: ({ revision }) => revision },
        { title: texts.status, cell: ({ status }) => <State state={status} /> },
        { title: texts.what, cell: ({ name, notes }) => [name, notes].filter((text) => text !== null).join(' · ') },
        { title: texts.lots, number: ({ lotCount }) => lotCount },
        {
          title: texts.releasedBy,
          cell: ({ releasedAt, releasedBy }) => (releasedAt === null ? '' : (releasedBy?.fullName ?? texts.system)),
        },
        { title: texts.releasedAt, cell: ({ releasedAt }) => <Time at={releasedAt} /> },
        { title: texts.reason, cell: ({ releaseReason }) => releaseReason },
        { title: texts.retiredAt, cell: ({ retiredAt }) => <Time at={retiredAt} /> },
        ...(onRelease === undefined || !revisions.some(({ status }) => status === 'DRAFT')
          ? []
          : [
              {
                title: texts.decision,
                cell: ({ id, status }: Revision) =>
                  status === 'DRAFT' ? (
                    <button type="button" onClick={() => onRelease(id)}>
                      {texts.release}
                    </button>
                  ) : null,
              },
            ]),
      ]}
    />
  );
}

/** The steps of the revisions, the oldest on the left. Each is compared with the one on its left. */
function Comparison({ revisions }: { readonly revisions: readonly Revision[] }) {
  return (
    <Table
      name={texts.comparison}
      rows={processesOf(revisions)}
      columns={[
        {
          title: texts.step,
          cell: ({ code, name }) => (
            <>
              <strong>{code}</strong>
              <br />
              {name}
            </>
          ),
        },
        ...revisions.map((route, index) => ({
          title: `${texts.revision} ${route.revision} · ${texts.state(route.status)}`,
          cell: ({ id }: { readonly id: string }) => <StepCell cell={cellOf(id, route, revisions[index - 1])} />,
        })),
      ]}
    />
  );
}

function StepCell({ cell: { kind, lines } }: { readonly cell: Cell }) {
  return (
    <>
      {kind === undefined ? null : <span class={`change ${kind}`}>{texts.change[kind]}</span>}
      <ul class="readings">
        {lines.map(({ text, is }) => (
          <li key={`${is} ${text}`}>{is === 'NEW' ? <ins>{text}</ins> : is === 'GONE' ? <del>{text}</del> : text}</li>
        ))}
      </ul>
    </>
  );
}

function RouteOfLot({ number }: { readonly number: string }) {
  const loaded = useGraph(RouteOfLotDocument, { number });
  const lot = loaded.data?.lotByNumber;
  return (
    <Panel title={texts.demandsOf(lot?.displayNumber ?? number)} wide>
      <Waiting loaded={loaded} />
      {lot === null ? <p role="alert">{texts.noSuchUnit(number)}</p> : null}
      {lot === null || lot === undefined ? null : (
        <>
          <p>
            <UnitLink unit={lot} /> ·{' '}
            <a data-page href={addressOf(lot.productModel.code, number)}>
              {lot.productModel.code}
            </a>{' '}
            · {lot.route === null ? texts.factoryRoute : `${texts.revision} ${lot.route.revision}`}{' '}
            {lot.route === null ? null : <State state={lot.route.status} />}
          </p>
          <Table
            name={texts.demandsOf(lot.displayNumber)}
            rows={loaded.data?.routeOf ?? []}
            columns={[
              { title: texts.place, number: (step) => step.number },
              { title: texts.step, cell: ({ process }) => `${process.code} · ${process.name}` },
              {
                title: texts.kind,
                cell: ({ process: { level } }) => texts.state(level === 'WIP' ? 'WIP_ITEM' : level),
              },
              {
                title: texts.demands,
                cell: (step) => (
                  <ul class="readings">
                    {demandsOf(step).map((text) => (
                      <li key={text}>{text}</li>
                    ))}
                  </ul>
                ),
              },
            ]}
          />
        </>
      )}
    </Panel>
  );
}

function addressOf(model: string, lot: string): string {
  return `/routes?${new URLSearchParams({ model, lot }).toString()}`;
}
