import { describe, expect, it } from 'vitest';
import { messageOf } from '../../../src/cli/hints/index.js';
import { confValue } from '../../../src/config/conf-file.js';
import { renderNodeConf } from '../../../src/config/render.js';
import { InvalidTopologyError } from '../../../src/errors.js';
import { parseTopologyFile } from '../../../src/topology/parse-yaml.js';
import type { Present } from '../../../src/topology/present.js';
import { resolveTopology, type Wishes } from '../../../src/topology/resolve.js';

const TEMPLATE = {
  name: 'redis.conf',
  text: 'port 6379\nbind 0.0.0.0\nprotected-mode no\ndir /data\n{{replication}}\n{{overrides}}\n',
};

interface Given extends Partial<Omit<Wishes, 'file' | 'problems'>> {
  yaml?: string;
  present?: Present;
}

function resolve({ yaml = '', present, ...rest }: Given = {}) {
  const { wish, problems } = parseTopologyFile(yaml, 'rrepl.yaml');
  return resolveTopology(
    {
      flags: {},
      env: {},
      cwd: '/work',
      conf: null,
      template: TEMPLATE,
      sentinelTemplate: '',
      complete: false,
      ...rest,
      file: { name: 'rrepl.yaml', wish },
      problems,
    },
    present ?? null,
  );
}

function problemsOf(given: Given): string[] {
  try {
    resolve(given);
  } catch (error) {
    if (error instanceof InvalidTopologyError) return messageOf(error).split('\n');
    throw error;
  }
  return [];
}

describe('defaults', () => {
  it('are a master and two replicas', () => {
    expect(resolve()).toEqual({
      name: 'default',
      image: 'redis:6.0',
      sentinels: null,
      nodes: [
        { name: 'redis-1', upstream: null, directives: [] },
        { name: 'redis-2', upstream: 'redis-1', directives: [] },
        { name: 'redis-3', upstream: 'redis-1', directives: [] },
      ],
      port: { first: 6381, asked: false },
      containers: { restart: 'no', memoryBytes: null, cpus: null, bind: '127.0.0.1' },
      subnets: '198.18.0.0/15',
      expires: null,
      dir: null,
      security: {},
      template: TEMPLATE.text,
    });
  });

  it('allow a master alone', () => {
    expect(resolve({ flags: { replicas: '0' } }).nodes).toHaveLength(1);
  });
});

describe('precedence', () => {
  const yaml = 'name: f\nimage: f\nport: 1000\nreplicas: 1\ndir: /f';
  const env = {
    RREPL_NAME: 'e',
    RREPL_IMAGE: 'e',
    RREPL_PORT: '2000',
    RREPL_REPLICAS: '3',
    RREPL_DIR: 'e',
  };
  const flags = { name: 'g', image: 'g', port: '3000', replicas: '4', dir: 'g' };
  const summary = (given: Given) => {
    const { name, image, port, nodes, dir } = resolve(given);
    return [name, image, port.first, port.asked, nodes.length, dir];
  };

  it('is flags, variables, the file', () => {
    expect(summary({ yaml })).toEqual(['f', 'f', 1000, true, 2, '/f']);
    expect(summary({ yaml, env })).toEqual(['e', 'e', 2000, true, 4, '/work/e']);
    expect(summary({ yaml, env, flags })).toEqual(['g', 'g', 3000, true, 5, '/work/g']);
  });

  it('ignores an empty variable, and a bad one that a flag overrules', () => {
    expect(resolve({ env: { RREPL_NAME: '' } }).name).toBe('default');
    expect(resolve({ env: { RREPL_PORT: 'x' }, flags: { port: '7' } }).port.first).toBe(7);
  });

  it('lays directives: the file, its node, --conf, --set', () => {
    const topology = resolve({
      yaml: `
config: { hz: 1, maxclients: 1, timeout: 1, databases: 1 }
nodes:
  a:
  b: { replicaOf: a, config: { maxclients: 2, timeout: 2, databases: 2 } }
`,
      conf: { name: 'x.conf', text: 'timeout 3\ndatabases 3\nsave 1 1\nsave 2 2' },
      flags: { set: ['databases=4', 'save=3600 1', 'save=', 'syslog-ident="a = b"'] },
    });
    const text = topology.nodes.map(({ directives }) =>
      directives.map(({ name, args }) => `${name}=${args.join('|')}`).join(' '),
    );
    const set = 'databases=4 save=3600|1 save= syslog-ident=a = b';
    expect(text).toEqual([
      `hz=1 maxclients=1 timeout=3 ${set}`,
      `hz=1 maxclients=2 timeout=3 ${set}`,
    ]);
  });
});

