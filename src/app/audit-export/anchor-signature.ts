/**
 * The signature of an anchor: Ed25519, by the key of the plant. Somebody who can write to the file of anchors, or sends
 * anchors to a receiver, cannot make one up without the private key.
 *
 * 1. Signed is the text of `signedText`: five lines without a line end after the last one.
 * 2. A signed anchor also names its key, by the first 16 hexadecimal digits of the SHA-256 of the public key (SPKI, DER).
 * 3. `tools/verify_audit.py` checks the same text without lotgraph.
 */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
  verify,
  type KeyObject,
} from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Anchor } from '../../operation/audit/audit.rules.ts';
import { AppError, assert } from '../../platform/values/assert.ts';
import type { JsonRecord } from '../../platform/values/json.ts';
import { errorMessageOf } from '../../platform/values/system-error.ts';

/** An anchor as it is noted. */
export interface NotedAnchor extends Anchor {
  readonly lastPosition: number;
  readonly sealedAt: string;
}

/** An anchor with its signature and the id of the key that signed it. */
export interface SignedAnchor extends NotedAnchor {
  readonly keyId: string;
  readonly signature: string;
}

/** A private key, with the id by which anchors name it. */
export interface AnchorKey {
  readonly id: string;
  readonly key: KeyObject;
}

/** A new key pair as PEM text: PKCS #8 and SPKI. */
export function newAnchorKey(): { readonly id: string; readonly privatePem: string; readonly publicPem: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return {
    id: idOf(publicKey),
    privatePem: String(privateKey.export({ type: 'pkcs8', format: 'pem' })),
    publicPem: String(publicKey.export({ type: 'spki', format: 'pem' })),
  };
}

/** Reads a private key. Throws an AppError when the file does not contain an Ed25519 key. */
export async function readAnchorKey(file: string): Promise<AnchorKey> {
  const text = await textOf(file);
  const key = keyIn(() => createPrivateKey(text));
  assert(
    key !== undefined,
    `${file} does not contain a private Ed25519 key in PEM; "lotgraph audit keygen" makes one.`,
  );
  return { id: idOf(createPublicKey(key)), key };
}

/** Reads public keys by their ids: one PEM block after the other, for a plant whose key was replaced. */
export async function readPublicKeys(file: string): Promise<ReadonlyMap<string, KeyObject>> {
  const blocks = (await textOf(file)).match(PUBLIC_KEY) ?? [];
  const keys = blocks.map((pem) => keyIn(() => createPublicKey(pem)));
  assert(keys.length > 0 && !keys.includes(undefined), `${file} does not contain public Ed25519 keys in PEM.`);
  return new Map(keys.flatMap((key) => (key === undefined ? [] : [[idOf(key), key] as const])));
}

/** The anchor with its signature. */
export function signAnchor(anchor: NotedAnchor, { id, key }: AnchorKey): SignedAnchor {
  return { ...anchor, keyId: id, signature: sign(null, signedText(anchor), key).toString('base64') };
}

/** What is wrong with the signature of an anchor, as the end of a sentence about it; undefined when it is valid. */
export function signatureProblem(anchor: JsonRecord, keys: ReadonlyMap<string, KeyObject>): string | undefined {
  const { keyId, signature } = anchor;
  if (typeof keyId !== 'string' || !KEY_ID.test(keyId) || typeof signature !== 'string') return 'has no signature';
  const key = keys.get(keyId);
  if (key === undefined) return `is signed with the key ${keyId}, which is not one of the public keys`;
  const isValid =
    areSignedFields(anchor) &&
    SIGNATURE.test(signature) &&
    verify(null, signedText(anchor), key, Buffer.from(signature, 'base64'));
  return isValid ? undefined : `was not signed like this with the key ${keyId}`;
}

/** Whether the fields have their types: only then does the signed text determine them. */
function areSignedFields(anchor: JsonRecord): anchor is JsonRecord & NotedAnchor {
  const { number, hash, lastPosition, sealedAt } = anchor;
  return (
    [number, lastPosition].every(Number.isSafeInteger) && [hash, sealedAt].every((text) => typeof text === 'string')
  );
}

/** The exact text that is signed. */
function signedText({ number, hash, lastPosition, sealedAt }: NotedAnchor): Buffer {
  return Buffer.from(['lotgraph-anchor/1', number, hash, lastPosition, sealedAt].join('\n'), 'utf8');
}

function idOf(publicKey: KeyObject): string {
  const der = publicKey.export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(der).digest('hex').slice(0, KEY_ID_LENGTH);
}

const KEY_ID_LENGTH = 16;
/** Messages show the id, so it must not contain characters that a terminal obeys. */
const KEY_ID = /^[0-9a-f]{16}$/;
const PUBLIC_KEY = /-----BEGIN PUBLIC KEY-----[^-]+-----END PUBLIC KEY-----/g;
/** 64 bytes in the one spelling that their encoding has. */
const SIGNATURE = /^[A-Za-z0-9+/]{85}[AQgw]==$/;

/** The Ed25519 key that is read; undefined for another kind of key and for text that is not a key. */
function keyIn(read: () => KeyObject): KeyObject | undefined {
  try {
    const key = read();
    return key.asymmetricKeyType === 'ed25519' ? key : undefined;
  } catch {
    return undefined;
  }
}

async function textOf(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((error: unknown) => {
    throw new AppError(`The key cannot be read: ${errorMessageOf(error)}`);
  });
}
