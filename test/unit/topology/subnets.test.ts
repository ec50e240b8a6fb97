import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addressIn,
  dividedSubnet,
  freeSubnets,
  hostNumbers,
  isRange,
  isSubnet,
  SUBNETS,
} from '../../../src/topology/subnets.js';

const NONE = new Map<string, number>();

it('an address is a host of its subnet', () => {
  expect(addressIn('198.18.37.0/24', 11)).toBe('198.18.37.11');
  expect(addressIn('198.19.255.0/24', 127)).toBe('198.19.255.127');
});

it('a subnet has a gateway and a part for those that ask for no address', () => {
  expect(dividedSubnet('198.18.37.0/24')).toEqual({
    subnet: '198.18.37.0/24',
    gateway: '198.18.37.1',
    dynamic: '198.18.37.128/25',
  });
});

it.each(['198.18.0.0/15', '10.0.0.0/8', '1.2.3.4/32'])('%s is a subnet', (text) => {
  expect(isSubnet(text)).toBe(true);
});

it.each(['', '10.0.0.0', '10.0.0/8', '256.0.0.0/8', '10.0.0.0/33', 'fd00::/64'])(
  '%j is none of IPv4',
  (text) => {
    expect(isSubnet(text)).toBe(false);
  },
);

it('a range has room for networks', () => {
  const ranges = [
    '10.200.0.0/16',
    '10.0.0.0/8',
    '10.0.0.0/22',
    '10.0.0.0/7',
    '10.0.0.0/23',
    '10.0.0.0',
  ];
  expect(ranges.map(isRange)).toEqual([true, true, true, false, false, false]);
});

describe('host numbers', () => {
  const numbers = (names: readonly string[], held: ReadonlyMap<string, number> = NONE) =>
    Object.fromEntries(hostNumbers(names, held));

  it('are told by names that end in a number', () => {
    expect(numbers(['redis-3', 'sentinel-1', 'redis-51'])).toEqual({
      'redis-3': 13,
      'sentinel-1': 101,
      'redis-51': 61,
    });
  });

  it('are else the lowest that nobody has or is told', () => {
    expect(numbers(['a', 'redis-1', 'b'])).toEqual({ 'redis-1': 11, a: 12, b: 13 });
  });

  it('stay with those that hold them, wanted or not', () => {
    const held = new Map([
      ['a', 11],
      ['gone', 12],
    ]);
    expect(numbers(['redis-1', 'redis-2', 'a'], held)).toEqual({
      a: 11,
      gone: 12,
      'redis-1': 13,
      'redis-2': 14,
    });
  });

  it("are nobody else's, and below those that the engine gives away", () => {
    const name = fc.oneof(
      fc.constantFrom('redis-', 'sentinel-').chain((of) => fc.nat(99).map((it) => `${of}${it}`)),
      fc.stringMatching(/^[a-z]{1,3}$/),
    );
    fc.assert(
      fc.property(fc.uniqueArray(name, { maxLength: 130 }), (names) => {
        const found = [...hostNumbers(names, NONE).values()];
        expect(new Set(found).size).toBe(found.length);
        expect(found).toHaveLength(Math.min(names.length, 117));
        for (const host of found) {
          expect(host).toBeGreaterThan(10);
          expect(host).toBeLessThan(128);
        }
      }),
    );
  });
});

describe('free subnets', () => {
  it('are the same for the same topology, others for another', () => {
    const found = freeSubnets(2, 'demo', [], SUBNETS);
    expect(freeSubnets(2, 'demo', [], SUBNETS)).toEqual(found);
    expect(freeSubnets(2, 'other', [], SUBNETS)).not.toEqual(found);
    expect(new Set(found).size).toBe(2);
  });

  it('are the next where those are taken, wholly or in part', () => {
    const [first = '', second = ''] = freeSubnets(2, 'demo', [], SUBNETS) ?? [];
    expect(freeSubnets(1, 'demo', [first], SUBNETS)).toEqual([second]);
    expect(freeSubnets(1, 'demo', [`${addressIn(first, 200)}/30`], SUBNETS)).toEqual([second]);
  });

  it('go on at the beginning of the range after its end', () => {
    const all = freeSubnets(4, 'demo', [], '10.9.0.0/22') ?? [];
    expect([...all].sort()).toEqual(
      ['10.9.0.0/24', '10.9.1.0/24', '10.9.2.0/24', '10.9.3.0/24'].sort(),
    );
    expect(freeSubnets(5, 'demo', [], '10.9.0.0/22')).toBe(null);
  });

  it('are not found where all of the range is taken piece by piece', () => {
    expect(freeSubnets(1, 'demo', ['198.18.0.0/16', '198.19.0.0/16'], SUBNETS)).toBe(null);
    expect(freeSubnets(1, 'demo', ['198.18.0.0/16'], SUBNETS)?.[0]).toMatch(/^198\.19\./);
  });

  it('are not kept away by what holds the whole range, or is none of IPv4', () => {
    const taken = ['128.0.0.0/1', '198.18.0.0/15', 'fd00::/64', '172.17.0.0/16'];
    expect(freeSubnets(2, 'demo', taken, SUBNETS)).toEqual(freeSubnets(2, 'demo', [], SUBNETS));
  });

  it('overlap with nothing that is taken', () => {
    const block = fc
      .tuple(fc.integer({ min: 16, max: 32 }), fc.nat(2 ** 17 - 1))
      .map(([bits, at]) => ({ bits, first: Math.floor(at / 2 ** (32 - bits)) * 2 ** (32 - bits) }));
    fc.assert(
      fc.property(fc.array(block, { maxLength: 40 }), fc.string(), (blocks, seed) => {
        const taken = blocks.map(
          ({ first, bits }) => `${addressIn('198.18.0.0/15', first)}/${bits}`,
        );
        for (const subnet of freeSubnets(2, seed, taken, SUBNETS) ?? []) {
          const [, , third = '', fourth = ''] =
            /^198\.(18|19)\.(\d+)\.(\d+)\/24$/.exec(subnet) ?? [];
          expect(fourth).toBe('0');
          const first = (subnet.startsWith('198.19') ? 2 ** 16 : 0) + Number(third) * 256;
          for (const it of blocks) {
            expect(first + 255 < it.first || it.first + 2 ** (32 - it.bits) <= first).toBe(true);
          }
        }
      }),
    );
  });
});
