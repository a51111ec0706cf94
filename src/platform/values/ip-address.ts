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

/**
 * True unless everybody on the internet reaches the address: private, loopback, link-local, unique-local, shared, reserved and
 * multicast ones, and IPv6 addresses that stand for an IPv4 address (mapped, NAT64, 6to4). A text that is not an address counts
 * as one of them.
 */
export function isPrivateAddress(text: string): boolean {
  const address = text.replace(/%.*$/, '');
  const family = isIP(address);
  if (family === 0) return true;
  return family === 4 ? PRIVATE_IPV4.check(address, 'ipv4') : PRIVATE_IPV6.check(address, 'ipv6');
}

const PRIVATE_IPV4 = blockListOf('ipv4', [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
]);
/** Mapped addresses need no check of their own: with one list for each family, they are a network of IPv6. */
const PRIVATE_IPV6 = blockListOf('ipv6', [
  '::/96',
  '::ffff:0:0/96',
  '64:ff9b::/96',
  '64:ff9b:1::/48',
  '100::/64',
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  'fc00::/7',
  'fe80::/10',
  'fec0::/10',
  'ff00::/8',
]);

function blockListOf(family: 'ipv4' | 'ipv6', networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', bits] = network.split('/');
    list.addSubnet(address, Number(bits), family);
  }
  return list;
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
