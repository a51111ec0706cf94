/**
 * Compresses long answers, with the coding that the client prefers by the q-values of `Accept-Encoding`.
 *
 * 1. zlib compresses in its own threads, and at quick levels. gzip is preferred to br where the client accepts both
 *    alike: at these levels it takes a third of the time for a page of records, and the answers are equally long.
 * 2. Short answers, event streams and answers with a secret that was just issued are not compressed. The length of a
 *    compressed answer says something about its content, so a secret never stands in it (BREACH, docs/SECURITY.md).
 */
import type { ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { LIMITS } from '../../platform/process/limits.ts';
import type { Config } from '../../platform/process/config.ts';
import { lruCache } from '../../platform/values/lru-cache.ts';

/** A coding of `Accept-Encoding` that the server has. */
export type Coding = 'gzip' | 'br';

/** An answer in one piece. */
export interface WholeAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  /** True when it carries a secret that was just issued. */
  readonly hasSecret?: boolean;
}

/** Sends an answer in one piece, compressed if it is long and the client accepts it. */
export type SendAnswer = (response: ServerResponse, answer: WholeAnswer) => Promise<void>;

/** Creates the sending of a server process. */
export function answerSender({ compression }: Pick<Config, 'compression'>): SendAnswer {
  return async (response, { status, headers, text, hasSecret }) => {
    const body = Buffer.from(text);
    const isCompressible = compression && hasSecret !== true && body.length >= LIMITS.transport.compressedBytes;
    if (!isCompressible) return sendBody(response, status, headers, body);
    varyByCoding(response);
    const coding = acceptedCoding(response.req.headers['accept-encoding'], ANSWER_CODINGS);
    if (coding === undefined) return sendBody(response, status, headers, body);
    const compressed = await COMPRESS[coding](body);
    sendBody(response, status, { ...headers, 'content-encoding': coding }, compressed);
  };
}

/** Says that the answer depends on `Accept-Encoding`, in addition to what it depends on already. */
export function varyByCoding(response: ServerResponse): void {
  const others = response.getHeader('vary');
  response.setHeader('vary', others === undefined ? 'Accept-Encoding' : `${String(others)}, Accept-Encoding`);
}

/** Returns the coding that the client prefers, the first of `codings` if it prefers none; undefined for no coding. */
export function acceptedCoding(
  header: string | readonly string[] | undefined,
  codings: readonly Coding[],
): Coding | undefined {
  const text = [header ?? ''].flat().join(',');
  if (text === '') return undefined;
  const qualities = known.get(text) ?? qualitiesIn(text);
  known.set(text, qualities);
  const qualityOf = (coding: Coding): number => qualities.get(coding) ?? qualities.get('*') ?? 0;
  const [best] = [...codings].toSorted((one, other) => qualityOf(other) - qualityOf(one));
  if (best === undefined || qualityOf(best) === 0) return undefined;
  return qualityOf(best) >= (qualities.get('identity') ?? 0) ? best : undefined;
}

/** The few headers that clients really send. */
const known = lruCache<ReadonlyMap<string, number>>(100);

/** The quality of each coding of the header, 0 for one that the client refuses. A malformed entry counts as refused. */
function qualitiesIn(header: string): ReadonlyMap<string, number> {
  return new Map(
    header
      .toLowerCase()
      .split(',')
      .slice(0, MAX_ENTRIES)
      .map((entry) => {
        const [coding = '', ...parameters] = entry.split(';').map((part) => part.trim());
        const given = parameters.find((parameter) => /^q\s*=/.test(parameter));
        const quality = given === undefined ? 1 : Number(given.replace(/^q\s*=\s*/, '') || 'none');
        return [coding === 'x-gzip' ? 'gzip' : coding, quality >= 0 && quality <= 1 ? quality : 0] as const;
      }),
  );
}

const MAX_ENTRIES = 20;

const ANSWER_CODINGS: readonly Coding[] = ['gzip', 'br'];

const COMPRESS: Readonly<Record<Coding, (body: Buffer) => Promise<Buffer>>> = {
  gzip: (body) => promisify(gzip)(body, { level: 1 }),
  br: (body) =>
    promisify(brotliCompress)(body, {
      params: { [constants.BROTLI_PARAM_QUALITY]: 1, [constants.BROTLI_PARAM_SIZE_HINT]: body.length },
    }),
};

function sendBody(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>>,
  body: Buffer,
): void {
  response.writeHead(status, { ...headers, 'content-length': body.length });
  response.end(body);
}
