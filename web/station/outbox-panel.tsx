/** What the server refused, kept until somebody decides. */
import type { Entry } from './outbox.ts';
import type { Station } from './station.ts';
import { texts } from './texts.ts';

/** The refused entries with their reasons, and what waits behind each. */
export function OutboxPanel({
  station,
  refused,
  entries,
}: {
  readonly station: Station;
  readonly refused: readonly Entry[];
  readonly entries: readonly Entry[];
}) {
  return (
    <section class="panel refused" aria-label={texts.refused}>
      <h2>{texts.refused}</h2>
      <ol>
        {refused.map((entry) => (
          <li key={entry.order}>
            <strong>{`${entry.subject}: ${texts.recording(entry)}`}</strong>{' '}
            <time dateTime={entry.doneAt}>{texts.time(entry.doneAt)}</time>
            <ul>
              {entry.refusal?.map((reason) => (
                <li key={reason}>{reason}</li>
              ))}
            </ul>
            {behind(entry, entries) > 0 ? <p>{texts.behind(behind(entry, entries))}</p> : null}
            <button type="button" onClick={() => void station.sendAgain(entry)}>
              {texts.sendAgain}
            </button>
            <button
              type="button"
              class="quiet"
              onClick={() => {
                if (confirm(texts.confirmDrop(entry))) void station.drop(entry);
              }}
            >
              {texts.drop}
            </button>
          </li>
        ))}
      </ol>
    </section>
  );
}

function behind({ order, subject }: Entry, entries: readonly Entry[]): number {
  return entries.filter((each) => each.order > order && each.subject === subject && each.refusal === null).length;
}
