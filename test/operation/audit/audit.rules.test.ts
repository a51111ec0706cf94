import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  ZERO_HASH,
  anchorBreak,
  blockHash,
  chainBreak,
  columnOfField,
  contentBreak,
  fieldOfColumn,
  typeOfEntity,
  type Block,
  type StoredPosition,
} from '../../../src/operation/audit/audit.rules.ts';

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');

test('the hash of a block covers the previous hash, its number and its entries (AUD-4)', () => {
  expect(blockHash(ZERO_HASH, 1, ['a'.repeat(64), 'b'.repeat(64)])).toBe(
    'd0f9d889fd4d84553f6631879e4f1e1e7697fc73ff61f0ffb3327d972e19cd56',
  );
});

const entry = (position: number, changes: Partial<StoredPosition> = {}): StoredPosition => ({
  position,
  blockNumber: 2,
  entryId: `e${position}`,
  storedHash: hashOf(`${position}`),
  actualHash: hashOf(`${position}`),
  seq: position * 10,
  ...changes,
});
const entries = [entry(4), entry(5), entry(6)];
const block: Block = {
  number: 2,
  firstPosition: 4,
  lastPosition: 6,
  entryCount: 3,
  previousHash: hashOf('before'),
  hash: blockHash(
    hashOf('before'),
    2,
    entries.map((each) => each.storedHash),
  ),
  isArchived: false,
};
const before = { number: 1, lastPosition: 3, hash: hashOf('before') };

describe('verification (AUD-5)', () => {
  test('finds no break when the content matches the hash', () => {
    expect(chainBreak(block, before)).toBeUndefined();
    expect(contentBreak(block, entries)).toBeUndefined();
  });

  test.each([
    [
      'a missing entry',
      [entry(4), entry(5, { actualHash: null, seq: null }), entry(6)],
      { kind: 'ENTRY_MISSING', position: 5, entryId: 'e5' },
    ],
    [
      'an entry that was changed',
      [entry(4), entry(5, { actualHash: hashOf('x') }), entry(6)],
      { kind: 'ENTRY_ALTERED', position: 5, entryId: 'e5' },
    ],
    [
      'entries that were swapped',
      [
        entry(4, { entryId: 'e5', actualHash: hashOf('5'), seq: 50 }),
        entry(5, { entryId: 'e4', actualHash: hashOf('4'), seq: 40 }),
        entry(6),
      ],
      { kind: 'REORDERED', position: 4, entryId: 'e5' },
    ],
    [
      'positions that were swapped with their hashes',
      [{ ...entry(5), position: 4 }, { ...entry(4), position: 5 }, entry(6)],
      { kind: 'REORDERED', position: 5, entryId: 'e4' },
    ],
    ['a missing position', [entry(4), entry(6)], { kind: 'POSITION_MISSING', position: 5, entryId: null }],
    [
      'a position of another block',
      [entry(4), entry(5, { blockNumber: 3 }), entry(6)],
      { kind: 'REORDERED', position: 5, entryId: 'e5' },
    ],
    [
      'an entry and its hash changed alike',
      [entry(4), entry(5, { actualHash: hashOf('x'), storedHash: hashOf('x') }), entry(6)],
      { kind: 'BLOCK_ALTERED', position: 4, entryId: null },
    ],
  ] as const)('names the first break of the content: %s', (_what, found, expected) => {
    expect(contentBreak(block, found)).toMatchObject({ ...expected, blockNumber: 2 });
  });

  test('needs the hashes of an archived block, and not its entries', () => {
    const gone = entries.map((each) => ({ ...each, actualHash: null, seq: null }));
    expect(contentBreak({ ...block, isArchived: true }, gone)).toBeUndefined();
    expect(
      contentBreak({ ...block, isArchived: true }, [
        ...gone.slice(0, 2),
        { ...entry(6), storedHash: hashOf('x'), actualHash: null, seq: null },
      ]),
    ).toMatchObject({ kind: 'BLOCK_ALTERED' });
  });

  test.each([
    ['a missing block', { number: 3 }, { kind: 'BLOCK_MISSING', blockNumber: 2, position: 4 }],
    ['another block before', { previousHash: hashOf('x') }, { kind: 'CHAIN_BROKEN', blockNumber: 2, position: 4 }],
    ['a block that begins elsewhere', { firstPosition: 5 }, { kind: 'BLOCK_ALTERED', blockNumber: 2, position: 5 }],
  ])('names the first break of the chain: %s', (_what, changes, expected) => {
    expect(chainBreak({ ...block, ...changes }, before)).toMatchObject(expected);
  });

  test('names the block of an anchor that is lost or was rewritten', () => {
    expect(anchorBreak({ number: 2, hash: block.hash }, block.hash)).toBeUndefined();
    expect(anchorBreak({ number: 2, hash: block.hash }, undefined)).toMatchObject({
      kind: 'ANCHOR_MISSING',
      blockNumber: 2,
    });
    expect(anchorBreak({ number: 2, hash: block.hash }, ZERO_HASH)).toMatchObject({
      kind: 'ANCHOR_DIFFERS',
      blockNumber: 2,
    });
  });
});

test('columns and fields, tables and types have matching names', () => {
  expect([
    fieldOfColumn('failure_reason'),
    columnOfField('failureReason'),
    typeOfEntity('wip_items'),
    typeOfEntity('audit_blocks'),
  ]).toEqual(['failureReason', 'failure_reason', 'WipItem', 'AuditBlocks']);
});
