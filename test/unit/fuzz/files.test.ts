/** Nonsense in every field of rrepl.yaml, and in place of every file, through the real `main`. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { knownKeys } from '../../../src/topology/schema.js';
import { amount } from '../../support/amount.js';
import {
  anything,
  emptyFolder,
  expectRefusal,
  expectSense,
  flags,
  say,
} from '../../support/nonsense.js';

vi.setConfig({ testTimeout: 30_000 });

const cwd = emptyFolder();
afterAll(() => rmSync(cwd, { recursive: true }));

async function render(yaml: string | Uint8Array) {
  writeFileSync(join(cwd, 'rrepl.yaml'), yaml);
  const said = await say(['render'], cwd);
  rmSync(join(cwd, 'rrepl.yaml'));
  return said;
}

async function expectRefused(yaml: string | Uint8Array, message = ''): Promise<void> {
  const said = await render(yaml);
  expectRefusal(said, [String(yaml)]);
  expect(said.stderr).toMatch(/^error: rrepl\.yaml(:\d+:\d+)?: ./);
  expect(said.stderr).toContain(message);
}

describe('a field', () => {
  /** What no field may hold, as YAML. */
  const ABSURD = [
    ...['-1', '2.5', '.nan', '-.inf', '1e400', '""', '"a\\nb"', '"a\\0b"', '[]', '[[]]', '[{}]'],
    ...[
      '{"": 1}',
      '{__proto__: 1}',
      '{a: {b: {c: 1}}}',
      '!!js/function "x"',
      '!!binary eA==',
      '*x',
    ],
    ...['"unclosed', '[', '{', '@', '%', '`', '? : ?'],
  ];

  it.each(knownKeys([]))('%s', async (key) => {
    // Two and a half processors are fine.
    const absurd = ABSURD.filter((value) => key !== 'cpus' || value !== '2.5');
    for (const value of absurd) await expectRefused(`${key}: ${value}`);
  });

  it.each(knownKeys(['nodes', 'x']))('%s of a node', async (key) => {
    for (const value of ABSURD) await expectRefused(`nodes: { a: , b: { ${key}: ${value} } }`);
  });

  it('may be called anything, and that is said', async () => {
    const known = knownKeys([]);
    const key = anything.filter((text) => !known.includes(text));
    await fc.assert(
      fc.asyncProperty(key, (text) => expectRefused(JSON.stringify({ [text]: 1 }))),
      { numRuns: amount(50, 150) },
    );
  });

  it('may hold anything, and the answer makes sense', async () => {
    const { value } = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        anything,
        fc.constantFrom(null, true, 0, -1, 2.5, 1e9, 65536, 1e300),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(
          fc.oneof(fc.constantFrom(...knownKeys(['nodes', 'x'])), anything),
          tie('value'),
          {
            maxKeys: 4,
          },
        ),
      ),
    }));
    const document = fc.dictionary(fc.constantFrom(...knownKeys([])), value, { minKeys: 1 });
    await fc.assert(
      fc.asyncProperty(document, async (data) => {
        const yaml = JSON.stringify(data);
        expectSense(await render(yaml), [yaml]);
      }),
      { numRuns: amount(60, 200) },
    );
  });
});

const bomb = Array.from({ length: 12 }, (_, i) =>
  i === 0 ? 'l0: &l0 [x]' : `l${i}: &l${i} [${`*l${i - 1},`.repeat(9)}]`,
).join('\n');

