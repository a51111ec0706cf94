import { expect, test } from 'vitest';
import { openText, sealText } from '../../src/platform/security/sealed-text.ts';
import { isPrivateAddress } from '../../src/platform/values/ip-address.ts';

const secrets = (tokenSecret: string, ...acceptedTokenSecrets: readonly string[]) => ({
  tokenSecret,
  acceptedTokenSecrets,
});

test('a sealed text is opened under the secret that sealed it, also after a rotation, and under no other', () => {
  const sealed = sealText(secrets('old'), 'the text: ü');
  expect(sealed).not.toContain('text');
  expect(sealText(secrets('old'), 'the text: ü')).not.toBe(sealed);
  expect(openText(secrets('old'), sealed)).toBe('the text: ü');
  expect(openText(secrets('new', 'old'), sealed)).toBe('the text: ü');
  expect(openText(secrets('new', 'other'), sealed)).toBeUndefined();
});

test('a sealed text that was altered or cut is not opened', () => {
  const sealed = sealText(secrets('old'), 'the text');
  const flipped = Buffer.from(sealed, 'base64url');
  flipped[flipped.length - 1] = (flipped.at(-1) ?? 0) ^ 1;
  expect(openText(secrets('old'), flipped.toString('base64url'))).toBeUndefined();
  expect(openText(secrets('old'), sealed.slice(0, 20))).toBeUndefined();
});

test('addresses that not everybody on the internet reaches are private, in every family (WHK-4)', () => {
  const closed = [
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '127.8.9.1',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '224.0.0.1',
    '255.255.255.255',
  ];
  const closed6 = [
    '::',
    '::1',
    '::ffff:127.0.0.1',
    '::ffff:8.8.8.8',
    '::127.0.0.1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    'fc00::1',
    'fd12::1',
    'fe80::1',
    'fe80::1%eth0',
    'ff02::1',
  ];
  expect([...closed, ...closed6, 'localhost', ''].filter((address) => !isPrivateAddress(address))).toEqual([]);
  const open = ['8.8.8.8', '93.184.216.34', '172.15.0.1', '172.32.0.1', '2606:4700::1111', '2a00:1450::1'];
  expect(open.filter(isPrivateAddress)).toEqual([]);
});
