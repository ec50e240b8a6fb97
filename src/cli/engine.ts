/** The context as the operations see it, and their events as stderr shows them. */
import type { Context } from '../context.js';
import type { Engine, OperationEvent } from '../operations/operation.js';
import type { Progress } from '../ui/progress.js';

/** @param host the endpoint that `--host` names */
export const engineOf = (context: Context, host: string | undefined): Engine =>
  context.engine(host);

/** An event as one line for people; null for steps, which `startProgress` shows. */
const lineOf = (event: OperationEvent): string | null => {
  if (event.type === 'note') return event.text;
  if (event.type !== 'waiting') return null;
  return `waiting for ${event.holder}, which is at work on ${event.topology}`;
};

/** Tells on stderr of all but steps. */
export const tellOn =
  ({ stderr }: Pick<Context, 'stderr'>) =>
  (event: OperationEvent): void => {
    const line = lineOf(event);
    if (line !== null) stderr.write(`${line}\n`);
  };

/** Shows steps as they go on, and the rest above them. */
export const showOn =
  (progress: Progress) =>
  (event: OperationEvent): void => {
    const text = lineOf(event);
    if (text !== null) progress.show({ type: 'note', text });
    else if (event.type !== 'waiting' && event.type !== 'timeline') progress.show(event);
  };
