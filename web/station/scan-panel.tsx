/** Scans a unit, and says whether it may go on. */
import { useState } from 'preact/hooks';
import { focusOnce } from './focus.ts';
import { Camera } from './camera.tsx';
import type { Recent, Scanned, Settings, Station } from './station.ts';
import { texts } from './texts.ts';

/** Waits for a scan, shows what it found, and offers to start. */
export function ScanPanel({
  station,
  settings,
  recent,
}: {
  readonly station: Station;
  readonly settings: Settings;
  readonly recent: readonly Recent[];
}) {
  const [code, setCode] = useState('');
  const [isAsking, setIsAsking] = useState(false);
  const [found, setFound] = useState<Scanned>();
  const scan = async (text: string): Promise<void> => {
    if (text.trim() === '' || isAsking) return;
    setIsAsking(true);
    setFound(await station.scan(text.trim()));
    setCode('');
    setIsAsking(false);
  };
  return (
    <section class="panel">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void scan(code);
        }}
      >
        <label>
          {texts.scan}
          <input
            name="code"
            autocomplete="off"
            ref={focusOnce}
            data-scan
            value={code}
            onInput={({ currentTarget }) => setCode(currentTarget.value)}
          />
        </label>
        <button type="submit" disabled={isAsking}>
          {texts.look}
        </button>
        <Camera onCode={(text) => void scan(text)} />
      </form>
      <div aria-live="assertive">
        {found === undefined ? null : <Found station={station} settings={settings} found={found} />}
      </div>
      {recent.length > 0 ? (
        <>
          <h2>{texts.recent}</h2>
          <ol class="recent">
            {recent.map(({ key, subject, what, state }) => (
              <li key={key} class={state}>{`${subject}: ${what}, ${texts.recentState[state]}`}</li>
            ))}
          </ol>
        </>
      ) : null}
    </section>
  );
}

function Found({
  station,
  settings,
  found,
}: {
  readonly station: Station;
  readonly settings: Settings;
  readonly found: Scanned;
}) {
  if (found.kind === 'PROBLEM') return <p class="verdict NO">{found.message}</p>;
  const { unit } = found;
  const begin = (): void => void station.start(unit);
  if (found.kind === 'UNCHECKED')
    return (
      <div class="verdict UNKNOWN">
        <p class="number">{unit.shown}</p>
        <p>{texts.unchecked}</p>
        <button type="button" class="big" onClick={begin}>
          {texts.startUnchecked(settings.process.name)}
        </button>
      </div>
    );
  if (unit.openSince !== undefined)
    return (
      <div class="verdict UNKNOWN">
        <p class="number">{unit.shown}</p>
        <p>{texts.isOpen}</p>
        <button type="button" class="big" onClick={() => station.goOn(unit)}>
          {texts.goOn}
        </button>
      </div>
    );
  return (
    <div class={`verdict ${found.isReady ? 'YES' : 'NO'}`}>
      <p class="number">{unit.shown}</p>
      <p>{unit.model}</p>
      <p class="answer">
        {found.isReady ? texts.mayGoOn(settings.process.name) : texts.mayNotGoOn(settings.process.name)}
      </p>
      {found.objections.length > 0 ? (
        <ul>
          {found.objections.map(({ rule, message }) => (
            <li key={rule}>
              {message} <small>{rule}</small>
            </li>
          ))}
        </ul>
      ) : null}
      {found.warnings.map((warning) => (
        <p key={warning}>{texts.warning(warning)}</p>
      ))}
      {found.isReady || found.nextStep === undefined ? null : <p>{texts.nextStep(found.nextStep)}</p>}
      {found.isReady ? (
        <button type="button" class="big" onClick={begin}>
          {texts.start}
        </button>
      ) : null}
    </div>
  );
}
