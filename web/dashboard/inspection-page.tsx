/** An inspection: its verdict, its findings, and the pictures in which they are. */
import { useState } from 'preact/hooks';
import { InspectionPageDocument, type InspectionPageQuery } from '../generated/graphql.ts';
import { Panel, State, Table, Time, UnitLink, Waiting } from './parts.tsx';
import { texts } from './texts.ts';
import { useGraph } from './use-graph.ts';

type Inspection = Extract<NonNullable<InspectionPageQuery['node']>, { readonly sampleCode: string }>;
type Artifact = Inspection['artifacts']['nodes'][number];
type Finding = Inspection['defects']['nodes'][number];

/** The page of the inspection with this id. */
export function InspectionPage({ id }: { readonly id: string }) {
  const loaded = useGraph(InspectionPageDocument, { id });
  const node = loaded.data?.node;
  const inspection = isInspection(node) ? node : undefined;
  return (
    <>
      <Waiting loaded={loaded} />
      {loaded.data !== undefined && inspection === undefined ? <p role="alert">{texts.noSuchInspection}</p> : null}
      {inspection === undefined ? null : <Whole inspection={inspection} />}
    </>
  );
}

function isInspection(node: InspectionPageQuery['node'] | undefined): node is Inspection {
  return node !== null && node !== undefined && 'sampleCode' in node;
}

function Whole({ inspection }: { readonly inspection: Inspection }) {
  const { lot, defects, artifacts } = inspection;
  const pictures = artifacts.nodes.filter(({ contentType }) => SHOWN.has(contentType));
  return (
    <>
      <h1>
        {texts.inspection} {inspection.sampleCode} <State state={inspection.verdict ?? inspection.status} />
      </h1>
      <p>
        {texts.state(inspection.type)} · {texts.lot} <UnitLink unit={lot} /> <State state={lot.disposition} />{' '}
        {inspection.failureReason}
      </p>
      <dl class="numbers">
        {(
          [
            [texts.score, inspection.qualityScore ?? '–'],
            [texts.grade, inspection.grade === null ? '–' : texts.state(inspection.grade)],
            [texts.confidence, inspection.confidence ?? '–'],
            [texts.inspector, inspection.inspector?.fullName ?? '–'],
          ] as const
        ).map(([title, value]) => (
          <div key={title}>
            <dt>{title}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <p class="muted">
        <Time at={inspection.createdAt} /> – <Time at={inspection.completedAt} />
      </p>
      <div class="grid">
        <Panel title={`${texts.findings}: ${defects.totalCount}`} wide>
          <Table
            name={texts.findings}
            rows={defects.nodes}
            columns={[
              { title: texts.number, cell: (defect) => defects.nodes.indexOf(defect) + 1 },
              { title: texts.defect, cell: ({ type }) => texts.state(type) },
              { title: texts.severity, cell: ({ severity }) => <State state={severity} /> },
              { title: texts.confidence, number: ({ confidence }) => confidence },
              { title: texts.what, cell: ({ description }) => description },
              {
                title: texts.review,
                cell: ({ reviewStatus, reviewedBy, reviewNotes }) => (
                  <>
                    <State state={reviewStatus} /> {reviewedBy?.fullName} {reviewNotes}
                  </>
                ),
              },
            ]}
          />
        </Panel>
        {pictures.map((picture) => (
          <Panel key={picture.id} title={picture.fileName}>
            <Picture picture={picture} findings={findingsIn(picture, defects.nodes, pictures.length)} />
          </Panel>
        ))}
        <Panel title={texts.pictures}>
          <Table
            name={texts.pictures}
            rows={artifacts.nodes}
            columns={[
              {
                title: texts.file,
                cell: ({ fileName, downloadUrl }) =>
                  downloadUrl === null ? (
                    fileName
                  ) : (
                    <a href={downloadUrl} download={fileName}>
                      {fileName}
                    </a>
                  ),
              },
              { title: texts.kind, cell: ({ type }) => texts.state(type) },
              { title: texts.size, cell: ({ sizeBytes }) => texts.kilobytes(sizeBytes) },
            ]}
          />
        </Panel>
      </div>
    </>
  );
}

/** What a browser shows. Other files can be downloaded. */
const SHOWN: ReadonlySet<string> = new Set(['image/png', 'image/jpeg', 'image/webp', 'image/gif']);

interface Box {
  readonly place: number;
  readonly title: string;
  readonly location: Readonly<Record<'x' | 'y' | 'width' | 'height', number>>;
}

/** The findings whose place is in this picture: those that name it, and all others where there is one picture only. */
function findingsIn(picture: Artifact, findings: readonly Finding[], pictureCount: number): readonly Box[] {
  return findings.flatMap((finding, index) => {
    const { artifacts, type, severity } = finding;
    const location: unknown = finding.location;
    const isHere =
      artifacts.nodes.some(({ id }) => id === picture.id) || (artifacts.nodes.length === 0 && pictureCount === 1);
    return isHere && isLocation(location)
      ? [{ place: index + 1, title: `${texts.state(type)}, ${texts.state(severity)}`, location }]
      : [];
  });
}

function isLocation(value: unknown): value is Box['location'] {
  return (
    typeof value === 'object' &&
    value !== null &&
    ['x', 'y', 'width', 'height'].every((name) => typeof Reflect.get(value, name) === 'number')
  );
}

/** A picture with a frame around each finding, by its number. */
function Picture({ picture, findings }: { readonly picture: Artifact; readonly findings: readonly Box[] }) {
  const [size, setSize] = useState<{ readonly width: number; readonly height: number }>();
  if (picture.downloadUrl === null) return <p class="muted">{texts.nothing}</p>;
  return (
    <div class="picture">
      <img
        alt={texts.findingsIn(picture.fileName)}
        src={picture.downloadUrl}
        onLoad={({ currentTarget: { naturalWidth: width, naturalHeight: height } }) => setSize({ width, height })}
      />
      {size === undefined ? null : (
        <svg viewBox={`0 0 ${size.width} ${size.height}`} aria-hidden="true">
          {findings.map(({ place, title, location }) => (
            <g key={place}>
              <title>{title}</title>
              <rect {...location} />
              <text x={location.x} y={location.y} font-size={size.width / 25}>
                {place}
              </text>
            </g>
          ))}
        </svg>
      )}
    </div>
  );
}
