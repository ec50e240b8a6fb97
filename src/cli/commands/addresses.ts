import type { Context } from '../../context.js';
import { EXIT_CODES } from '../../errors.js';
import { addresses } from '../../operations/addresses.js';
import { addressesText } from '../../ui/addresses-text.js';
import { clientCode } from '../../ui/client-code.js';
import type { OptionsOf, TargetOptions } from '../flags.js';
import { printJson, topologyName } from '../session.js';

export type AddressesOptions = TargetOptions &
  OptionsOf<'client' | 'check' | 'show-secrets' | 'json'>;

export async function addressesCommand(
  context: Context,
  { host, client, check, showSecrets, json, ...target }: AddressesOptions,
): Promise<number> {
  const topology = await topologyName(context, target);
  const input = { topology, check, showSecrets };
  const { dialled, ...book } = await addresses(context.engine(host), input, context);
  const code = client && { name: client, code: clientCode(client, book) };
  if (json) printJson(context, { ...book, client: code ?? null, dialled });
  else context.stdout.write(addressesText(book, { dialled, code }, context));
  if (book.security.password && !showSecrets) {
    context.stderr.write('the password is masked; --show-secrets prints it\n');
  }
  const allReached = dialled?.every(({ problem }) => problem === null) ?? true;
  return allReached ? EXIT_CODES.done : EXIT_CODES.failed;
}
