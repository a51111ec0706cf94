/** Floor: what is going on, live. */
import { useEffect } from 'preact/hooks';
import { FloorChangedDocument, FloorDocument, type FloorQuery } from '../generated/graphql.ts';
import { Panel, State, Table, Time, UnitLink, Waiting } from './parts.tsx';
import { listen } from './stream.ts';
import { texts } from './texts.ts';
import { useGraph } from './use-graph.ts';

/** The first page. */
export function FloorPage() {
  const loaded = useGraph(FloorDocument, {});
  const { data, reload } = loaded;
  useEffect(() => listen(FloorChangedDocument, atMostEach(SHORTEST_PAUSE, reload)), [reload]);
  return (
    <>
      <h1>{texts.floor}</h1>
      <Waiting loaded={loaded} />
      {data === undefined ? null : <Floor data={data} />}
    </>
  );
}

/** Milliseconds between two requests, however much happens. */
const SHORTEST_PAUSE = 1_000;

function atMostEach(milliseconds: number, run: () => void): () => void {
  let next = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  return () => {
    timer ??= setTimeout(
      () => {
        timer = undefined;
        next = Date.now() + milliseconds;
        run();
      },
      Math.max(0, next - Date.now()),
    );
  };
}

function Floor({ data }: { readonly data: FloorQuery }) {
  const { liveMetrics, wipByProcess, lotDashboard, equipment, held, alerts } = data;
  return (
    <div class="grid">
      {liveMetrics === null ? null : <Numbers metrics={liveMetrics} />}
      <Panel title={texts.lotsInWork} wide>
        <Table
          name={texts.lotsInWork}
          rows={lotDashboard?.rows ?? []}
          columns={[
            { title: texts.lot, cell: ({ lot }) => <UnitLink unit={lot} /> },
            { title: texts.model, cell: ({ lot }) => lot.productModel.name },
            { title: texts.line, cell: ({ lot }) => lot.productionLine.code },
            {
              title: texts.progress,
              cell: ({ progressRatio }) => (
                <>
                  <progress aria-label={texts.progress} max={1} value={progressRatio} /> {texts.percent(progressRatio)}
                </>
              ),
            },
            { title: texts.passed, number: ({ passedQuantity }) => passedQuantity },
            { title: texts.failed, number: ({ failedQuantity }) => failedQuantity },
            { title: texts.planned, number: ({ targetQuantity }) => targetQuantity },
            { title: texts.disposition, cell: ({ lot }) => <State state={lot.disposition} /> },
          ]}
        />
      </Panel>
      <Panel title={texts.wip}>
        <Table
          name={texts.wip}
          rows={wipByProcess?.rows ?? []}
          columns={[
            {
              title: texts.step,
              cell: ({ process }) => (
                <>
                  {process.name}
                  {process.code === wipByProcess?.bottleneck?.code ? (
                    <strong class="bad"> · {texts.bottleneck}</strong>
                  ) : null}
                </>
              ),
            },
            { title: texts.waiting, number: ({ waitingCount }) => waitingCount },
            { title: texts.inWork, number: ({ inProgressCount }) => inProgressCount },
            { title: texts.failed, number: ({ failedCount }) => failedCount },
            { title: texts.onHold, number: ({ heldCount }) => heldCount },
          ]}
        />
      </Panel>
      <Panel title={texts.lastFailures}>
        <Table
          name={texts.lastFailures}
          rows={liveMetrics?.latestFailures ?? []}
          columns={[
            { title: texts.at, cell: ({ completedAt }) => <Time at={completedAt} /> },
            { title: texts.unit, cell: ({ unit }) => <UnitLink unit={unit} /> },
            { title: texts.step, cell: ({ process }) => process.name },
            { title: texts.defects, cell: ({ defects }) => defects.map(({ code }) => code).join(', ') },
          ]}
        />
      </Panel>
      <Panel title={texts.equipmentStates}>
        <Table
          name={texts.equipmentStates}
          rows={equipment?.nodes ?? []}
          columns={[
            { title: texts.equipment, cell: ({ code, name }) => `${code} ${name}` },
            { title: texts.status, cell: ({ status }) => <State state={status} /> },
            { title: texts.since, cell: ({ statusChangedAt }) => <Time at={statusChangedAt} /> },
          ]}
        />
      </Panel>
      <Panel title={texts.holds}>
        <Table
          name={texts.holds}
          rows={held?.nodes ?? []}
          columns={[
            { title: texts.lot, cell: (lot) => <UnitLink unit={lot} /> },
            { title: texts.disposition, cell: ({ disposition }) => <State state={disposition} /> },
            { title: texts.reason, cell: ({ dispositionReason }) => dispositionReason },
          ]}
        />
      </Panel>
      <Panel title={texts.alerts}>
        <Table
          name={texts.alerts}
          rows={alerts?.nodes ?? []}
          columns={[
            { title: texts.at, cell: ({ createdAt }) => <Time at={createdAt} /> },
            { title: texts.severity, cell: ({ severity }) => <State state={severity} /> },
            { title: texts.what, cell: ({ title }) => title },
          ]}
        />
      </Panel>
    </div>
  );
}

function Numbers({ metrics }: { readonly metrics: NonNullable<FloorQuery['liveMetrics']> }) {
  const numbers: readonly (readonly [string, string | number])[] = [
    [texts.executionsLastHour, metrics.executionsLastHour],
    [texts.passRatio, texts.percent(metrics.passRatioLastHour)],
    [texts.inWork, metrics.wipInProgressCount],
    [texts.heldLots, metrics.heldLotCount],
    [texts.equipmentInUse, `${metrics.equipmentInUseCount} / ${metrics.equipmentActiveCount}`],
    [texts.pendingInspections, metrics.pendingInspectionCount],
    [texts.unreadAlerts, metrics.unreadAlertCount],
  ];
  return (
    <dl class="numbers" aria-live="polite">
      {numbers.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
