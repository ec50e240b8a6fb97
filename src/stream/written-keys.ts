/**
 * The keys that a command of a stream writes; those that it only reads are not among them. A
 * stream carries writes in few forms: scripts and functions come as what they did. Only 6.0 can be told to
 * replicate scripts themselves (`lua-replicate-commands no`): then the keys that they declare count as
 * written, and they may have changed any. Pure.
 */

/** Those that write no key that they name: they tell of the connection, or of all keys. */
const KEYLESS: ReadonlySet<string> = new Set([
  ...['PING', 'SELECT', 'REPLCONF', 'MULTI', 'EXEC', 'PUBLISH', 'SPUBLISH', 'SCRIPT', 'FUNCTION'],
  ...['FLUSHALL', 'FLUSHDB', 'SWAPDB', 'FCALL'],
]);

type Choose = (args: readonly Buffer[]) => readonly (Buffer | undefined)[];

const all: Choose = (args) => args;
const pairs: Choose = (args) => args.filter((_, index) => index % 2 === 0);
const firstTwo: Choose = (args) => args.slice(0, 2);
const second: Choose = (args) => [args[1]];
/** `EVAL script numkeys key … argument …` */
const declared: Choose = (args) => args.slice(2, 2 + Number(args[1]?.toString('latin1')));
/** `SORT key … STORE destination` writes the last one; without it, nothing. */
const stored: Choose = (args) =>
  args.filter((_, index) => /^STORE(DIST)?$/i.test(args[index - 1]?.toString('latin1') ?? ''));

const WRITTEN: Readonly<Record<string, Choose>> = {
  DEL: all,
  UNLINK: all,
  MSET: pairs,
  MSETNX: pairs,
  RENAME: firstTwo,
  RENAMENX: firstTwo,
  RPOPLPUSH: firstTwo,
  BRPOPLPUSH: firstTwo,
  LMOVE: firstTwo,
  BLMOVE: firstTwo,
  SMOVE: firstTwo,
  COPY: second,
  BITOP: second,
  EVAL: declared,
  EVALSHA: declared,
  XGROUP: second,
  SORT: stored,
  GEORADIUS: stored,
  GEORADIUSBYMEMBER: stored,
};

export function writtenKeys(name: string, args: readonly Buffer[]): readonly Buffer[] {
  if (KEYLESS.has(name)) return [];
  const choose = WRITTEN[name];
  // All others write the first that they name.
  const keys = choose ? choose(args) : args.slice(0, 1);
  return keys.filter((key) => key !== undefined);
}

/** It may write keys that it does not name. */
export const isScript = (name: string): boolean => name === 'EVAL' || name === 'EVALSHA';

/** Whether it changes all keys of a database, or of two, or may change any. */
export const changesAll = (name: string): boolean =>
  name === 'FLUSHALL' || name === 'FLUSHDB' || name === 'SWAPDB' || isScript(name);
