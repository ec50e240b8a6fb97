/** What clients of a secured topology need, on stdout: for `$(rrepl password)` and for a file. */
import type { Context } from '../../context.js';
import { UsageError } from '../../errors.js';
import { access, type ClientAccess } from '../../operations/access.js';
import type { TargetOptions } from '../flags.js';
import { hinted } from '../hints/own.js';
import { topologyName } from '../session.js';

export const passwordCommand = (context: Context, options: TargetOptions): Promise<number> =>
  print(context, options, ({ password }) => password && `${password}\n`, 'password');

export const caCommand = (context: Context, options: TargetOptions): Promise<number> =>
  print(context, options, ({ ca }) => ca, 'TLS');

async function print(
  context: Context,
  options: TargetOptions,
  part: (access: ClientAccess) => string | null,
  what: string,
): Promise<number> {
  const topology = await topologyName(context, options);
  const { signal } = context;
  const text = part(await access(context.engine(options.host), { topology }, { signal }));
  if (text === null)
    throw hinted(
      new UsageError(`topology ${topology} has no ${what}`),
      '`rrepl up --help` shows how to secure one',
    );
  context.stdout.write(text);
  return 0;
}
