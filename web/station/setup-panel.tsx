/** What is set once, the key and the step of the station, and who works at it. */
import { useState } from 'preact/hooks';
import { focusOnce } from './focus.ts';
import { type Offer, type Station } from './station.ts';
import { texts } from './texts.ts';

/** Asks for the key of the station, then for its step. */
export function SetupPanel({ station }: { readonly station: Station }) {
  const [key, setKey] = useState('');
  const [problem, setProblem] = useState('');
  const [offer, setOffer] = useState<Offer>();
  const [process, setProcess] = useState('');
  const [equipment, setEquipment] = useState('');
  const check = async (event: Event): Promise<void> => {
    event.preventDefault();
    const answer = await station.offerFor(key.trim());
    setOffer(answer.kind === 'ANSWERED' ? answer.value : undefined);
    setProblem(
      answer.kind === 'ANSWERED' ? (answer.value === undefined ? texts.notAStation : '') : texts.problem[answer.kind],
    );
  };
  const save = (event: Event): void => {
    event.preventDefault();
    if (offer !== undefined) void station.setUp({ key: key.trim(), offer, process, equipment });
  };
  if (offer === undefined)
    return (
      <form class="panel" onSubmit={(event) => void check(event)}>
        <h2>{texts.setup}</h2>
        <label>
          {texts.key}
          <input
            type="password"
            name="key"
            autocomplete="off"
            required
            value={key}
            onInput={({ currentTarget }) => setKey(currentTarget.value)}
          />
        </label>
        <p>{texts.keyHelp}</p>
        <p role="alert">{problem}</p>
        <button type="submit">{texts.next}</button>
      </form>
    );
  return (
    <form class="panel" onSubmit={save}>
      <h2>{`${offer.station.code} · ${offer.station.name}`}</h2>
      <label>
        {texts.step}
        <select
          name="process"
          required
          value={process}
          onChange={({ currentTarget }) => setProcess(currentTarget.value)}
        >
          <option value="">{texts.choose}</option>
          {offer.processes.map(({ code, name, number }) => (
            <option key={code} value={code}>{`${number} · ${name}`}</option>
          ))}
        </select>
      </label>
      <label>
        {texts.equipment}
        <select name="equipment" value={equipment} onChange={({ currentTarget }) => setEquipment(currentTarget.value)}>
          <option value="">{texts.noEquipment}</option>
          {offer.equipment.map(({ code, name }) => (
            <option key={code} value={code}>{`${code} · ${name}`}</option>
          ))}
        </select>
      </label>
      <button type="submit">{texts.save}</button>
    </form>
  );
}

/** Asks who works here. */
export function OperatorPanel({ station }: { readonly station: Station }) {
  const [badge, setBadge] = useState('');
  const enter = (event: Event): void => {
    event.preventDefault();
    if (badge.trim() !== '') void station.signIn(badge.trim());
  };
  return (
    <form class="panel" onSubmit={enter}>
      <h2>{texts.who}</h2>
      <label>
        {texts.badge}
        <input
          name="operator"
          autocomplete="off"
          ref={focusOnce}
          data-scan
          value={badge}
          onInput={({ currentTarget }) => setBadge(currentTarget.value)}
        />
      </label>
      <button type="submit">{texts.next}</button>
    </form>
  );
}
