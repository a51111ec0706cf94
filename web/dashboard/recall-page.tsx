/** Recall: from a bad lot, serial or supplier lot to everything that contains it, which can be put on hold at once. */
import { useState } from 'preact/hooks';
import { QuarantineLotDocument, WhereUsedDocument, type WhereUsedQuery } from '../generated/graphql.ts';
import { Panel, State, Table, typedInto, UnitLink, useMay, Waiting } from './parts.tsx';
import { setParameters } from './route.ts';
import { askGraph } from './session.ts';
import { texts } from './texts.ts';
import { Nodes } from './unit-page.tsx';
import { useGraph } from './use-graph.ts';

const KINDS = ['EXTERNAL_LOT', 'LOT', 'SERIAL'] as const;

/** The page of a recall. What it is about stands in its address. */
export function RecallPage({ parameters }: { readonly parameters: URLSearchParams }) {
  const kind = KINDS.find((each) => each === parameters.get('kind')) ?? 'EXTERNAL_LOT';
  const number = parameters.get('number') ?? '';
  const search = (event: SubmitEvent): void => {
    const typed = typedInto(event);
    setParameters({ kind: typed('kind'), number: typed('number') });
  };
  return (
    <>
      <h1>{texts.recall}</h1>
      <form class="row" onSubmit={search}>
        <label>
          {texts.kind}{' '}
          <select name="kind" key={kind}>
            {KINDS.map((each) => (
              <option key={each} value={each} selected={each === kind}>
                {texts.state(each)}
              </option>
            ))}
          </select>
        </label>
        <label>
          {texts.number} <input name="number" required key={number} defaultValue={number} />
        </label>
        <button type="submit">{texts.findAffected}</button>
      </form>
      {number === '' ? (
        <p class="muted">{texts.recallHelp}</p>
      ) : (
        <Affected key={`${kind} ${number}`} kind={kind} number={number} />
      )}
    </>
  );
}

function Affected({ kind, number }: { readonly kind: (typeof KINDS)[number]; readonly number: string }) {
  const component =
    kind === 'EXTERNAL_LOT'
      ? { externalLotNumber: number }
      : kind === 'LOT'
        ? { lot: { number } }
        : { serial: { number } };
  const loaded = useGraph(WhereUsedDocument, { component });
  const used = loaded.data?.whereUsed;
  const mayHold = useMay('quarantineLot');
  return (
    <>
      <Waiting loaded={loaded} />
      {used === null ? <p role="alert">{texts.noSuchUnit(number)}</p> : null}
      {used === null || used === undefined ? null : (
        <>
          <p>
            <strong>{texts.affected(used.serialCount, used.lotCount)}</strong>
          </p>
          <div class="grid">
            <Panel title={texts.lots} wide>
              <Table
                name={texts.lots}
                rows={used.lots}
                columns={[
                  { title: texts.lot, cell: (lot) => <UnitLink unit={lot} /> },
                  { title: texts.disposition, cell: ({ disposition }) => <State state={disposition} /> },
                ]}
              />
              {mayHold ? <Hold lots={used.lots} onDone={loaded.reload} /> : null}
            </Panel>
            <Panel title={texts.serials}>
              <Table
                name={texts.serials}
                rows={used.serials.slice(0, MOST_SHOWN)}
                columns={[
                  { title: texts.unit, cell: (serial) => <UnitLink unit={serial} /> },
                  { title: texts.status, cell: ({ unitStatus }) => <State state={unitStatus} /> },
                ]}
              />
              {used.serialCount > MOST_SHOWN ? <p>{texts.more(used.serialCount - MOST_SHOWN)}</p> : null}
            </Panel>
            <Panel title={texts.wentInto}>
              <Nodes name={texts.wentInto} nodes={used.trace.nodes} isTruncated={used.trace.isTruncated} />
            </Panel>
          </div>
        </>
      )}
    </>
  );
}

const MOST_SHOWN = 200;

type AffectedLot = NonNullable<WhereUsedQuery['whereUsed']>['lots'][number];

/** Puts all lots on hold that are not yet, one after the other, with one reason. What is refused is shown. */
function Hold({ lots, onDone }: { readonly lots: readonly AffectedLot[]; readonly onDone: () => void }) {
  const [reason, setReason] = useState('');
  const [isBusy, setIsBusy] = useState(false);
  const [results, setResults] = useState<readonly string[]>([]);
  const free = lots.filter(({ disposition }) => disposition !== 'QUARANTINED' && disposition !== 'REJECTED');
  const hold = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (!confirm(texts.confirmHold(free.length))) return;
    setIsBusy(true);
    const said: string[] = [];
    for (const { id, displayNumber, version } of free) {
      const answer = await askGraph(QuarantineLotDocument, {
        // A repeated request with this key changes nothing, also after a lost answer.
        input: { lot: { id }, reason: reason.trim(), idempotencyKey: `recall ${id} ${version}` },
      });
      const problems =
        answer.kind !== 'ANSWERED'
          ? [texts.problem[answer.kind]]
          : 'messages' in answer.value
            ? answer.value.messages
            : answer.value.data.quarantineLot.errors.map(({ message }) => message);
      said.push(`${displayNumber}: ${problems.length === 0 ? texts.held : problems.join(' ')}`);
      setResults([...said]);
    }
    setIsBusy(false);
    onDone();
  };
  return (
    <form class="row" onSubmit={(event) => void hold(event)}>
      <label>
        {texts.reason}{' '}
        <input
          name="reason"
          required
          maxLength={500}
          value={reason}
          onInput={({ currentTarget }) => setReason(currentTarget.value)}
        />
      </label>
      <button type="submit" disabled={isBusy || free.length === 0 || reason.trim() === ''}>
        {texts.holdAll(free.length)}
      </button>
      <ul role="status">
        {results.map((result) => (
          <li key={result}>{result}</li>
        ))}
      </ul>
    </form>
  );
}
