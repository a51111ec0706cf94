/** IP addresses of callers: their canonical text, the network that a rate limit counts, and sets of addresses. */
import { BlockList, isIP } from 'node:net';

/**
 * The address without the additions of a socket (the prefix `::ffff:` of an IPv4 address, the zone); null when the text
 * is not an IP address.
 */
export function plainAddress(text: string | undefined): string | null {
  const address = (text ?? '').replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '');
  return isIP(address) === 0 ? null : address;
}

/**
 * The part of an address that identifies a caller for rate limits: an IPv4 address as it is, of an IPv6 address the
 * upper 64 bits, because one IPv6 caller owns at least the whole lower half.
 */
export function networkOf(address: string): string {
  return address.includes(':') ? groupsOf(address).slice(0, 4).join(':') : address;
}

/** True if the host name or address means this machine. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.has(host);
}

const LOOPBACK = new Set(['127.0.0.1', 'localhost', '::1', '[::1]']);

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
 * The problem with the text of an address or network; undefined when it is valid. A network of 0 bits is a problem: it
 * contains every address, which is always a mistake.
 */
export function rangeProblem(range: string): string | undefined {
  const [, address = '', bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(range) ?? [];
  const maxBits = { 4: 32, 6: 128 }[isIP(address)];
  if (maxBits === undefined) return `${range} is no address and no network like 10.1.2.0/24`;
  return bits === undefined || (Number(bits) >= 1 && Number(bits) <= maxBits)
    ? undefined
    : `${range} needs 1 to ${maxBits} bits`;
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4';
}

function groupsOf(address: string): readonly string[] {
  const [head = '', tail] = address.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  return tail === undefined
    ? before
    : [...before, ...Array.from({ length: 8 - before.length - after.length }, () => '0'), ...after];
}
