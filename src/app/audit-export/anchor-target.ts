/**
 * Where anchors are published: a file, an HTTP endpoint, a syslog server. Each is a place of the plant that the
 * administrator of the database does not rule.
 *
 * 1. `file:///srv/anchors`: one line of JSON is appended and flushed to the disk.
 * 2. `https://host/path` and `http://…`: the same JSON is posted; an answer of 200 to 299 is a success. A user and
 *    password in the URL are sent as Basic credentials. Redirects are not followed.
 * 3. `syslog://host:514`: one message of RFC 5424 in a datagram; `syslog+tcp://host:601`: the same with its length in
 *    front (RFC 6587). Neither has an acknowledgement: only a receiver that refuses is noticed.
 */
import { createSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { once, type EventEmitter } from 'node:events';
import { connect } from 'node:net';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { assert } from '../../platform/values/assert.ts';
import { noteAnchor } from './anchor.ts';
import type { SignedAnchor } from './anchor-signature.ts';

/** A place to which anchors are published. */
export interface AnchorTarget {
  /** Its name for the log, without credentials. */
  readonly name: string;
  /** Resolves when the anchor is there, as far as the protocol shows; rejects otherwise, and when it is aborted. */
  publish(anchor: SignedAnchor, signal: AbortSignal): Promise<void>;
}

/** The target of a URL that the configuration accepts. */
export function anchorTarget(address: string): AnchorTarget {
  const url = new URL(address);
  const name = targetName(address);
  switch (url.protocol) {
    case 'file:':
      return { name, publish: (anchor, signal) => noteAnchor(fileURLToPath(url), anchor, signal) };
    case 'syslog:':
      return { name, publish: (anchor, signal) => sendDatagram(url, syslogMessage(anchor), signal) };
    case 'syslog+tcp:':
      return { name, publish: (anchor, signal) => sendFrame(url, syslogMessage(anchor), signal) };
    default:
      return { name, publish: (anchor, signal) => post(url, JSON.stringify(anchor), signal) };
  }
}

/** The name of a target for people: a path, or protocol and host. The rest of a URL may be a secret. */
export function targetName(address: string): string {
  const { protocol, host, pathname } = new URL(address);
  return protocol === 'file:' ? `file://${pathname}` : `${protocol}//${host}`;
}

async function post(target: URL, body: string, signal: AbortSignal): Promise<void> {
  const url = new URL(target);
  const [user, password] = [url.username, url.password].map(decodeURIComponent);
  url.username = '';
  url.password = '';
  const credentials = Buffer.from(`${user}:${password}`).toString('base64');
  const headers = {
    'content-type': 'application/json',
    ...(user === '' ? {} : { authorization: `Basic ${credentials}` }),
  };
  const response = await fetch(url, { method: 'POST', headers, body, redirect: 'error', signal });
  await response.body?.cancel();
  assert(response.ok, `The endpoint answered ${response.status}.`);
}

async function sendDatagram(url: URL, message: string, signal: AbortSignal): Promise<void> {
  const { address, family } = await lookup(hostOf(url));
  const socket = createSocket(family === 6 ? 'udp6' : 'udp4');
  const failure = failureOf(socket);
  try {
    socket.connect(Number(url.port || SYSLOG_PORT), address);
    await Promise.race([once(socket, 'connect', { signal }), failure]);
    socket.send(message);
    await Promise.race([sleep(REFUSAL_MILLISECONDS, undefined, { signal }), failure]);
  } finally {
    socket.close();
  }
}

async function sendFrame(url: URL, message: string, signal: AbortSignal): Promise<void> {
  const socket = connect({ host: hostOf(url), port: Number(url.port || SYSLOG_TCP_PORT), signal });
  const failure = failureOf(socket);
  try {
    socket.end(`${Buffer.byteLength(message)} ${message}`);
    await Promise.race([once(socket, 'finish', { signal }), failure]);
    await Promise.race([sleep(REFUSAL_MILLISECONDS, undefined, { signal }), failure]);
  } finally {
    socket.destroy();
  }
}

/** Rejects with the next error of a socket. Further errors are ignored: without a listener they would end the process. */
function failureOf(socket: EventEmitter): Promise<never> {
  socket.on('error', () => undefined);
  const failure = once(socket, 'error').then(([error]) => {
    throw error;
  });
  // It may come when nobody waits for it any more.
  failure.catch(() => undefined);
  return failure;
}

/** How long a receiver that refuses may take to say so. */
const REFUSAL_MILLISECONDS = 250;
const SYSLOG_PORT = '514';
const SYSLOG_TCP_PORT = '601';

function hostOf(url: URL): string {
  return url.hostname.replaceAll(/[[\]]/g, '');
}

/** A message of RFC 5424. It fits into the 480 bytes that every receiver of datagrams takes. */
function syslogMessage(anchor: SignedAnchor): string {
  const host = hostname().replaceAll(/[^!-~]/g, '') || '-';
  return `<${PRIORITY}>1 ${new Date().toISOString()} ${host} lotgraph ${process.pid} audit-anchor - ${JSON.stringify(anchor)}`;
}

/** Facility 13 (log audit), severity 5 (notice). */
const PRIORITY = 13 * 8 + 5;
