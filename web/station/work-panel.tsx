/** Readings, judged while they are typed, and the result. */
import { useState } from 'preact/hooks';
import type { DefectSeverity, ProcessDefectInput, ProcessResult } from '../generated/graphql.ts';
import type { Entry } from './outbox.ts';
import { canPass, type Characteristic, isNumeric, judge, type Judgement } from './reading.ts';
import type { Station, Work } from './station.ts';
import { texts } from './texts.ts';

/** The work on one unit, from its start to its result. `refusal`: the server refused the start. */
export function WorkPanel({
  station,
  work,
  refusal,
}: {
  readonly station: Station;
  readonly work: Work;
  readonly refusal: Entry | undefined;
}) {
  const [typed, setTyped] = useState<ReadonlyMap<string, string>>(new Map());
  const [defects, setDefects] = useState<readonly ProcessDefectInput[]>([]);
  const [notes, setNotes] = useState('');
  const { characteristics, allowOutOfSpecPass } = work.step;
  const judgements = characteristics.map((each) => judge(each, typed.get(each.code) ?? ''));
  const isReadable = !judgements.includes('NOT_A_NUMBER');
  const mayEnd: Record<ProcessResult, boolean> = {
    PASS: isReadable && defects.length === 0 && canPass({ allowOutOfSpecPass }, judgements),
    FAIL: isReadable && defects.length > 0,
    REWORK: isReadable,
  };
  if (refusal !== undefined)
    return (
      <section class="panel">
        <h2 class="number">{work.unit.shown}</h2>
        <p class="verdict NO">{texts.startRefused}</p>
        <button type="button" class="big" onClick={() => station.putAside()}>
          {texts.back}
        </button>
      </section>
    );
  return (
    <section class="panel">
      <h2 class="number">{work.unit.shown}</h2>
      <p>{`${work.unit.model} ${texts.startedAt(work.startedAt)}`}</p>
      {work.isStepKnown ? null : <p>{texts.limitsUnknown}</p>}
      <div class="readings">
        {characteristics.map((characteristic, index) => (
          <Reading
            key={characteristic.code}
            characteristic={characteristic}
            judgement={judgements[index] ?? 'EMPTY'}
            value={typed.get(characteristic.code) ?? ''}
            onType={(value) => setTyped(new Map(typed).set(characteristic.code, value))}
          />
        ))}
      </div>
      <Defects defects={defects} onChange={setDefects} />
      <label>
        {texts.notes}
        <input
          name="notes"
          maxLength={1000}
          value={notes}
          onInput={({ currentTarget }) => setNotes(currentTarget.value)}
        />
      </label>
      <div class="results">
        {RESULTS.map((result) => (
          <button
            key={result}
            type="button"
            class={`big ${result}`}
            disabled={!mayEnd[result]}
            onClick={() => void station.complete(work, { result, typed, defects, notes })}
          >
            {texts.result[result]}
          </button>
        ))}
      </div>
      <p>{defects.length === 0 ? texts.failNeedsDefect : texts.passHasNone}</p>
      <button type="button" class="quiet" onClick={() => station.putAside()}>
        {texts.putAside}
      </button>
    </section>
  );
}

const RESULTS = ['PASS', 'FAIL', 'REWORK'] as const;

function Reading({
  characteristic,
  judgement,
  value,
  onType,
}: {
  readonly characteristic: Characteristic;
  readonly judgement: Judgement;
  readonly value: string;
  readonly onType: (value: string) => void;
}) {
  const { code, unit, lowerLimit, upperLimit, target } = characteristic;
  const id = `reading-${code}`;
  return (
    <div class={`reading ${judgement}`}>
      <label for={id}>{code}</label>
      <input
        id={id}
        name={id}
        autocomplete="off"
        inputMode={isNumeric(characteristic) ? 'decimal' : 'text'}
        aria-describedby={`${id}-judgement`}
        value={value}
        onInput={({ currentTarget }) => onType(currentTarget.value)}
      />
      <span>{unit}</span>
      <small>{texts.limits(lowerLimit, target, upperLimit)}</small>
      <output id={`${id}-judgement`} for={id}>
        {texts.judgement[judgement]}
      </output>
    </div>
  );
}

function Defects({
  defects,
  onChange,
}: {
  readonly defects: readonly ProcessDefectInput[];
  readonly onChange: (defects: readonly ProcessDefectInput[]) => void;
}) {
  const [code, setCode] = useState('');
  const [severity, setSeverity] = useState<DefectSeverity>('MEDIUM');
  const add = (event: Event): void => {
    event.preventDefault();
    if (code.trim() === '') return;
    onChange([...defects, { code: code.trim().toUpperCase(), severity }]);
    setCode('');
  };
  return (
    <form class="defects" onSubmit={add}>
      <h3>{texts.defects}</h3>
      <ul>
        {defects.map((defect, index) => (
          <li key={index}>
            {`${defect.code} · ${texts.severity[defect.severity ?? 'MEDIUM']} `}
            <button type="button" class="quiet" onClick={() => onChange(defects.toSpliced(index, 1))}>
              {texts.removeDefect(defect.code)}
            </button>
          </li>
        ))}
      </ul>
      <label>
        {texts.defectCode}
        <input
          name="defect"
          autocomplete="off"
          maxLength={50}
          value={code}
          onInput={({ currentTarget }) => setCode(currentTarget.value)}
        />
      </label>
      <label>
        {texts.severityLabel}
        <select
          name="severity"
          value={severity}
          onChange={({ currentTarget }) => setSeverity(severityOf(currentTarget.value))}
        >
          {SEVERITIES.map((each) => (
            <option key={each} value={each}>
              {texts.severity[each]}
            </option>
          ))}
        </select>
      </label>
      <button type="submit">{texts.addDefect}</button>
    </form>
  );
}

const SEVERITIES = ['LOW', 'MEDIUM', 'HIGH', 'CRITICAL'] as const satisfies readonly DefectSeverity[];

function severityOf(value: string): DefectSeverity {
  return SEVERITIES.find((each) => each === value) ?? 'MEDIUM';
}
