import { describe, expect, it } from 'vitest';
import { messageOf } from '../../../src/cli/hints/index.js';
import { InvalidTopologyError, type Problem } from '../../../src/errors.js';
import { resolveContainers, sizeBytes } from '../../../src/topology/container-wish.js';
import { isLoopback } from '../../../src/topology/loopback.js';
import { parseTopologyFile } from '../../../src/topology/parse-yaml.js';
import type { Present } from '../../../src/topology/present.js';
import type { ContainerWish } from '../../../src/topology/topology.js';

interface Given {
  readonly flags?: Record<string, string | boolean>;
  readonly env?: Record<string, string>;
  readonly yaml?: string;
  readonly secured?: boolean;
  /** Of a topology that is there. */
  readonly kept?: ContainerWish;
}

function resolve({ flags = {}, env = {}, yaml = '', secured = false, kept }: Given) {
  const { wish, problems: ofFile } = parseTopologyFile(yaml, 'rrepl.yaml');
  const present: Present | null =
    kept === undefined
      ? null
      : { images: [], dir: null, port: null, master: null, nodes: [], containers: kept };
  const found: Problem[] = [...ofFile];
  const file = { name: 'rrepl.yaml', wish };
  const wanted = resolveContainers({ flags, env, file }, { present, secured }, found);
  const problems = messageOf(new InvalidTopologyError(found)).split('\n').filter(Boolean);
  return { wanted, problems };
}

it('limits nothing, restarts nothing and stays on this machine by default', () => {
  expect(resolve({})).toEqual({
    wanted: { restart: 'no', memoryBytes: null, cpus: null, bind: '127.0.0.1' },
    problems: [],
  });
});

it('leaves what is there as it is, unless it is said', () => {
  const kept = { restart: 'always', memoryBytes: 2 ** 28, cpus: 2, bind: '0.0.0.0' } as const;
  expect(resolve({ kept })).toEqual({ wanted: kept, problems: [] });
  expect(resolve({ kept, flags: { cpus: '1' } }).wanted).toEqual({ ...kept, cpus: 1 });
});

it('takes flags over variables over the file', () => {
  const yaml = 'restart: always\nmemory: 1gb\ncpus: 2\nbind: 127.0.0.9';
  const env = { RREPL_MEMORY: '512MB', RREPL_CPUS: '1.5' };
  expect(resolve({ yaml, env, flags: { cpus: '0.5' } })).toEqual({
    wanted: { restart: 'always', memoryBytes: 2 ** 29, cpus: 0.5, bind: '127.0.0.9' },
    problems: [],
  });
});

it.each([
  [{ restart: 'yes' }, 'restart must be one of no, on-failure, always, unless-stopped'],
  [{ memory: '256m' }, 'memory must be a size from 6mb up, like 256mb or 1gb, not "256m"'],
  [{ memory: '5mb' }, 'memory must be a size from 6mb up'],
  [{ memory: '0gb' }, 'memory must be a size from 6mb up'],
  [{ cpus: '0' }, 'cpus must be a number above 0 and at most 1024, like 0.5, not "0"'],
  [{ cpus: 'half' }, 'cpus must be a number above 0 and at most 1024, like 0.5, not "half"'],
  [{ bind: 'eth0' }, 'bind must be an IP address'],
])('refuses %o', (flags, words) => {
  expect(resolve({ flags }).problems).toEqual([expect.stringContaining(words)]);
});

it.each([
  ['6mb', 6 * 2 ** 20],
  ['10240kb', 10 * 2 ** 20],
  ['2GB', 2 ** 31],
])('%s is %i bytes', (text, size) => expect(sizeBytes(text)).toBe(size));

describe('an address that other machines reach', () => {
  it('needs a password, or the word that it needs none', () => {
    const { problems } = resolve({ flags: { bind: '0.0.0.0' } });
    expect(problems).toEqual([
      expect.stringMatching(/^--bind: on 0.0.0.0 other machines .* no password.*--insecure$/),
    ]);
    expect(resolve({ flags: { bind: '0.0.0.0', insecure: true } }).problems).toEqual([]);
    expect(resolve({ flags: { bind: '0.0.0.0' }, secured: true }).problems).toEqual([]);
  });

  it('is told where it stands', () => {
    const [inFile] = resolve({ yaml: 'bind: 10.0.0.7' }).problems;
    expect(inFile).toMatch(/^rrepl.yaml: on 10.0.0.7 /);
    const [inVariable] = resolve({ env: { RREPL_BIND: '::' } }).problems;
    expect(inVariable).toMatch(/^RREPL_BIND: on :: /);
  });

  it.each(['localhost', '127.0.0.1', '127.3.2.1', '::1', '0:0:0:0:0:0:0:1'])('is not %s', (host) =>
    expect(isLoopback(host)).toBe(true),
  );

  it.each(['0.0.0.0', '::', '10.0.0.7', '127.0.0.1.lan', 'fe80::1', '1::1'])('is %s', (host) =>
    expect(isLoopback(host)).toBe(false),
  );
});
