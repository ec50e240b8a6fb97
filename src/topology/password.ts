/**
 * Where a password comes from: `auto`, `-` (standard input), `env:NAME`, `file:PATH`. Never
 * from the command line or rrepl.yaml themselves, and no message shows what was written there.
 */
import { text } from 'node:stream/consumers';
import { Secret } from '../access/secret.js';
import type { Place, Problem } from '../errors.js';
import { readText } from './read-text.js';

export const NO_PLAIN_PASSWORD =
  "can't be the password itself, which others could read here: say auto, env:NAME or file:PATH";

const PLAIN_FLAG =
  "can't be the password itself, which every user of this machine could read, and your shell keeps: say auto, - (standard input), env:NAME or file:PATH";

export const isPasswordSource = (value: unknown): boolean =>
  typeof value === 'string' && /^(auto|(env|file):.+)$/s.test(value);

export interface SaidPassword {
  /** The input, or rrepl.yaml. */
  readonly place: Place;
  /** Undefined if nothing is said. */
  readonly said: string | undefined;
  /** What a file's path is relative to. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
}

interface ReadPassword {
  readonly password?: Secret | 'auto';
  readonly problems: readonly Problem[];
}

export async function readPassword({
  place,
  said,
  folder,
  env,
  stdin,
}: SaidPassword): Promise<ReadPassword> {
  const refused = (message: string) => ({ problems: [{ ...place, message }] });
  if (said === undefined) return { problems: [] };
  if (said === 'auto') return { password: 'auto', problems: [] };
  if (said === '-') {
    if (stdin.isTTY) return refused('a terminal shows what is typed: pipe the password in');
    return checked(await text(stdin), 'standard input', refused);
  }
  const [, kind, rest = ''] = /^(env|file):(.+)$/s.exec(said) ?? [];
  if (kind === 'env') return checked(env[rest] ?? '', `the variable ${rest}`, refused);
  if (kind !== 'file') return refused(PLAIN_FLAG);
  const { file, problems } = await readText(rest, folder);
  return file === null ? { problems } : checked(file.text, rest, refused);
}

/** 6.0's CONFIG REWRITE puts requirepass into redis.conf as it is, without quotes. */
const UNWRITABLE = /[\s"'\\\p{Cc}]/u;

/** A line end behind it is the editor's. */
function checked(found: string, where: string, refused: (message: string) => ReadPassword) {
  const password = found.replace(/\r?\n$/, '');
  if (password === '') return refused(`${where} holds no password`);
  if (UNWRITABLE.test(password)) {
    return refused(
      `the password in ${where} can't hold spaces, quotes, backslashes or control characters`,
    );
  }
  if (Buffer.byteLength(password) > MAX_BYTES)
    return refused(`the password in ${where} is too long`);
  return { password: new Secret(password), problems: [] };
}

/** Longer ones don't fit into what redis-cli sends. */
const MAX_BYTES = 512;
