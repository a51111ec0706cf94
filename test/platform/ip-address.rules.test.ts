import { describe, expect, test } from 'vitest';
import { addressSet, networkOf, plainAddress, rangeProblem } from '../../src/platform/values/ip-address.ts';

test.each([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['::FFFF:192.0.2.7', '192.0.2.7'],
  ['fe80::1%eth0', 'fe80::1'],
  ['2001:db8::9', '2001:db8::9'],
  ['', null],
  [undefined, null],
  ['unknown', null],
  ['192.0.2.7:80', null],
  ['[2001:db8::9]', null],
  ['192.0.2.256', null],
  ['0192.0.2.7', null],
])('the address in %j is %j', (text, address) => {
  expect(plainAddress(text)).toBe(address);
});

test.each([
  ['192.0.2.7', '192.0.2.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:db8:1:2::9', '2001:db8:1:2'],
  ['2001:db8::9', '2001:db8:0:0'],
  ['::1', '0:0:0:0'],
  ['fe80::1', 'fe80:0:0:0'],
])('the address %s counts as %s', (address, caller) => {
  expect(networkOf(address)).toBe(caller);
});

describe('an address list', () => {
  const set = addressSet(['192.0.2.7', '10.9.0.0/16', '2001:db8:1::/48', '::1']);

  test.each(['192.0.2.7', '10.9.0.0', '10.9.255.255', '2001:db8:1::9', '::1'])('contains %s', (address) =>
    expect(set.has(address)).toBe(true),
  );
  test.each(['192.0.2.8', '10.8.255.255', '10.10.0.0', '2001:db8:2::9', '::2'])('does not contain %s', (address) =>
    expect(set.has(address)).toBe(false),
  );
});

test.each([
  ['10.0.0.0/8', undefined],
  ['10.0.0.1', undefined],
  ['fd00::/8', undefined],
  ['10.0.0.0/33', '10.0.0.0/33 needs 1 to 32 bits'],
  ['0.0.0.0/0', '0.0.0.0/0 needs 1 to 32 bits'],
  ['fd00::/129', 'fd00::/129 needs 1 to 128 bits'],
  ['10.0.0.0/', '10.0.0.0/ is no address and no network like 10.1.2.0/24'],
  ['10.0.0.0/8/8', '10.0.0.0/8/8 is no address and no network like 10.1.2.0/24'],
  ['proxy.example', 'proxy.example is no address and no network like 10.1.2.0/24'],
  ['*', '* is no address and no network like 10.1.2.0/24'],
])('the range %s: %s', (range, problem) => {
  expect(rangeProblem(range)).toBe(problem);
});
