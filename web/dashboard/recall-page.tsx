/** Recall: from a bad lot, serial or supplier lot to everything that contains it, which can be put on hold at once. */
import { useState } from 'preact/hooks';
import {
  EquipmentWindowDocument,
  QuarantineLotDocument,
  WhereUsedDocument,
  type WhereUsedQuery,
} from '../generated/graphql.ts';
import { Panel, State, Table, typedInto, UnitLink, useMay, Waiting } from './parts.tsx';
import { setParameters } from './route.ts';
import { askGraph } from './session.ts';
import { instantAtSite } from './site.ts';
import { texts } from './texts.ts';
import { Nodes, type TracedNodes } from './unit-page.tsx';
import { useGraph } from './use-graph.ts';

const KINDS = ['EXTERNAL_LOT', 'LOT', 'SERIAL', 'EQUIPMENT'] as const;

/** The page of a recall. What it is about stands in its address. */
export function RecallPage({ parameters }: { readonly parameters: URLSearchParams }) {
  const kind = KINDS.find((each) => each === parameters.get('kind')) ?? 'EXTERNAL_LOT';
  const [number = '', from = '', to = ''] = ['number', 'from', 'to'].map((name) => parameters.get(name) ?? '');
  const search = (event: SubmitEvent): void => {
    const typed = typedInto(event);
    setParameters(Object.fromEntries(['kind', 'number', 'from', 'to'].map((name) => [name, typed(name)])));
  };
  const times = kind === 'EQUIPMENT' ? ([['from', from] as const, ['to', to] as const] as const) : [];
  return (
    <>
      <h1>{texts.recall}</h1>
      <form class="row" onSubmit={search}>
        <label>
          {texts.kind}{' '}
          <select name="kind" key={kind} onChange={({ currentTarget }) => setParameters({ kind: currentTarget.value })}>
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
        {times.map(([name, value]) => (
          <label key={name}>
            {texts[name]} <input type="datetime-local" name={name} required key={value} defaultValue={value} />
          </label>
        ))}
        <button type="submit">{texts.findAffected}</button>
      </form>
      {number === '' || (kind === 'EQUIPMENT' && (from === '' || to === '')) ? (
        <p class="muted">{texts.recallHelp}</p>
      ) : kind === 'EQUIPMENT' ? (
        <MadeThere key={`${number} ${from} ${to}`} code={number} from={from} to={to} />
      ) : (
        <Affected key={`${kind} ${number}`} kind={kind} number={number} />
      )}
    </>
  );
}

type Kind = Exclude<(typeof KINDS)[number], 'EQUIPMENT'>;

function Affected({ kind, number }: { readonly kind: Kind; readonly number: string }) {
  const component =
    kind === 'EXTERNAL_LOT'
      ? { externalLotNumber: number }
      : kind === 'LOT'
        ? { lot: { number } }
        : { serial: { number } };
  const loaded = useGraph(WhereUsedDocument, { component });
  const used = loaded.data?.whereUsed;
  return (
    <>
      <Waiting loaded={loaded} />
      {used === null ? <p role="alert">{texts.noSuchUnit(number)}</p> : null}
      {used === null || used === undefined ? null : (
        <>
          <p>
            <strong>{texts.affected(used.serialCount, used.lotCount)}</strong>
          </p>
          <Units title={texts.wentInto} affected={used} trace={used.trace} onDone={loaded.reload} />
        </>
      )}
    </>
  );
}

/** What was worked on by a machine in a period, and what contains it. Times are those of the site. */
function MadeThere({ code, from, to }: { readonly code: string; readonly from: string; readonly to: string }) {
  const period = { from: instantAtSite(from), to: instantAtSite(to) };
  const loaded = useGraph(EquipmentWindowDocument, { equipment: { code }, period });
  const made = loaded.data?.equipmentWindow;
  return (
    <>
      <Waiting loaded={loaded} />
      {made === null ? <p role="alert">{texts.noSuchEquipment(code)}</p> : null}
      {made === null || made === undefined ? null : (
        <>
          <p>
            <strong>{texts.madeThere(made.executionCount, made.serialCount, made.lotCount)}</strong>
          </p>
          <Units title={texts.units} affected={made} trace={made} onDone={loaded.reload} />
        </>
      )}
    </>
  );
}

function Units({
  title,
  affected: { lots, serials, serialCount },
  trace: { nodes, isTruncated },
  onDone,
}: {
  readonly title: string;
  readonly affected: Pick<NonNullable<WhereUsedQuery['whereUsed']>, 'lots' | 'serials' | 'serialCount'>;
  readonly trace: TracedNodes;
  readonly onDone: () => void;
}) {
  const mayHold = useMay('quarantineLot');
  return (
    <div class="grid">
      <Panel title={texts.lots} wide>
        <Table
          name={texts.lots}
          rows={lots}
          columns={[
            { title: texts.lot, cell: (lot) => <UnitLink unit={lot} /> },
            { title: texts.disposition, cell: ({ disposition }) => <State state={disposition} /> },
          ]}
        />
        {mayHold ? <Hold lots={lots} onDone={onDone} /> : null}
      </Panel>
      <Panel title={texts.serials}>
        <Table
          name={texts.serials}
          rows={serials.slice(0, MOST_SHOWN)}
          columns={[
            { title: texts.unit, cell: (serial) => <UnitLink unit={serial} /> },
            { title: texts.status, cell: ({ unitStatus }) => <State state={unitStatus} /> },
          ]}
        />
        {serialCount > MOST_SHOWN ? <p>{texts.more(serialCount - MOST_SHOWN)}</p> : null}
      </Panel>
      <Panel title={title}>
        <Nodes name={title} nodes={nodes} isTruncated={isTruncated} />
      </Panel>
    </div>
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
