import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Context } from '../../context.js';
import { EXIT_CODES, InvalidError, UsageError } from '../../errors.js';
import type { Outcome } from '../../failover/salvage-apply.js';
import type { KeyGroup } from '../../failover/salvage-groups.js';
import { keyText, plural, quoted } from '../../format.js';
import { type Applied, applySalvage, salvage } from '../../operations/salvage.js';
import { confirm } from '../../ui/confirm.js';
import { salvagedText, tellOn } from '../events.js';
import type { OptionsOf, TargetOptions } from '../flags.js';
import { printJson, topologyName } from '../session.js';

export interface SalvageOptions extends TargetOptions, OptionsOf<'out' | 'timeout' | 'json'> {
  readonly node: string;
}

export async function salvageCommand(context: Context, options: SalvageOptions): Promise<number> {
  const { node, out, timeout: timeoutMs, json } = options;
  if (out === undefined)
    throw new UsageError('`rrepl salvage` needs --out DIR, where its files go');
  const topology = await topologyName(context, options);
  const folder = resolve(context.cwd, out);
  const found = await salvage(
    context.engine(options.host),
    { topology, node, out: folder },
    { signal: context.signal, timeoutMs, onEvent: tellOn(context) },
  );
  const { lines, ...head } = found;
  const conflicts = lines.filter(({ changed }) => changed !== false).length;
  const facts = { ...head, folder, conflicts };
  if (json) printJson(context, facts);
  else {
    context.stdout.write(`${context.typedAgain(salvagedText(facts))}\n`);
    const heal = `\`rrepl heal --name ${topology}\` makes it a replica`;
    const isFenced = head.source === 'stream' && head.writes + (head.missingBytes ?? 0) > 0;
    const fenced = isFenced ? `${head.node} refuses writes from now on; ` : '';
    context.stderr.write(`${context.typedAgain(`${fenced}${heal}`)}\n`);
  }
  return 0;
}

export interface ApplyOptions extends TargetOptions, OptionsOf<'conflicts' | 'timeout' | 'json'> {
  readonly path: string;
}

/** For a person who is asked about keys. */
const ANSWER_MS = 60 * 60_000;

/** Ends with 1 if a key could not be put back as it was, or was skipped. */
export async function applyCommand(context: Context, options: ApplyOptions): Promise<number> {
  const { path, conflicts = 'skip', json } = options;
  const timeoutMs = options.timeout ?? (conflicts === 'ask' ? ANSWER_MS : undefined);
  const file = resolve(context.cwd, path);
  const text = await readFile(file, 'utf8').catch((cause) => {
    throw new InvalidError(`${path} can't be read: ${cause.message}`, { cause });
  });
  const outcomes: Outcome[] = [];
  const onOutcome = (outcome: Outcome) => {
    if (json) outcomes.push(outcome);
    else context.stdout.write(`${outcomeText(outcome)}\n`);
  };
  const onConflict =
    conflicts === 'ask'
      ? (group: KeyGroup, why: string) => askAbout(context, group, why)
      : async () => conflicts;
  const applied = await applySalvage(
    context.engine(options.host),
    { topology: options.name, text, file: path, onConflict, onOutcome },
    { signal: context.signal, timeoutMs, onEvent: tellOn(context) },
  );
  if (json) printJson(context, { ...applied, keys: outcomes });
  else context.stderr.write(`${resultText(applied)}\n`);
  const { skipped, failed } = applied.results;
  return skipped + failed === 0 ? EXIT_CODES.done : EXIT_CODES.failed;
}

const WORDS: Readonly<Record<Outcome['result'], string>> = {
  verified: 'put back, and read again',
  same: 'held it already',
  skipped: 'skipped',
  failed: 'failed',
};

const outcomeText = ({ db, key, commands, result, why }: Outcome): string =>
  [
    `db ${db ?? '?'}`,
    key === null ? '-' : quoted(key),
    [...new Set(commands)].join(', '),
    why === null ? WORDS[result] : `${WORDS[result]}: ${why}`,
  ].join('  ');

const resultText = ({ master, results }: Applied): string =>
  `${master}: ${
    Object.entries(results)
      .filter(([, keys]) => keys > 0)
      .map(([result, keys]) => `${plural(keys, 'key')} ${WORDS[result as Outcome['result']]}`)
      .join('; ') || 'nothing to do'
  }`;

async function askAbout(context: Context, group: KeyGroup, why: string) {
  const keys = group.keys.map(({ key }) => quoted(keyText(key))).join(', ');
  const yes = await confirm(context, `${keys}: ${why}; overwrite?`);
  return yes ? 'overwrite' : 'skip';
}
