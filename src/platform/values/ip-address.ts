/** Network addresses of callers: as they are written down, and as they are counted. */
import { BlockList, isIP } from 'node:net';

/** An address without what a socket adds to it (an IPv4 address in IPv6 clothes, the zone); null when it is none. */
export function plainAddress(text: string | undefined): string | null {
  const address = (text ?? '').replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '');
  return isIP(address) === 0 ? null : address;
}

/** Callers are told apart by address; an IPv6 caller owns at least the lower half of his, so it does not count. */
export function networkOf(address: string): string {
  return address.includes(':') ? expanded(address).slice(0, 4).join(':') : address;
}

/** A set of addresses, given as addresses and networks (`10.1.2.0/24`). */
export function addressSet(ranges: readonly string[]): { has(address: string): boolean } {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = '', bits] = range.split('/');
    if (bits === undefined) list.addAddress(address, familyOf(address));
    else list.addSubnet(address, Number(bits), familyOf(address));
  }
  return { has: (address) => ranges.length > 0 && list.check(address, familyOf(address)) };
}

/**
 * What is wrong with an address or network; undefined when nothing is. One of 0 bits holds everybody, which nobody can
 * mean.
 */
export function rangeProblem(range: string): string | undefined {
  const [, address = '', bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(range) ?? [];
  const most = { 4: 32, 6: 128 }[isIP(address)];
  if (most === undefined) return `${range} is no address and no network like 10.1.2.0/24`;
  return bits === undefined || (Number(bits) >= 1 && Number(bits) <= most)
    ? undefined
    : `${range} needs 1 to ${most} bits`;
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4';
}

function expanded(address: string): readonly string[] {
  const [head = '', tail] = address.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  return tail === undefined
    ? before
    : [...before, ...Array.from({ length: 8 - before.length - after.length }, () => '0'), ...after];
}
