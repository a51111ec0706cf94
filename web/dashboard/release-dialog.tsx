/** The dialogue in which a draft of a route is released, with a reason. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { ReleaseRouteDocument } from '../generated/graphql.ts';
import type { Revision } from './route-comparison.ts';
import { askGraph } from './session.ts';
import { texts } from './texts.ts';

/** Asks for the reason and releases the draft. What is refused is shown, and the dialogue stays. */
export function ReleaseDialog({
  model,
  route: { id, revision, version },
  released,
  onDone,
  onClose,
}: {
  readonly model: string;
  readonly route: Pick<Revision, 'id' | 'revision' | 'version'>;
  /** The revision that is released now, and will be retired. */
  readonly released: number | undefined;
  readonly onDone: () => void;
  readonly onClose: () => void;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [reason, setReason] = useState('');
  const [isBusy, setIsBusy] = useState(false);
  const [problems, setProblems] = useState<readonly string[]>([]);
  useEffect(() => dialog.current?.showModal(), []);
  const release = async (event: Event): Promise<void> => {
    event.preventDefault();
    setIsBusy(true);
    const answer = await askGraph(ReleaseRouteDocument, {
      // The version that was read: a draft that has changed since is not released. A repeated request changes nothing.
      input: { id, reason: reason.trim(), expectedVersion: version, idempotencyKey: `release ${id} ${version}` },
    });
    setIsBusy(false);
    const refused =
      answer.kind !== 'ANSWERED'
        ? [texts.problem[answer.kind]]
        : 'messages' in answer.value
          ? answer.value.messages
          : answer.value.data.releaseRoute.errors.map(({ message }) => message);
    setProblems(refused);
    if (refused.length > 0) return;
    // Closed first, so that the browser gives the focus back to the page.
    dialog.current?.close();
    onDone();
  };
  return (
    <dialog ref={dialog} aria-labelledby="release-title" onClose={onClose}>
      <form onSubmit={(event) => void release(event)}>
        <h2 id="release-title">{texts.releaseOf(model, revision)}</h2>
        <p>{texts.releaseHelp(released)}</p>
        <label>
          {texts.reason}
          <textarea
            name="reason"
            required
            rows={3}
            maxLength={1000}
            value={reason}
            onInput={({ currentTarget }) => setReason(currentTarget.value)}
          />
        </label>
        <p role="alert" class="bad">
          {problems.join(' ')}
        </p>
        <div class="row">
          <button type="submit" disabled={isBusy || reason.trim() === ''}>
            {texts.release}
          </button>
          <button type="button" class="quiet" onClick={() => dialog.current?.close()}>
            {texts.cancel}
          </button>
        </div>
      </form>
    </dialog>
  );
}
