/** What clients of a secured topology need, on stdout: for `$(rrepl password)` and for a file. */
import type { Access } from '../access/access.js';
import type { Context } from '../context.js';
import { UsageError } from '../errors.js';
import { type TargetOptions, withTopology } from './session.js';

export const passwordCommand = (context: Context, options: TargetOptions): Promise<number> =>
  print(context, options, ({ login }) => login && `${login.password.reveal()}\n`, 'password');

export const caCommand = (context: Context, options: TargetOptions): Promise<number> =>
  print(context, options, ({ authority }) => authority?.certificate, 'TLS');

function print(
  context: Context,
  options: TargetOptions,
  part: (access: Access) => string | null | undefined,
  what: string,
): Promise<number> {
  return withTopology(context, options, async ({ name, access }) => {
    const text = access && part(access);
    if (!text)
      throw new UsageError(`topology ${name} has no ${what}`, {
        hint: '`rrepl up --help` shows how to secure one',
      });
    context.stdout.write(text);
    return 0;
  });
}
