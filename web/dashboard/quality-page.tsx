/** Quality: yield, defects, trend, and whether a characteristic is under control. */
import { ControlPageDocument, QualityPageDocument, type QualityPageQuery } from '../generated/graphql.ts';
import { Chart, Panel, State, Table, Time, UnitLink, Waiting } from './parts.tsx';
import { daysOf, PeriodChoice, periodOf } from './period.tsx';
import { setParameters } from './route.ts';
import { texts } from './texts.ts';
import { useTheme } from './theme.ts';
import { useGraph } from './use-graph.ts';

/** The page of quality. */
export function QualityPage({ parameters }: { readonly parameters: URLSearchParams }) {
  const theme = useTheme();
  const days = daysOf(parameters);
  const loaded = useGraph(QualityPageDocument, { ...periodOf(days), theme });
  const { data } = loaded;
  return (
    <>
      <h1>{texts.quality}</h1>
      <PeriodChoice days={days} />
      <Waiting loaded={loaded} />
      {data === undefined ? null : <Figures data={data} days={days} parameters={parameters} />}
    </>
  );
}

function Figures({
  data,
  days,
  parameters,
}: {
  readonly data: QualityPageQuery;
  readonly days: number;
  readonly parameters: URLSearchParams;
}) {
  const { yieldReport, defectPareto, defectTrend, inspections, measurementCodes } = data;
  const choices = (measurementCodes ?? []).flatMap(({ code, processes }) =>
    processes.map((process) => ({ code, process })),
  );
  const asked = parameters.get('reading') ?? '';
  const chosen = choices.find(({ code, process }) => `${process.code} ${code}` === asked) ?? choices[0];
  return (
    <div class="grid">
      {yieldReport === null ? null : (
        <Panel title={texts.yield}>
          <p>
            {texts.rolledYield} <strong>{texts.percent(yieldReport.rolledThroughputYield)}</strong>
          </p>
          <Chart
            name={texts.yield}
            svg={yieldReport.svg}
            rows={yieldReport.rows}
            columns={[
              { title: texts.step, cell: ({ process }) => process.name, csv: ({ process }) => process.code },
              { title: texts.firstPassYield, number: ({ firstPassYield }) => firstPassYield, shown: texts.percent },
              { title: texts.finalYield, number: ({ finalYield }) => finalYield, shown: texts.percent },
              { title: texts.executions, number: ({ executions }) => executions },
              { title: texts.failed, number: ({ failCount }) => failCount },
            ]}
          />
        </Panel>
      )}
      {defectPareto === null ? null : (
        <Panel title={texts.pareto}>
          <Chart
            name={texts.pareto}
            svg={defectPareto.svg}
            rows={defectPareto.rows}
            columns={[
              { title: texts.defect, cell: ({ key }) => key, csv: ({ key }) => key },
              { title: texts.count, number: ({ count }) => count },
              { title: texts.cumulative, number: ({ cumulativeRatio }) => cumulativeRatio, shown: texts.percent },
            ]}
          />
        </Panel>
      )}
      {defectTrend === null ? null : (
        <Panel title={texts.trend}>
          <Chart
            name={texts.trend}
            svg={defectTrend.svg}
            rows={defectTrend.points}
            columns={[
              { title: texts.day, cell: ({ start }) => start, csv: ({ start }) => start },
              { title: texts.executions, number: ({ executions }) => executions },
              { title: texts.failed, number: ({ failCount }) => failCount },
              { title: texts.failRatio, number: ({ failRatio }) => failRatio, shown: texts.percent },
            ]}
          />
        </Panel>
      )}
      <Panel title={texts.queue(inspections?.totalCount ?? 0)}>
        <Table
          name={texts.inspections}
          rows={inspections?.nodes ?? []}
          columns={[
            { title: texts.lot, cell: ({ lot }) => <UnitLink unit={lot} /> },
            {
              title: texts.sample,
              cell: ({ id, sampleCode }) => (
                <a data-page href={`/inspections/${id}`}>
                  {sampleCode}
                </a>
              ),
            },
            { title: texts.kind, cell: ({ type }) => texts.state(type) },
            { title: texts.status, cell: ({ status }) => <State state={status} /> },
            { title: texts.priority, number: ({ priority }) => priority },
            { title: texts.findings, number: ({ defectCount }) => defectCount },
            { title: texts.since, cell: ({ createdAt }) => <Time at={createdAt} /> },
          ]}
        />
      </Panel>
      {chosen === undefined ? null : (
        <>
          <label class="wide">
            {texts.characteristic}{' '}
            <select
              value={`${chosen.process.code} ${chosen.code}`}
              onChange={({ currentTarget }) => setParameters({ reading: currentTarget.value })}
            >
              {choices.map(({ code, process }) => (
                <option key={`${process.code} ${code}`} value={`${process.code} ${code}`}>
                  {`${process.name}: ${code}`}
                </option>
              ))}
            </select>
          </label>
          <Control process={chosen.process.code} code={chosen.code} days={days} />
        </>
      )}
    </div>
  );
}

function Control({ process, code, days }: { readonly process: string; readonly code: string; readonly days: number }) {
  const theme = useTheme();
  const { period } = periodOf(days);
  const about = { process: { code: process }, code, period };
  const loaded = useGraph(ControlPageDocument, { chart: { ...about, chart: 'I_MR' }, capability: about, theme });
  const { spcChart, processCapability } = loaded.data ?? {};
  const violated = [...new Set((spcChart?.violations ?? []).map(({ rule }) => rule))];
  return (
    <>
      <Panel title={texts.controlChart(code)}>
        <Waiting loaded={loaded} />
        {spcChart === null || spcChart === undefined ? null : (
          <>
            <p>
              <strong class={spcChart.isStable === false ? 'bad' : ''}>{texts.stable(spcChart.isStable)}</strong>
            </p>
            <ul>
              {violated.map((rule) => (
                <li key={rule}>
                  <strong>{rule}</strong>: {texts.rule(rule)}
                </li>
              ))}
            </ul>
            <Chart
              name={texts.controlChart(code)}
              svg={spcChart.svg}
              rows={spcChart.points}
              columns={[
                { title: texts.point, cell: ({ label }) => label, csv: ({ label }) => label },
                { title: texts.value, number: ({ value }) => value, shown: texts.figure },
                { title: texts.lower, number: ({ lower }) => lower, shown: texts.figure },
                { title: texts.upper, number: ({ upper }) => upper, shown: texts.figure },
                { title: texts.rules, cell: ({ rules }) => rules.join(', '), csv: ({ rules }) => rules.join(' ') },
              ]}
            />
          </>
        )}
      </Panel>
      {processCapability === null || processCapability === undefined ? null : (
        <Panel title={texts.capability(code)}>
          <p>
            Cpk <strong>{texts.figure(processCapability.cpk.value)}</strong> · Ppk{' '}
            <strong>{texts.figure(processCapability.ppk.value)}</strong>{' '}
            <State state={processCapability.verdict ?? 'UNKNOWN'} />
          </p>
          <Chart
            name={texts.capability(code)}
            svg={processCapability.svg}
            rows={[processCapability]}
            columns={[
              { title: texts.readings, number: ({ readingCount }) => readingCount },
              { title: texts.mean, number: ({ mean }) => mean, shown: texts.figure },
              { title: texts.lower, number: ({ lowerLimit }) => lowerLimit },
              { title: texts.upper, number: ({ upperLimit }) => upperLimit },
            ]}
          />
        </Panel>
      )}
    </>
  );
}