describe('problems', () => {
  it('come from everywhere at once', () => {
    expect(
      problemsOf({
        yaml: 'prot: 1',
        env: { RREPL_REPLICAS: '-1', RREPL_IMAGE: 'A B' },
        flags: {
          name: 'Demo',
          port: '1e3',
          dir: '~/x',
          set: ['appendonly', 'PORT=1', 'save="', 'a b=1', 'hz="\\x00"'],
        },
        conf: { name: 'x.conf', text: 'requirepass x\nhz\nsave "\nhz 10' },
        template: { name: 't.conf', text: TEMPLATE.text.replace('6379', '1') },
      }).join('\n'),
    ).toMatchInlineSnapshot(`
      "rrepl.yaml:1:1: "prot" is no key here (did you mean "port"?)
      --name: name must be lower-case letters, digits and "-", at most 40, the first no "-", not "Demo"
      RREPL_IMAGE: image must be the name of a container image, like redis:6.0, not "A B"
      RREPL_REPLICAS: replicas must be a whole number from 0 to 50, not "-1"
      --port: port must be a whole number from 1 to 65535, not "1e3"
      --dir: ~ isn't expanded: write dir in full
      x.conf:1:1: requirepass can't be set: rrepl must be let in, and replicas too on whichever node is the master; use the option password
      x.conf:2:1: a directive needs a value; write "" for an empty one
      x.conf:3:1: a double quote is opened and never closed
      --set: "appendonly" must be directive=value
      --set: PORT can't be set: every node listens on 6379 inside its container; the option port chooses the ports on this host
      --set: save: a double quote is opened and never closed
      --set: "a b" is not the name of a directive
      --set: hz: a value can't hold the control character U+0000
      t.conf:1:1: a template must say "port 6379": every node listens on 6379 inside its container; the option port chooses the ports on this host"
    `);
  });

  it('refuse a number of replicas where the file names its nodes', () => {
    const yaml = 'nodes: { a: }';
    const message = 'rrepl.yaml names its nodes: add or remove replicas there, and leave this out';
    expect(problemsOf({ yaml, flags: { replicas: '1' } })).toEqual([`--replicas: ${message}`]);
    expect(problemsOf({ yaml, env: { RREPL_REPLICAS: '1' } })).toEqual([
      `RREPL_REPLICAS: ${message}`,
    ]);
  });

  it('keep every port in range', () => {
    const message = 'port 65534 leaves no room for 3 nodes: choose 65533 or lower';
    expect(problemsOf({ flags: { port: '65534' } })).toEqual([`--port: ${message}`]);
    expect(problemsOf({ env: { RREPL_PORT: '65534' } })).toEqual([`RREPL_PORT: ${message}`]);
    expect(problemsOf({ yaml: 'port: 65534' })).toEqual([`rrepl.yaml: ${message}`]);
    expect(problemsOf({ flags: { port: '65533' } })).toEqual([]);
  });
});

