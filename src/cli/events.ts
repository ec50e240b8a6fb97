/** The operations' events as stderr shows them. */
import type { Context } from '../context.js';
import { bytes, count, duration, plural } from '../format.js';
import type { OperationEvent, OperationOptions } from '../operations/operation.js';
import { type Progress, startProgress } from '../ui/progress.js';
import { type Sink, wrapped } from '../ui/wrap.js';
import { noteText } from './hints/index.js';

/** An event as one line for people; null for steps, which `startProgress` shows, and what is said elsewhere. */
function lineOf(event: OperationEvent): string | null {
  switch (event.type) {
    case 'note':
      return noteText(event);
    case 'setAside': {
      const { topology, node, path } = event;
      return `the data that ${node} had are set aside in ${path}: \`rrepl restore ${node} --name ${topology}\` puts them back`;
    }
    case 'salvaged':
      return salvagedText(event);
    case 'waiting':
      return `waiting for ${event.holder}, which is at work on ${event.topology}`;
    case 'promoted': {
      const { node, refusedMs } = event;
      const cost = refusedMs === null ? '' : `; writes were refused for ${duration(refusedMs)}`;
      return `${node} is the master now${cost}`;
    }
    default:
      return null;
  }
}

type SalvagedFacts = Omit<Extract<OperationEvent, { type: 'salvaged' }>, 'type'>;

/** What was salvaged and where it is, with the command that puts it back. */
export function salvagedText(event: SalvagedFacts): string {
  const { topology, node, master, folder, writes, conflicts } = event;
  const others =
    conflicts === 0 ? '' : ` (${count(conflicts)} to keys that it has changed since, or may have)`;
  const command = `rrepl salvage apply ${folder}/salvage.jsonl --name ${topology}`;
  const apply =
    writes === 0
      ? ''
      : conflicts === writes
        ? `; nothing of it is put back unasked: \`${command} --conflicts ask\` asks`
        : `: \`${command}\` puts back what conflicts with nothing`;
  const what = event.source === 'data' ? 'key' : 'write';
  return `${plural(writes, what)} of ${node} that ${master} lacks${others} ${writes === 1 ? 'is' : 'are'} in ${folder}${apply}${missingText(event)}`;
}

function missingText({ source, missingBytes, master }: SalvagedFacts): string {
  if (missingBytes === 0) return '';
  if (missingBytes !== null)
    return `; ${bytes(missingBytes)} of its stream before them are lost: its backlog was too short`;
  if (source === 'aof') return '; these at least: its last moment may not be in its AOF';
  return `; these at least: they are what its disk and ${master} have otherwise, and whatever it had in memory alone is lost`;
}

/** Tells on stderr of all but steps. */
export const tellOn =
  ({ stderr }: { readonly stderr: Sink & { write(text: string): unknown } }) =>
  (event: OperationEvent): void => {
    const line = lineOf(event);
    if (line !== null) stderr.write(wrapped(`${line}\n`, stderr));
  };

/** Shows steps as they go on, and the rest above them. */
export const showOn =
  (progress: Progress) =>
  (event: OperationEvent): void => {
    // A step of its own says that a node is promoted.
    const isShown = event.type === 'promoted' && event.refusedMs === null;
    const text = isShown ? null : lineOf(event);
    if (text !== null) progress.show({ type: 'note', text });
    else if ('step' in event) progress.show(event);
  };

/** Works, and in the end says where the master is if its role has moved: programs go on writing to the old address. */
export async function withAddress<T>(
  { stderr }: Pick<Context, 'stderr'>,
  tell: (event: OperationEvent) => void,
  work: (onEvent: (event: OperationEvent) => void) => Promise<T>,
): Promise<T> {
  let address = '';
  try {
    return await work((event) => {
      if (event.type === 'moved') address = `${addressText(event)}\n`;
      else tell(event);
    });
  } finally {
    stderr.write(wrapped(address, stderr));
  }
}

/** For programs that take their address from the environment. */
export const addressText = ({ master, url }: { readonly master: string; readonly url: string }) =>
  `the master is ${master}, ${url}; REDIS_URL has changed`;

/** Shows on stderr what an operation does, as long as it works, and where the master is if that has changed. */
export async function withProgress<T>(
  context: Context,
  title: string,
  work: (options: OperationOptions) => Promise<T>,
): Promise<T> {
  const progress = await startProgress({ ...context, title });
  return withAddress(context, showOn(progress), async (onEvent) => {
    try {
      return await work({ signal: context.signal, onEvent });
    } finally {
      progress.end();
    }
  });
}
