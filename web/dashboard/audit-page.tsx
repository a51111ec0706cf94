/** Audit: the entries of the trail, field by field, and whether the trail is as it was written. */
import { useState } from 'preact/hooks';
import { AuditSearchDocument, AuditVerifyDocument, type AuditSearchQuery } from '../generated/graphql.ts';
import { Panel, Table, Time, typedInto, useMay, Waiting } from './parts.tsx';
import { setParameters } from './route.ts';
import { texts } from './texts.ts';
import { useGraph } from './use-graph.ts';

/** The page of the audit trail. What is searched for stands in its address. */
export function AuditPage({ parameters }: { readonly parameters: URLSearchParams }) {
  const entity = parameters.get('entity') ?? '';
  const action = parameters.get('action') ?? '';
  const after = parameters.get('after');
  const loaded = useGraph(AuditSearchDocument, {
    filter: {
      ...(entity === '' ? {} : { entity: { eq: entity } }),
      ...(action === '' ? {} : { action: { startsWith: action } }),
    },
    after,
  });
  const page = loaded.data?.auditEntries;
  const mayVerify = useMay('auditVerify');
  const search = (event: SubmitEvent): void => {
    const typed = typedInto(event);
    setParameters({ entity: typed('entity'), action: typed('action'), after: '' });
  };
  return (
    <>
      <h1>{texts.audit}</h1>
      {mayVerify ? <Verification /> : null}
      <form class="row" onSubmit={search}>
        <label>
          {texts.recordFilter} <input name="entity" key={entity} defaultValue={entity} placeholder="lots" />
        </label>
        <label>
          {texts.actionFilter} <input name="action" key={action} defaultValue={action} placeholder="lot." />
        </label>
        <button type="submit">{texts.search}</button>
      </form>
      <Waiting loaded={loaded} />
      {page === null || page === undefined ? null : (
        <div class="grid">
          <Panel title={texts.entries} wide>
            <p class="muted">{texts.found(page.totalCount)}</p>
            <Entries entries={page.nodes} />
            {page.pageInfo.hasNextPage ? (
              <button
                type="button"
                class="quiet"
                onClick={() => setParameters({ after: page.pageInfo.endCursor ?? '' })}
              >
                {texts.nextPage}
              </button>
            ) : null}
          </Panel>
        </div>
      )}
    </>
  );
}

type Entry = NonNullable<AuditSearchQuery['auditEntries']>['nodes'][number];

function Entries({ entries }: { readonly entries: readonly Entry[] }) {
  return (
    <Table
      name={texts.entries}
      rows={entries}
      columns={[
        { title: texts.at, cell: ({ recordedAt }) => <Time at={recordedAt} /> },
        { title: texts.who, cell: ({ actorLabel }) => actorLabel },
        { title: texts.what, cell: ({ action }) => action },
        { title: texts.record, cell: ({ entity, recordLabel }) => `${entity} ${recordLabel ?? ''}` },
        {
          title: texts.changes,
          cell: ({ changes }) => (
            <ul class="readings">
              {changes.map(({ field, oldValue, oldLabel, newValue, newLabel }) => (
                <li key={field}>
                  {field}: <span class="muted">{oldLabel ?? shown(oldValue)}</span> → {newLabel ?? shown(newValue)}
                </li>
              ))}
            </ul>
          ),
        },
        { title: texts.reason, cell: ({ reason }) => reason },
      ]}
    />
  );
}

/** Recomputes the hash chain when somebody asks for it. */
function Verification() {
  const [isAsked, setIsAsked] = useState(false);
  return isAsked ? (
    <Verified />
  ) : (
    <p>
      <button type="button" class="quiet" onClick={() => setIsAsked(true)}>
        {texts.verify}
      </button>
    </p>
  );
}

function Verified() {
  const loaded = useGraph(AuditVerifyDocument, {});
  const found = loaded.data?.auditVerify;
  return (
    <p role="status">
      <Waiting loaded={loaded} />
      {found === null || found === undefined ? null : (
        <>
          {found.isIntact ? (
            <strong>{texts.intact(found.checkedBlocks, found.checkedEntries)}</strong>
          ) : (
            <strong class="bad">{texts.broken(found.firstBreak?.message ?? '')}</strong>
          )}{' '}
          {found.unsealedEntries > 0 ? texts.unsealed(found.unsealedEntries) : ''}
        </>
      )}
    </p>
  );
}

function shown(value: unknown): string {
  return value === null || value === undefined ? '–' : typeof value === 'string' ? value : JSON.stringify(value);
}
