/**
 * IPv4 subnets, and how each of rrepl's networks divides its own: the gateway is host 1, nodes
 * have numbers below 128 that stay theirs, and whoever else joins gets an address above. Pure.
 */
import { isLoopback } from './loopback.js';

/** Networks get their subnets from here: set aside for tests of network devices, routed by nobody (RFC 2544). */
export const SUBNETS = '198.18.0.0/15';

/** Bits of the prefix of a network's subnet: 254 hosts. */
const PREFIX = 24;

/** Nodes have host numbers from here on; a name that ends in a number tells which. */
const FIRST_HOST = 11;
const LAST_HOST = 127;
const NUMBERED = [
  { name: /^redis-([1-9]\d?)$/, before: 10, most: 89 },
  { name: /^sentinel-([1-9]\d?)$/, before: 100, most: 27 },
] as const;

export const isHostNumber = (value: number): boolean =>
  Number.isInteger(value) && value >= FIRST_HOST && value <= LAST_HOST;

/** `198.18.37.11` for host 11 of `198.18.37.0/24`. */
export function addressIn(subnet: string, host: number): string {
  return toText(parse(subnet).first + host);
}

export const gatewayIn = (subnet: string): string => addressIn(subnet, 1);

/**
 * An address of the engine's host that containers on any network reach, and on which ports are
 * published that are bound to this one; null if there is none.
 * @param control the subnet of the control network; null if it isn't known
 */
export function hostForContainers(bind: string, control: string | null): string | null {
  if (isLoopback(bind)) return null;
  if (bind !== '0.0.0.0' && bind !== '::') return bind;
  return control === null ? null : gatewayIn(control);
}

/** Of a network with this subnet, as the engine is to know it. */
export const dividedSubnet = (subnet: string) => ({
  subnet,
  gateway: gatewayIn(subnet),
  /** Where the engine finds addresses for those that ask for none. */
  dynamic: `${addressIn(subnet, LAST_HOST + 1)}/${PREFIX + 1}`,
});

/**
 * The number of each node among the hosts of its subnet: the one that it holds, else the one that
 * its name tells (redis-1: 11, sentinel-1: 101), else the lowest that is free. Where all are taken
 * a node has none.
 */
export function hostNumbers(
  names: readonly string[],
  held: ReadonlyMap<string, number>,
): ReadonlyMap<string, number> {
  const numbers = new Map(held);
  const isFree = (host: number) => ![...numbers.values()].includes(host);
  const missing = names.filter((name) => !numbers.has(name));
  for (const name of missing) {
    const told = numberIn(name);
    if (told !== null && isFree(told)) numbers.set(name, told);
  }
  for (const name of missing) {
    if (numbers.has(name)) continue;
    for (let host = FIRST_HOST; host <= LAST_HOST; host += 1) {
      if (!isFree(host)) continue;
      numbers.set(name, host);
      break;
    }
  }
  return numbers;
}

function numberIn(name: string): number | null {
  for (const { name: pattern, before, most } of NUMBERED) {
    const number = Number(pattern.exec(name)?.[1] ?? 0);
    if (number > 0 && number <= most) return before + number;
  }
  return null;
}

/**
 * So many subnets of the range that overlap with none of the taken ones, or null where there are
 * not as many. The search begins at a place that the seed tells: the same seed finds the same
 * subnets again, and runs for different topologies seldom want the same.
 */
export function freeSubnets(
  count: number,
  seed: string,
  taken: readonly string[],
  range: string,
): readonly string[] | null {
  const { first, bits } = parse(range);
  const size = 2 ** (PREFIX - bits);
  // What holds the whole range says nothing about its parts: the route of a VPN, for one.
  const others = taken.filter((it) => isSubnet(it) && !contains(it, range)).map(parse);
  const found: string[] = [];
  const start = hash(seed) % size;
  for (let step = 0; step < size && found.length < count; step += 1) {
    const base = first + ((start + step) % size) * 2 ** (32 - PREFIX);
    const candidate = { first: base, bits: PREFIX };
    if (!others.some((it) => overlap(candidate, it))) found.push(`${toText(base)}/${PREFIX}`);
  }
  return found.length === count ? found : null;
}

interface Block {
  readonly first: number;
  readonly bits: number;
}

/** IPv4 with a prefix. */
export const isSubnet = (text: string): boolean =>
  /^(\d{1,3}\.){3}\d{1,3}\/\d{1,2}$/.test(text) &&
  (text.split('/')[0] ?? '').split('.').every((part) => Number(part) < 256) &&
  Number(text.split('/')[1]) <= 32;

/** Room for the networks of two topologies at least. */
export const isRange = (text: string): boolean =>
  isSubnet(text) && parse(text).bits >= 8 && parse(text).bits <= 22;

function parse(subnet: string): Block {
  const [address = '', prefix] = subnet.split('/');
  const bits = Number(prefix);
  const value = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  return { first: value - (value % 2 ** (32 - bits)), bits };
}

const toText = (value: number): string =>
  [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');

const last = ({ first, bits }: Block): number => first + 2 ** (32 - bits) - 1;

const overlap = (a: Block, b: Block): boolean => a.first <= last(b) && b.first <= last(a);

function contains(outer: string, inner: string): boolean {
  const [a, b] = [parse(outer), parse(inner)];
  return a.bits <= b.bits && overlap(a, b);
}

/** FNV-1a. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const char of text) value = Math.imul(value ^ (char.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return value;
}