describe('a whole file', () => {
  it.each<[string, string | Uint8Array, string]>([
    ['duplicate keys', 'port: 1\nport: 2', ':2:1: this key stands here twice'],
    ['duplicate keys below', 'config: { hz: 1, hz: 2 }', 'this key stands here twice'],
    ['a merge key', 'x: &x { port: 1 }\n<<: *x', '"<<" is no key here'],
    ['a bomb of aliases', bomb, 'alias'],
    ['an alias to itself', 'config: &x { a: *x }', 'rrepl.yaml:1:'],
    ['tags', 'name: !!js/eval "x"', 'Unresolved tag'],
    ['two documents', '---\nport: 1\n---\nport: 2', 'a file holds one topology'],
    ['a directive of YAML', '%YAML 9.9\n---\nx: 1', 'rrepl.yaml:'],
    ['deep nesting', '['.repeat(30_000), 'nested more than'],
    ['many keys', Array.from({ length: 1000 }, (_, i) => `k${i}: 1`).join('\n'), 'and 970 more'],
    ['tabs', 'config:\n\thz: 1', 'Tabs'],
    ['NULs', '\0\0\0', 'rrepl.yaml:'],
    ['a NUL in a value', 'name: a\0b', 'rrepl.yaml:'],
    ['UTF-16', Buffer.from('\uFEFFport: 1', 'utf16le'), 'the file must be UTF-8 text'],
    ['UTF-16 unmarked', Buffer.from('port: 1', 'utf16le'), 'rrepl.yaml:'],
    ['bytes', Buffer.from([0xff, 0xfe, 0, 1]), 'the file must be UTF-8 text'],
    ['escapes of a terminal', '\u001b[31mname: x', 'rrepl.yaml:'],
    ['JSON that broke off', '{"port": 1', 'rrepl.yaml:'],
    ['a shell script', '#!/bin/sh\necho "hi" && exit', 'rrepl.yaml:'],
  ])('of %s', (_, yaml, message) => expectRefused(yaml, message));

  it.each([
    ['a BOM', '\uFEFFport: 7000'],
    ['CRLF', 'port: 7000\r\nreplicas: 1\r\n'],
  ])('with %s is fine', async (_, yaml) => {
    expect((await render(yaml)).exitCode).toBe(0);
  });

  it('of any text', async () => {
    const yamlish = fc.string({
      unit: fc.constantFrom(...'ab:-[]{}&*!|>"\'#%@?,\n\t 1~<\\\r\0'),
      maxLength: 60,
    });
    await fc.assert(
      fc.asyncProperty(fc.oneof(yamlish, anything), async (yaml) => {
        expectSense(await render(yaml), [yaml]);
      }),
      { numRuns: amount(60, 200) },
    );
  });
});

describe('no file at all', () => {
  mkdirSync(join(cwd, 'folder'));
  writeFileSync(join(cwd, 'file'), 'x');
  writeFileSync(join(cwd, 'huge'), '');
  truncateSync(join(cwd, 'huge'), 50 * 1024 * 1024);
  symlinkSync('loop', join(cwd, 'loop'));
  symlinkSync('nowhere', join(cwd, 'dangling'));
  execFileSync('mkfifo', [join(cwd, 'pipe')]);

  const files = flags.filter(({ command, kind }) => command.name() === 'render' && kind === 'file');
  const notFiles = [
    ['folder', 'this is a folder, not a file'],
    ['none', 'there is no such file'],
    ['dangling', 'there is no such file'],
    ['file/x', 'there is no such file'],
    ['loop', 'its symbolic links lead in a circle'],
    ['a'.repeat(300), 'this is too long for a path'],
    ['huge', 'the file is larger than'],
    ['/dev/zero', 'the file is larger than'],
    ['pipe', 'nothing came through this pipe'],
  ] as const;

  it.each(notFiles)('%s', async (path, message) => {
    await Promise.all(
      files.map(async ({ flag }) => {
        const said = await say(['render', flag, path], cwd);
        expectRefusal(said, [path]);
        expect(said.stderr).toContain(`: ${message}`);
      }),
    );
  });

  it('asks for each file that a flag can name', () => {
    expect(files.map(({ flag }) => flag)).toEqual(['--file', '--conf', '--template']);
  });

  it('and not even a folder to stand in', () => {
    const script = `mkdir gone; cd gone; rmdir ../gone; ${process.execPath} "$0" plan`;
    const bin = fileURLToPath(new URL('../../../bin/rrepl.js', import.meta.url));
    const { status, stderr } = spawnSync('sh', ['-c', script, bin], { cwd, encoding: 'utf8' });
    expect(status).toBe(2);
    expect(stderr).toContain('error: the current folder is gone\n');
  });

  it('reads a pipe that is filled late', async () => {
    execFileSync('mkfifo', [join(cwd, 'late')]);
    const said = say(['render', '--conf', 'late', '--replicas', '0'], cwd);
    execFileSync(
      'sh',
      ['-c', '(sleep 0.3; echo "hz 20"; sleep 0.3; echo "maxclients 99") > late &'],
      {
        cwd,
        stdio: 'ignore',
      },
    );
    const { stdout } = await said;
    expect(stdout).toContain('hz 20');
    expect(stdout).toContain('maxclients 99');
  });

  it.each([
    ['{{nope}}', '{{nope}} is not a placeholder'],
    ['{{', 'a template must hold {{replication}}'],
    ['', 'a template must hold {{overrides}}'],
    ['{{x}}'.repeat(200_000), 'is not a placeholder'],
    ['a\n'.repeat(400_000), 'more'],
  ])('a template of nonsense, %#', async (text, message) => {
    writeFileSync(join(cwd, 'template'), text);
    const said = await say(['render', '--template', 'template'], cwd);
    expectRefusal(said, [text]);
    expect(said.stderr).toContain(message);
  });

  it('a redis.conf of nonsense', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom('--conf', '--template'), anything, async (flag, text) => {
        writeFileSync(join(cwd, 'text'), text);
        expectSense(await say(['render', flag, 'text'], cwd), [text]);
      }),
      { numRuns: amount(50, 150) },
    );
  });
});
