/** The station terminal: scan, start, read, judge, next. */
import { useEffect, useState } from 'preact/hooks';
import type { Entry } from './outbox.ts';
import { OutboxPanel } from './outbox-panel.tsx';
import { OperatorPanel, SetupPanel } from './setup-panel.tsx';
import type { Station } from './station.ts';
import { texts } from './texts.ts';
import { ScanPanel } from './scan-panel.tsx';
import { WorkPanel } from './work-panel.tsx';

/** The whole page. */
export function App({ station }: { readonly station: Station }) {
  const state = useStation(station);
  const { settings, operator, work, connection, entries } = state;
  const refused = entries.filter(({ refusal }) => refusal !== null);
  const waiting = entries.length - refused.length;
  return (
    <>
      <header>
        <h1>{settings === undefined ? texts.title : `${settings.station.code} · ${settings.process.name}`}</h1>
        {operator === undefined ? null : (
          <button type="button" class="quiet" onClick={() => station.signOut()}>
            {texts.signOut(operator)}
          </button>
        )}
        {settings === undefined ? null : (
          <button type="button" class="quiet" onClick={() => station.changeSettings()}>
            {texts.changeSettings}
          </button>
        )}
        <p class={`connection ${connection}`} role="status">
          {texts.connection[connection]} {waiting > 0 ? texts.waiting(waiting) : ''}
        </p>
      </header>
      <main>
        {settings === undefined ? (
          <SetupPanel station={station} />
        ) : operator === undefined ? (
          <OperatorPanel station={station} />
        ) : work === undefined ? (
          <ScanPanel station={station} settings={settings} recent={state.recent} />
        ) : (
          <WorkPanel key={work.subject} station={station} work={work} refusal={refusalOf(refused, work.subject)} />
        )}
        {refused.length > 0 ? <OutboxPanel station={station} refused={refused} entries={entries} /> : null}
      </main>
    </>
  );
}

function refusalOf(refused: readonly Entry[], subject: string): Entry | undefined {
  return refused.find((each) => each.subject === subject && each.mutation === 'startProcess');
}

function useStation(station: Station) {
  const [state, setState] = useState(station.state());
  useEffect(() => station.subscribe(() => setState(station.state())), [station]);
  return state;
}
