import { expect, test } from 'vitest';
import { hostRoutes, routesIn } from '../../../src/docker/host-routes.js';

const TABLE = `Iface	Destination	Gateway 	Flags	RefCnt	Use	Metric	Mask		MTU	Window	IRTT
eth0	00000000	010200C0	0003	0	0	0	00000000	0	0	0
docker0	000011AC	00000000	0001	0	0	0	0000FFFF	0	0	0
tun0	0020A8C0	00000000	0001	0	0	0	00F0FFFF	0	0	0
`;

test("the kernel's table of routes, but for the default one", () => {
  expect(routesIn(TABLE, false)).toEqual(['172.17.0.0/16', '192.168.32.0/20']);
});

test('a processor of the other byte order prints the same numbers the other way round', () => {
  const line = 'tun0\tC0A82000\t00000000\t0001\t0\t0\t0\tFFFFF000\t0\t0\t0';
  expect(routesIn(`Iface\n${line}\n`, true)).toEqual(['192.168.32.0/20']);
});

test('what is no table has no routes', () => {
  expect(routesIn('')).toEqual([]);
  expect(routesIn('Iface\nnonsense\n\n')).toEqual([]);
});

test("another machine's routes are not known", async () => {
  expect(await hostRoutes({ publishedHost: '192.0.2.7' })).toEqual([]);
});
