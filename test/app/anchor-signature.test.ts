/** Signed anchors, judged by `audit verify` and by the independent verifier in Python alike. */
import { spawnSync } from 'node:child_process';
import { createPublicKey, generateKeyPairSync, randomBytes, sign, verify } from 'node:crypto';
import { appendFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  newAnchorKey,
  readAnchorKey,
  readPublicKeys,
  signAnchor,
  type AnchorKey,
  type SignedAnchor,
} from '../../src/app/audit-export/anchor-signature.ts';
import { anchorsIn, newestAnchor, noteAnchor } from '../../src/app/audit-export/anchor.ts';
import { exportAudit } from '../../src/app/audit-export/export.ts';
import { sealNow } from '../../src/operation/audit/seal.commands.ts';
import { startApi, type Api } from '../support/api.ts';
import { done } from '../support/expect.ts';
import { makeScratchDirectory } from '../support/scratch.ts';

const TOOLS = path.resolve(import.meta.dirname, '../../tools');
const PUBLIC_KEY_BYTES = 32;

let api: Api;
let directory: string;
const file = (name: string): string => path.join(directory, name);
let key: AnchorKey;
let signed: readonly SignedAnchor[];
beforeAll(async () => {
  api = await startApi();
  directory = await makeScratchDirectory();
  key = await keyPair('plant');
  const anchors = [];
  for (const code of ['A1', 'A2', 'A3']) {
    await done(api, 'createProductionLine', { code, name: code }, 'productionLine { id }');
    await sealNow(api.database);
    const anchor = await newestAnchor(api.database.reader());
    if (anchor !== undefined) anchors.push(signAnchor(anchor, key));
  }
  signed = anchors;
  await exportAudit(api.database.reader(), file('export'), '2026-11-20T08:00:00.000Z');
});
afterAll(async () => {
  await api.close();
  await rm(directory, { recursive: true, force: true });
});

/** Makes NAME.key and NAME.pub. */
async function keyPair(name: string): Promise<AnchorKey> {
  const { privatePem, publicPem } = newAnchorKey();
  await writeFile(file(`${name}.key`), privatePem);
  await writeFile(file(`${name}.pub`), publicPem);
  return readAnchorKey(file(`${name}.key`));
}

const python = spawnSync('python3', ['--version']).status === 0;
if (!python) console.warn('python3 is not here: the independent verifier is not tested.');
const INTACT = python ? ['intact', 'intact'] : ['intact'];

