/**
 * The scripts and styles of GraphiQL, which its page loads from this server. The package is loaded with the first page: a
 * server in production never needs it.
 */
import type { Config } from '../../platform/process/config.ts';
import { type AnswerFile, answerStaticFile, hashOf, staticFile, type StaticFile } from '../http/pages/static-file.ts';

/** The path of all files of GraphiQL. */
const FOLDER = '/graphiql/';

/** The files of GraphiQL by their purpose. */
export interface PageFiles {
  readonly script: StaticFile;
  readonly style: StaticFile;
  /** Begins GraphiQL with the options that the page contains. */
  readonly start: StaticFile;
  readonly editorWorker: StaticFile;
  readonly jsonWorker: StaticFile;
  readonly graphqlWorker: StaticFile;
  readonly icon: StaticFile;
}

/** Creates the answers of a server process. In production there are no files. */
export function fileAnswer({ environment, compression }: Pick<Config, 'environment' | 'compression'>): AnswerFile {
  return async (path, request, response) => {
    if (environment === 'production' || request.method !== 'GET' || !path.startsWith(FOLDER)) return false;
    const file = Object.values(await pageFiles()).find((each: StaticFile) => each.path === path);
    if (file === undefined) return false;
    await answerStaticFile(file, request, response, compression);
    return true;
  };
}

let files: Promise<PageFiles> | undefined;

/** The files of GraphiQL, read once. */
export function pageFiles(): Promise<PageFiles> {
  files ??= readFiles();
  return files;
}

async function readFiles(): Promise<PageFiles> {
  const { css, js, favicon, editorWorkerService, jsonWorker, graphqlWorker } = await import(
    '@graphql-yoga/render-graphiql/graphiql'
  );
  const workers = {
    editorWorker: pageFile('editor-worker', 'js', editorWorkerService),
    jsonWorker: pageFile('json-worker', 'js', jsonWorker),
    graphqlWorker: pageFile('graphql-worker', 'js', graphqlWorker),
  };
  return {
    script: pageFile('graphiql', 'js', js),
    style: pageFile('graphiql', 'css', css),
    icon: pageFile('favicon', 'ico', Buffer.from(favicon.slice(favicon.indexOf(',') + 1), 'base64')),
    ...workers,
    start: pageFile('start', 'js', startScript(workers)),
  };
}

/**
 * The script that begins GraphiQL. It is a file, because the content policy allows no script inside of the page. It
 * asks for the tour by name: GraphiQL uses a default only on the first visit, and shows an empty tab on the next ones.
 */
function startScript({
  editorWorker,
  jsonWorker,
  graphqlWorker,
}: Omit<PageFiles, 'script' | 'style' | 'start' | 'icon'>): string {
  const paths = { editorWorkerService: editorWorker.path, json: jsonWorker.path, graphql: graphqlWorker.path };
  return `
const workers = ${JSON.stringify(paths)};
self.MonacoEnvironment = { globalAPI: false, getWorkerUrl: (_module, label) => workers[label] };
const options = JSON.parse(document.querySelector('#options').textContent);
YogaGraphiQL.renderYogaGraphiQL(document.querySelector('#root'), { query: options.defaultQuery, ...options });
`;
}

function pageFile(name: string, extension: 'js' | 'css' | 'ico', given: string | Buffer): StaticFile {
  const content = typeof given === 'string' ? Buffer.from(given) : given;
  return staticFile(`${FOLDER}${name}-${hashOf(content)}.${extension}`, content, true);
}
