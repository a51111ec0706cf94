/** Operate: how the service is, what happened in it, what is slow, and what it does in the background. */
import {
  BackgroundJobsDocument,
  BackupsDocument,
  type EventLevel,
  HealthDocument,
  SpeedDocument,
  SystemEventsDocument,
} from '../generated/graphql.ts';
import { Panel, State, Table, Time, useMay, Waiting } from './parts.tsx';
import { setParameters } from './route.ts';
import { texts } from './texts.ts';
import { useGraph } from './use-graph.ts';

/** The page of the service. */
export function OperatePage({ parameters }: { readonly parameters: URLSearchParams }) {
  const maySeeSpeed = useMay('slowStatements');
  const maySeeJobs = useMay('backgroundJobs');
  return (
    <>
      <h1>{texts.operate}</h1>
      <Health />
      <div class="grid">
        <Events level={parameters.get('level') ?? ''} />
        {maySeeSpeed ? <Speed /> : null}
        {maySeeJobs ? <Jobs /> : null}
        <Backups />
      </div>
    </>
  );
}

function Health() {
  const loaded = useGraph(HealthDocument, {});
  const health = loaded.data?.health;
  return (
    <>
      <Waiting loaded={loaded} />
      {health === null || health === undefined ? null : (
        <dl class="numbers">
          <div>
            <dt>{texts.health}</dt>
            <dd>{texts.state(health.status)}</dd>
          </div>
          <div>
            <dt>{texts.uptime}</dt>
            <dd>{texts.hours(health.uptimeSeconds)}</dd>
          </div>
          <div>
            <dt>{texts.databaseAnswers}</dt>
            <dd>{texts.milliseconds(health.databaseLatencyMilliseconds)}</dd>
          </div>
          <div>
            <dt>{texts.version}</dt>
            <dd>{health.version}</dd>
          </div>
          <div>
            <dt>{texts.newestMigration}</dt>
            <dd title={health.migrations ?? ''}>{health.migrations?.slice(0, 4)}</dd>
          </div>
        </dl>
      )}
    </>
  );
}

/** The last backups, and those that failed. */
function Backups() {
  const loaded = useGraph(BackupsDocument, {});
  const events = loaded.data?.systemEvents?.nodes ?? [];
  return (
    <Panel title={texts.backups}>
      <Waiting loaded={loaded} />
      {loaded.data !== undefined && events.length === 0 ? <p class="muted">{texts.noBackup}</p> : null}
      {events.length === 0 ? null : (
        <Table
          name={texts.backups}
          rows={events}
          columns={[
            { title: texts.at, cell: ({ createdAt }) => <Time at={createdAt} /> },
            { title: texts.severity, cell: ({ level }) => <State state={level} /> },
            { title: texts.what, cell: ({ message }) => message },
          ]}
        />
      )}
    </Panel>
  );
}

const LEVELS = ['DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL'] as const satisfies readonly EventLevel[];

function Events({ level }: { readonly level: string }) {
  const least = LEVELS.find((each) => each === level) ?? 'INFO';
  const loaded = useGraph(SystemEventsDocument, { levels: LEVELS.slice(LEVELS.indexOf(least)) });
  return (
    <Panel title={texts.events} wide>
      <label>
        {texts.leastLevel}{' '}
        <select value={least} onChange={({ currentTarget }) => setParameters({ level: currentTarget.value })}>
          {LEVELS.map((each) => (
            <option key={each} value={each}>
              {texts.state(each)}
            </option>
          ))}
        </select>
      </label>
      <Waiting loaded={loaded} />
      <Table
        name={texts.events}
        rows={loaded.data?.systemEvents?.nodes ?? []}
        columns={[
          { title: texts.at, cell: ({ createdAt }) => <Time at={createdAt} /> },
          { title: texts.severity, cell: ({ level }) => <State state={level} /> },
          { title: texts.what, cell: ({ message }) => message },
          { title: texts.kind, cell: ({ event }) => event },
        ]}
      />
    </Panel>
  );
}

function Speed() {
  const loaded = useGraph(SpeedDocument, {});
  return (
    <>
      <Panel title={texts.operations}>
        <Waiting loaded={loaded} />
        <Table
          name={texts.operations}
          rows={loaded.data?.operationStatistics ?? []}
          columns={[
            { title: texts.operation, cell: ({ operationName }) => operationName },
            { title: texts.count, number: ({ count }) => count },
            { title: texts.refusals, number: ({ refusalCount }) => refusalCount },
            { title: texts.faults, number: ({ faultCount }) => faultCount },
            { title: texts.mean, number: ({ meanMilliseconds }) => meanMilliseconds, shown: texts.milliseconds },
            {
              title: texts.longest,
              number: ({ maxMilliseconds }) => maxMilliseconds,
              shown: texts.milliseconds,
            },
          ]}
        />
      </Panel>
      <Panel title={texts.slowStatements}>
        <Table
          name={texts.slowStatements}
          rows={loaded.data?.slowStatements ?? []}
          columns={[
            { title: texts.at, cell: ({ at }) => <Time at={at} /> },
            { title: texts.duration, number: ({ milliseconds }) => milliseconds, shown: texts.milliseconds },
            { title: texts.operation, cell: ({ operationName }) => operationName },
            { title: texts.statement, cell: ({ statement }) => <code>{statement.slice(0, 300)}</code> },
          ]}
        />
      </Panel>
    </>
  );
}

function Jobs() {
  const loaded = useGraph(BackgroundJobsDocument, {});
  return (
    <Panel title={texts.jobs}>
      <Waiting loaded={loaded} />
      <Table
        name={texts.jobs}
        rows={loaded.data?.backgroundJobs?.nodes ?? []}
        columns={[
          { title: texts.at, cell: ({ queuedAt }) => <Time at={queuedAt} /> },
          { title: texts.kind, cell: ({ kind }) => texts.state(kind) },
          { title: texts.status, cell: ({ status }) => <State state={status} /> },
          { title: texts.done, cell: ({ doneCount, totalCount }) => `${doneCount} / ${totalCount}` },
          { title: texts.failed, number: ({ failedCount }) => failedCount },
          { title: texts.reason, cell: ({ errorMessage }) => errorMessage },
        ]}
      />
    </Panel>
  );
}