/** What each verifier says of a file of these lines. */
async function verdictsOn(lines: readonly unknown[], keys = 'plant.pub'): Promise<readonly string[]> {
  await writeFile(file('anchors'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  const ofLotgraph = await anchorsIn(file('anchors'), await readPublicKeys(file(keys))).then(() => 'intact', String);
  return python ? [ofLotgraph, verdictOfPython(keys)] : [ofLotgraph];
}

function verdictOfPython(keys: string): string {
  const args = [
    path.join(TOOLS, 'verify_audit.py'),
    file('export'),
    '--anchor',
    file('anchors'),
    '--public-key',
    file(keys),
  ];
  const { status, stdout, stderr } = spawnSync('python3', args, { encoding: 'utf8' });
  return status === 2 ? stderr : (JSON.parse(stdout).firstBreak?.message ?? 'intact');
}

test('anchors are signed so that both verifiers accept them, in any number and with blank lines between them (AUD-5)', async () => {
  expect(signed.map(({ number }) => number)).toEqual([1, 2, 3]);
  expect(await verdictsOn(signed)).toEqual(INTACT);
  await writeFile(file('noted'), '\n');
  for (const anchor of signed) await noteAnchor(file('noted'), anchor);
  expect(await anchorsIn(file('noted'), await readPublicKeys(file('plant.pub')))).toHaveLength(3);
});

describe('a file of anchors is refused by both verifiers, with the number of the line (AUD-5),', () => {
  const otherDigit = (text: string): string => `${text.startsWith('a') ? 'b' : 'a'}${text.slice(1)}`;
  const changes: readonly (readonly [string, (anchor: SignedAnchor) => object, RegExp])[] = [
    ['another block', (anchor) => ({ ...anchor, number: 1 }), /was not signed like this/],
    ['another hash', (anchor) => ({ ...anchor, hash: otherDigit(anchor.hash) }), /was not signed like this/],
    ['another position', (anchor) => ({ ...anchor, lastPosition: 1 }), /was not signed like this/],
    ['another time', (anchor) => ({ ...anchor, sealedAt: '2026-01-01T00:00:00.000Z' }), /was not signed like this/],
    [
      'a position that is text',
      (anchor) => ({ ...anchor, lastPosition: String(anchor.lastPosition) }),
      /was not signed/,
    ],
    [
      'another signature',
      (anchor) => ({ ...anchor, signature: otherDigit(anchor.signature) }),
      /was not signed like this/,
    ],
    ['the signature of another anchor', (anchor) => ({ ...anchor, signature: signed[0]?.signature }), /was not signed/],
    ['an empty signature', (anchor) => ({ ...anchor, signature: '' }), /was not signed like this/],
    [
      'another spelling of the signature',
      (anchor) => ({ ...anchor, signature: ` ${anchor.signature}` }),
      /was not signed/,
    ],
    [
      'a signature whose number was raised by the order of the group',
      (anchor) => ({ ...anchor, signature: raised(anchor.signature) }),
      /was not signed/,
    ],
    ['no signature', (anchor) => ({ ...anchor, signature: undefined }), /has no signature/],
    [
      'an id of a key that colours the terminal',
      (anchor) => ({ ...anchor, keyId: '\u001B[31m0000000000' }),
      /has no signature/,
    ],
    ['no name of a key', (anchor) => ({ ...anchor, keyId: undefined }), /has no signature/],
    [
      'a key that nobody knows',
      (anchor) => ({ ...anchor, keyId: 'f'.repeat(16) }),
      /is signed with the key f{16}, which is not one of the public keys/,
    ],
  ];

  test.each(changes)('with %s', async (_what, change, problem) => {
    const lines = signed.map((anchor, index) => (index === 1 ? change(anchor) : anchor));
    for (const verdict of await verdictsOn(lines)) {
      expect(verdict).toMatch(problem);
      expect(verdict).toContain('Line 2 of the anchors');
    }
  });

  test('with the signature of another plant, also under the id of the own key', async () => {
    const foreign = await keyPair('foreign');
    const resigned = signed.map((anchor) => signAnchor(anchor, foreign));
    for (const lines of [resigned, resigned.map((anchor) => ({ ...anchor, keyId: key.id }))]) {
      for (const verdict of await verdictsOn(lines))
        expect(verdict).toMatch(/Line 1 of the anchors.* (?:not one of|not signed)/);
    }
    for (const verdict of await verdictsOn(signed, 'foreign.pub'))
      expect(verdict).toContain('is not one of the public keys');
  });

  test('without any anchor by the independent verifier, and without a public key by both', async () => {
    if (python) expect((await verdictsOn([])).at(1)).toContain('the file of anchors contains none');
    await writeFile(file('empty.pub'), 'nothing');
    await expect(verdictsOn(signed, 'empty.pub')).rejects.toThrow('does not contain public Ed25519 keys');
    await expect(verdictsOn(signed, 'plant.key')).rejects.toThrow('does not contain public Ed25519 keys');
  });
});

test('after the key was replaced, a file with both public keys proves the anchors of before and after (AUD-5)', async () => {
  const next = await keyPair('next');
  const lines = signed.map((anchor, index) => (index === 2 ? signAnchor(anchor, next) : anchor));
  for (const name of ['plant.pub', 'next.pub'])
    await appendFile(file('both.pub'), `# ${name}\n${createPublicKeyText(name === 'plant.pub' ? key : next)}`);

  expect(await verdictsOn(lines, 'both.pub')).toEqual(INTACT);
  expect((await verdictsOn(lines, 'plant.pub'))[0]).toMatch(/Line 3 .* is not one of the public keys/);
});

test('a key of another kind is not taken for a private key of anchors', async () => {
  await writeFile(file('wrong.key'), 'nothing');
  for (const name of ['wrong.key', 'plant.pub'])
    await expect(readAnchorKey(file(name))).rejects.toThrow('does not contain a private Ed25519 key');
  await expect(readAnchorKey(file('absent.key'))).rejects.toThrow('The key cannot be read: ENOENT');
});

describe.skipIf(!python)('Ed25519 in Python', () => {
  /** Public key, message and signature of RFC 8032, section 7.1. */
  const VECTORS = [
    [
      'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
      '',
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
    ],
    [
      '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
      '72',
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
    ],
    [
      'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
      'af82',
      '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
    ],
    [
      'ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf',
      'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f',
      'dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704',
    ],
  ] as const;

  /** Judges triples of public key, message and signature, all in hexadecimal digits. */
  const judged = (triples: readonly (readonly string[])[]): readonly boolean[] => {
    const program = `
import json, sys
sys.path.insert(0, sys.argv[1])
from verify_audit import PublicKey
print(json.dumps([PublicKey(bytes.fromhex(key)).verifies(bytes.fromhex(signature), bytes.fromhex(text)) for key, text, signature in json.load(sys.stdin)]))`;
    const { stdout, stderr } = spawnSync('python3', ['-B', '-c', program, TOOLS], {
      encoding: 'utf8',
      input: JSON.stringify(triples),
    });
    expect(stderr).toBe('');
    return JSON.parse(stdout);
  };
  const flipped = (hex: string, bit: number): string => {
    const bytes = Buffer.from(hex, 'hex');
    bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    return bytes.toString('hex');
  };

  test('accepts the test vectors of RFC 8032, and none of them with one bit changed or cut short', () => {
    expect(judged(VECTORS)).toEqual(VECTORS.map(() => true));
    const changed = VECTORS.flatMap(([publicKey, text, signature]) => [
      [publicKey, `${text}00`, signature],
      [publicKey, text, flipped(signature, 3)],
      [publicKey, text, flipped(signature, 300)],
      [publicKey, text, flipped(signature, 511)],
      [publicKey, text, signature.slice(2)],
      [publicKey, text, ''],
    ]);
    expect(judged(changed)).toEqual(changed.map(() => false));
  });

  test('agrees with Node.js on 40 random keys and texts, each with its signature and with that of another text', () => {
    const triples = Array.from({ length: 40 }, (_, index) => {
      const { privateKey, publicKey } = generateKeyPairSync('ed25519');
      const [text, other] = [randomBytes(index), randomBytes(20)];
      const signature = sign(null, text, privateKey);
      const raw = publicKey.export({ type: 'spki', format: 'der' }).subarray(-PUBLIC_KEY_BYTES).toString('hex');
      return [text, other].map((each) => ({
        triple: [raw, each.toString('hex'), signature.toString('hex')],
        isValid: verify(null, each, publicKey, signature),
      }));
    }).flat();
    expect(judged(triples.map(({ triple }) => triple))).toEqual(triples.map(({ isValid }) => isValid));
    expect(new Set(triples.map(({ isValid }) => isValid)).size).toBe(2);
  });
});

function createPublicKeyText({ key: privateKey }: AnchorKey): string {
  return String(createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }));
}

/** The signature with the order of the group added to its number: equal to the first one modulo the order. */
function raised(signature: string): string {
  const bytes = Buffer.from(signature, 'base64');
  const order = 2n ** 252n + 27_742_317_777_372_353_535_851_937_790_883_648_493n;
  const littleEndian = bytes.subarray(32).toReversed();
  const number = BigInt(`0x${Buffer.from(littleEndian).toString('hex')}`) + order;
  const raisedNumber = Buffer.from(number.toString(16).padStart(64, '0'), 'hex').toReversed();
  return Buffer.concat([bytes.subarray(0, 32), raisedNumber]).toString('base64');
}