describe('what is there already', () => {
  const hz = { name: 'hz', args: ['20'] };
  const present: Present = {
    images: ['redis:7.0'],
    dir: '/srv/f',
    port: 7000,
    containers: null,
    master: 'redis-2',
    nodes: [
      { name: 'redis-1', directives: [hz] },
      { name: 'redis-2', directives: [hz, { name: 'timeout', args: ['5'] }] },
    ],
  };

  it('stays as it is where nothing is said', () => {
    expect(resolve({ present })).toMatchObject({
      image: 'redis:7.0',
      dir: '/srv/f',
      port: { first: 7000, asked: false },
      nodes: [
        { name: 'redis-2', upstream: null },
        { name: 'redis-1', upstream: 'redis-2', directives: [hz] },
      ],
    });
  });

  it('gives way to what is said', () => {
    const flags = { image: 'redis:8.0', replicas: '2', set: ['hz=30'] };
    const topology = resolve({ present, flags });
    expect(topology.image).toBe('redis:8.0');
    expect(topology.nodes.map(({ directives }) => directives)).toEqual([
      [
        { name: 'timeout', args: ['5'] },
        { name: 'hz', args: ['30'] },
      ],
      [{ name: 'hz', args: ['30'] }],
      [
        { name: 'timeout', args: ['5'] },
        { name: 'hz', args: ['30'] },
      ],
    ]);
  });

  it('has a configuration only as far as a complete wish repeats it', () => {
    const [master] = resolve({ present, complete: true, yaml: 'config: { hz: 30 }' }).nodes;
    expect(master?.directives).toEqual([{ name: 'hz', args: ['30'] }]);
  });

  it('loses no directive to the template, and gets none from it', () => {
    const text = TEMPLATE.text.replace('{{overrides}}', 'hz 10\nmaxmemory 1gb\n{{overrides}}');
    const { template } = resolve({ present, template: { name: 'redis.conf', text } });
    expect(template).toMatch(/^hz 10$/m);
    expect(template).toMatch(/^# not wanted: maxmemory 1gb$/m);
    expect(template).toMatch(/^port 6379$/m);
  });

  it('with two images is a change that was broken off: one must be said', () => {
    const broken = { ...present, images: ['redis:6.0', 'redis:7.0'] };
    expect(problemsOf({ present: broken })).toEqual([
      '--image: the nodes run redis:6.0 and redis:7.0: a change of the image was broken off; say which one all are to run, `--image redis:7.0`',
    ]);
    expect(problemsOf({ present: broken, flags: { image: 'redis:7.0' } })).toEqual([]);
  });
});

describe('the backlog', () => {
  const template = {
    ...TEMPLATE,
    text: TEMPLATE.text.replace('{{overrides}}', 'repl-backlog-size {{backlog}}\n{{overrides}}'),
  };
  const there = (...directives: [string, string][]): Present => ({
    images: ['redis:6.0'],
    dir: null,
    port: 7000,
    containers: null,
    master: 'redis-1',
    nodes: [
      { name: 'redis-1', directives: directives.map(([name, value]) => ({ name, args: [value] })) },
    ],
  });
  const backlog = (given: Given) => {
    const topology = resolve({ template, ...given });
    const [node] = topology.nodes;
    return node && confValue(renderNodeConf(topology, node), 'repl-backlog-size');
  };

  it.each<[string, string, Given]>([
    ['is 64 MB', '64mb', {}],
    ['follows maxmemory', '12mb', { flags: { set: ['maxmemory=50mb'] } }],
    ['follows the memory', '12mb', { flags: { memory: '100mb' } }],
    [
      'follows both',
      '6mb',
      { env: { RREPL_MEMORY: '50mb' }, yaml: 'config: { maxmemory: 26214400 }' },
    ],
    [
      'follows the maxmemory of its node',
      '10mb',
      { yaml: 'config: { maxmemory: 1gb }\nnodes: { a: { config: { maxmemory: 40mb } } }' },
    ],
    [
      'is what is said',
      '3mb',
      { flags: { set: ['maxmemory=50mb'] }, yaml: 'config: { repl-backlog-size: 3mb }' },
    ],
    [
      'is what a template says',
      '20mb',
      {
        flags: { set: ['maxmemory=50mb'] },
        template: { ...template, text: template.text.replace('{{backlog}}', '20mb') },
      },
    ],
  ])('%s', (_, size, given) => {
    expect(backlog(given)).toBe(size);
  });

  const [LANDED, LIMIT] = [['repl-backlog-size', '64mb'] as const, ['maxmemory', '50mb'] as const];

  it.each<[string, string, Present, string[]]>([
    ['stays where memory is not said', '64mb', there([...LANDED], [...LIMIT]), ['hz=20']],
    ['follows a maxmemory that is said', '12mb', there([...LANDED]), ['maxmemory=50mb']],
    ['follows it again', '64mb', there(['repl-backlog-size', '12mb'], [...LIMIT]), ['maxmemory=0']],
    [
      'stays what was said',
      '2mb',
      there(['repl-backlog-size', '2mb'], [...LIMIT]),
      ['maxmemory=1gb'],
    ],
  ])('of what is there %s', (_, size, present, set) => {
    expect(backlog({ present, flags: { set } })).toBe(size);
  });

  it('is refused where it leaves nothing for data, if it is what is said', () => {
    const refusal =
      'repl-backlog-size 64mb counts towards maxmemory 50.0 MB: every write would be refused, or every key evicted; `--set repl-backlog-size=12mb` leaves more room';
    const set = ['maxmemory=50mb', 'repl-backlog-size=64mb'];
    expect(problemsOf({ flags: { set } })).toEqual([`redis-1, redis-2, redis-3: ${refusal}`]);
    const yaml = 'nodes: { a: , b: { replicaOf: a, config: { repl-backlog-size: 100mb } } }';
    expect(problemsOf({ flags: { memory: '100mb' }, yaml })).toEqual([
      expect.stringMatching(/^b: repl-backlog-size 100mb is all of the 100\.0 MB/),
    ]);
    const present = there(['repl-backlog-size', '100mb']);
    expect(problemsOf({ present, flags: { set: ['maxmemory=50mb'] } })).toEqual([
      expect.stringMatching(/^redis-1: repl-backlog-size 100mb counts/),
    ]);
    expect(problemsOf({ present: there([...LANDED], [...LIMIT]) })).toEqual([]);
  });
});

describe('databases', () => {
  const yaml = 'nodes: { a: , b: { replicaOf: a, config: { databases: 4 } }, c: { replicaOf: a } }';

  it('must be the same on every node', () => {
    expect(problemsOf({ yaml })).toEqual([
      expect.stringMatching(
        /^databases: must be the same on every node, not 16 on a, c and 4 on b:/,
      ),
    ]);
  });

  it('are, if all are told', () => {
    expect(problemsOf({ yaml, flags: { set: ['databases=20'] } })).toEqual([]);
    expect(problemsOf({ yaml: yaml.replace('4', '16') })).toEqual([]);
  });

  it('are left alone where they are not said', () => {
    const four = [{ name: 'databases', args: ['4'] }];
    const nodes = ['a', 'b'].map((name) => ({ name, directives: name === 'b' ? four : [] }));
    const there = { images: [], dir: null, port: null, containers: null, master: 'a', nodes };
    expect(problemsOf({ present: there })).toEqual([]);
  });
});

describe('an owned directive', () => {
  const conf = (text: string) => ({ name: 'my.conf', text });

  it('that says what holds anyway is no wish', () => {
    const given = {
      flags: { set: ['replica-read-only=yes', 'port=6379', 'hz=20'] },
      conf: conf('bind 0.0.0.0\nlogfile ""\nsave 1 1\n'),
      yaml: 'config: { protected-mode: false, dir: [/data] }\nnodes: { a: { config: { daemonize: no, port: 6379 } } }',
    };
    expect(resolve(given).nodes.map(({ directives }) => directives)).toEqual([
      [
        { name: 'save', args: ['1', '1'] },
        { name: 'hz', args: ['20'] },
      ],
    ]);
  });

  it('that says anything else is refused', () => {
    const given = {
      flags: { set: ['replica-read-only=no'] },
      conf: conf('bind 127.0.0.1\n'),
      yaml: 'config: { protected-mode: true, dir: [/data, /srv] }\n',
    };
    expect(problemsOf(given)).toEqual([
      expect.stringMatching(/^rrepl.yaml:1:11: protected-mode can't be set/),
      expect.stringMatching(/^rrepl.yaml:1:33: dir can't be set/),
      expect.stringMatching(/^my.conf:1:1: bind can't be set/),
      expect.stringMatching(/^--set: replica-read-only can't be set/),
    ]);
  });
});
