import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { renderNodeConf } from '../../../src/config/render.js';
import { loadTopologyName, loadWish } from '../../../src/topology/load.js';

let cwd: string;
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'rrepl-load-'));
});
afterEach(() => rm(cwd, { recursive: true }));

const write = (name: string, text: string | Buffer) => writeFile(join(cwd, name), text);
const load = async (flags = {}, env = {}) =>
  (await loadWish(flags, { cwd, env, stdin: process.stdin })).resolve(null);
const name = (flags = {}, env = {}) => loadTopologyName(flags, { cwd, env });

describe('loadWish', () => {
  it('needs no file', async () => {
    const topology = await load();
    const { template, nodes, ...rest } = topology;
    expect(rest).toEqual({
      name: 'default',
      image: 'redis:6.0',
      sentinels: null,
      port: { first: 6381, asked: false },
      containers: { restart: 'no', memoryBytes: null, cpus: null, bind: '127.0.0.1' },
      subnets: '198.18.0.0/15',
      expires: null,
      dir: null,
      security: {},
    });
    expect(nodes.map((node) => renderNodeConf(topology, node))).toHaveLength(3);
  });

  it('takes rrepl.yaml from the working directory, RREPL_FILE over it, --file over both', async () => {
    await write('rrepl.yaml', 'name: here');
    await write('env.yaml', 'name: env');
    await write('flag.yaml', '\uFEFFname: flag');
    expect((await load()).name).toBe('here');
    expect((await load({}, { RREPL_FILE: 'env.yaml' })).name).toBe('env');
    expect((await load({ file: 'flag.yaml' }, { RREPL_FILE: 'env.yaml' })).name).toBe('flag');
    expect((await load({ file: join(cwd, 'flag.yaml') })).name).toBe('flag');
  });

  it('takes paths in a file as relative to it, and those of flags to the working directory', async () => {
    await mkdir(join(cwd, 'sub'));
    const template =
      'port 6379\nbind 0.0.0.0\nprotected-mode no\ndir /data\n{{replication}}\n{{overrides}}\n';
    await write('sub/demo.yaml', 'dir: data\ntemplate: t.conf');
    await write('sub/t.conf', `# sub\n${template}`);
    await write('t.conf', `# top\n${template}`);
    const inFile = await load({ file: 'sub/demo.yaml' });
    expect(inFile.dir).toBe(join(cwd, 'sub/data'));
    expect(inFile.template).toMatch(/^# sub/);
    const byFlags = await load({ file: 'sub/demo.yaml', dir: 'd', template: 't.conf' });
    expect(byFlags.dir).toBe(join(cwd, 'd'));
    expect(byFlags.template).toMatch(/^# top/);
  });

  it('reads directives from --conf', async () => {
    await write('x.conf', 'hz 20\n');
    const { nodes } = await load({ conf: 'x.conf' });
    expect(nodes[0]?.directives).toEqual([{ name: 'hz', args: ['20'] }]);
  });

  it('says which files it could not read, together with all else that is wrong', async () => {
    await write('big.conf', 'x'.repeat(1024 * 1024 + 1));
    await write('rrepl.yaml', 'template: none.conf\nprot: 1');
    await expect(load({ conf: 'big.conf', name: 'A' })).rejects.toThrow(
      new RegExp(
        [
          'rrepl.yaml:2:1: "prot" is no key here \\(did you mean "port"\\?\\)',
          'conf big.conf: the file is larger than 1024 KiB',
          '.*/none.conf: there is no such file',
          'name must be .*',
        ].join('\n'),
      ),
    );
  });

  it.each([
    ['none.yaml', 'there is no such file'],
    ['sub', 'this is a folder, not a file'],
    ['latin1.yaml', 'the file must be UTF-8 text'],
    ['big.yaml', 'the file is larger than 64 KiB'],
  ])('refuses %s: %s', async (file, message) => {
    await mkdir(join(cwd, 'sub'));
    await write('latin1.yaml', Buffer.from([0x23, 0xe9]));
    await write('big.yaml', '#'.repeat(64 * 1024 + 1));
    await expect(load({ file })).rejects.toThrow(`${file}: ${message}`);
    await expect(name({ file })).rejects.toThrow(`${file}: ${message}`);
  });

  it('takes a file of just 64 KiB', async () => {
    await write('rrepl.yaml', '#'.repeat(64 * 1024));
    expect((await load()).name).toBe('default');
  });
});

describe('a quorum without a number of sentinels', () => {
  const quorum = () =>
    loadWish({ quorum: '3', downAfter: '2s' }, { cwd, env: {}, stdin: process.stdin });
  const sentinels = [1, 2, 3].map((at) => ({ name: `sentinel-${at}`, directives: [] }));

  it('is for those that are there', async () => {
    const present = { images: [], dir: null, containers: null, port: null, master: 'redis-1' };
    const wish = await quorum();
    const nodes = [{ name: 'redis-1', directives: [] }];
    expect(wish.resolve({ ...present, nodes, sentinels }).sentinels).toMatchObject({ quorum: 3 });
  });

  it('is refused where there are none', async () => {
    const wish = await quorum();
    expect(() => wish.resolve(null)).toThrow('there are no sentinels');
  });
});

describe('loadTopologyName', () => {
  it('asks the flag, the variable, the file, the default', async () => {
    expect(await name()).toBe('default');
    await write('rrepl.yaml', 'name: here');
    expect(await name()).toBe('here');
    expect(await name({}, { RREPL_NAME: 'env' })).toBe('env');
    expect(await name({ name: 'flag' }, { RREPL_NAME: 'env' })).toBe('flag');
  });

  it('is known while the rest of the file is wrong', async () => {
    await write('rrepl.yaml', 'name: here\nreplicas: many\ntemplate: none');
    expect(await name()).toBe('here');
    await write('rrepl.yaml', '{');
    expect(await name({ name: 'flag' })).toBe('flag');
  });

  it('is never guessed', async () => {
    await expect(name({ name: 'A' })).rejects.toThrow('name must be');
    await write('rrepl.yaml', 'naem: here');
    await expect(name()).rejects.toThrow('did you mean "name"?');
    await write('rrepl.yaml', 'name: Here');
    await expect(name()).rejects.toThrow('rrepl.yaml:1:7: name must be');
  });
});
