/** Reads the files that flags, variables and rrepl.yaml name; `resolve` decides what they mean. */

import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { inInput, type Place, type Problem, wrongWords } from '../errors.js';
import type { TopologyFlags } from './flags.js';
import { refuseNoFolder } from './folders.js';
import type { ParsedTopologyFile } from './parse-yaml.js';
import { readPassword } from './password.js';
import type { Present } from './present.js';
import { readText } from './read-text.js';
import { DEFAULTS, resolveTopology, type Wishes } from './resolve.js';
import { topologySchema } from './schema.js';
import { type Env, given, readSetting } from './settings.js';
import { shippedFile } from './shipped.js';
import { DEFAULT_FILE, type Topology } from './topology.js';

export interface LoadContext {
  readonly env: Env;
  /** Absolute. Flags are relative to it, and its rrepl.yaml is used if no other is named. */
  readonly cwd: string;
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  /** False if only a file that is named counts. */
  readonly findFile?: boolean;
}

const SENTINEL_TEMPLATE = () => shippedFile('templates/sentinel.conf');

/** 51 nodes with a kilobyte each. Checks that compare every key with every other stay quick. */
const MAX_FILE_KIB = 64;

/** What the user says, and what that comes to where something is there already. */
export interface Wish {
  readonly name: string;
  /** The folder that is said, absolute; null if none is. */
  readonly dir: string | null;
  /** The node that is to lead where neither a server nor a disk tells; undefined if none is said. */
  readonly master?: string | undefined;
  /** @throws InvalidTopologyError with all that is wrong. */
  resolve(present: Present | null): Topology;
}

/** @throws InvalidTopologyError with all that is wrong, whatever may be there. */
export async function loadWish(flags: TopologyFlags, ctx: LoadContext): Promise<Wish> {
  const { cwd } = ctx;
  const file = await readTopologyFile(flags, ctx);
  const templatePath = file.wish.template ?? shippedFile('templates/redis.conf');
  const [conf, template, sentinelTemplate, { password, problems }] = await Promise.all([
    flags.conf === undefined ? { file: null, problems: [] } : readNamed('conf', flags.conf, cwd),
    flags.template === undefined
      ? readText(templatePath, cwd)
      : readNamed('template', flags.template, cwd),
    readText(SENTINEL_TEMPLATE(), cwd),
    readPassword({ ...ctx, ...saidPassword(flags, file, cwd) }),
  ]);
  const wish = wishOf({
    flags,
    ...ctx,
    file,
    conf: conf.file,
    template: template.file,
    sentinelTemplate: sentinelTemplate.file?.text ?? '',
    password,
    complete: file.found || flags.template !== undefined,
    problems: [
      ...file.problems,
      ...conf.problems,
      ...template.problems,
      ...sentinelTemplate.problems,
      ...problems,
    ],
  });
  if (wish.dir !== null)
    await refuseNoFolder(wish.dir, flags.dir === undefined ? null : inInput('dir'));
  return wish;
}

/** A file that can't be read is a wrong value of the input that names it; what is in it, is not. */
async function readNamed(input: string, name: string, cwd: string, maxKib?: number) {
  const { file, problems } = await readText(name, cwd, maxKib);
  if (file !== null) return { file, problems };
  return { file, problems: problems.map((it) => ({ ...it, ...inInput(input, name) })) };
}

function saidPassword({ password }: TopologyFlags, { name, wish }: ReadTopologyFile, cwd: string) {
  if (password !== undefined) return { place: inInput('password'), said: password, folder: cwd };
  const place: Place = { source: name };
  return { place, said: wish.password, folder: resolve(cwd, dirname(name)) };
}

/**
 * Another number of replicas, and everything else as it is: of rrepl.yaml only the name counts,
 * and that it does not name its nodes.
 */
export async function loadScale(
  flags: Pick<TopologyFlags, 'name' | 'file' | 'replicas'>,
  ctx: LoadContext,
): Promise<Wish> {
  const [name, file, template, sentinelTemplate] = await Promise.all([
    loadTopologyName(flags, ctx),
    readTopologyFile(flags, ctx),
    readText(shippedFile('templates/redis.conf'), ctx.cwd),
    readText(SENTINEL_TEMPLATE(), ctx.cwd),
  ]);
  return wishOf({
    flags: { name, replicas: flags.replicas },
    env: {},
    cwd: ctx.cwd,
    file: { name: file.name, wish: { directives: [], nodes: file.wish.nodes } },
    conf: null,
    template: template.file,
    sentinelTemplate: sentinelTemplate.file?.text ?? '',
    complete: false,
    problems: [...template.problems, ...sentinelTemplate.problems],
  });
}

function wishOf(wishes: Wishes): Wish {
  const { master, quorum, downAfter, ...flags } = wishes.flags;
  // Unless it is said how many sentinels there are to be, that is known only where one looks.
  const isSaid = given(wishes, 'sentinels') ?? wishes.file.wish.sentinels?.count;
  const said = isSaid == null ? { ...wishes, flags } : wishes;
  const { name, dir } = resolveTopology(said, null);
  return { name, dir, master, resolve: (present) => resolveTopology(wishes, present) };
}

/**
 * The topology's name alone, for commands that look at what is there: they go on working
 * while the rest of rrepl.yaml is wrong.
 * @throws InvalidTopologyError if what should say the name can't be read, or isn't a name.
 */
export async function loadTopologyName(
  flags: Pick<TopologyFlags, 'name' | 'file'>,
  ctx: Omit<LoadContext, 'stdin'>,
): Promise<string> {
  const problems: Problem[] = [];
  const spoken = { flags, env: ctx.env };
  const name = readSetting(spoken, 'name', topologySchema.shape.name, problems);
  if (problems.length > 0) throw wrongWords(problems);
  if (name !== undefined) return name;
  const file = await readTopologyFile(flags, ctx);
  if (file.wish.name === undefined && file.problems.length > 0) {
    throw wrongWords(file.problems);
  }
  return file.wish.name ?? DEFAULTS.name;
}

interface ReadTopologyFile extends ParsedTopologyFile {
  readonly name: string;
  readonly found: boolean;
}

/** The file's wish, its paths made absolute. No file is an empty wish. */
async function readTopologyFile(
  flags: TopologyFlags,
  { env, cwd, findFile = true }: Omit<LoadContext, 'stdin'>,
): Promise<ReadTopologyFile> {
  const named = given({ flags, env }, 'file')?.text;
  const name = named ?? DEFAULT_FILE;
  if (named === undefined && !(findFile && existsSync(resolve(cwd, name)))) {
    return { name, found: false, wish: { directives: [] }, problems: [] };
  }
  const { file, problems } =
    flags.file === undefined
      ? await readText(name, cwd, MAX_FILE_KIB)
      : await readNamed('file', name, cwd, MAX_FILE_KIB);
  if (file === null) return { name, found: false, wish: { directives: [] }, problems };
  // The YAML parser takes a while to load: only where there is YAML.
  const { parseTopologyFile } = await import('./parse-yaml.js');
  const parsed = parseTopologyFile(file.text, name);
  const absolute = (path: string | undefined) => path && resolve(cwd, dirname(name), path);
  const { dir, template, ...wish } = parsed.wish;
  return {
    name,
    found: true,
    wish: { ...wish, dir: absolute(dir), template: absolute(template) },
    problems: parsed.problems,
  };
}
