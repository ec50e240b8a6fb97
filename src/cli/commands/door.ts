/** `door`: an address that follows the master, as long as it runs. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from '../../context.js';
import { EXIT_CODES, RreplError, UsageError } from '../../errors.js';
import { door, type OpenDoor } from '../../operations/door.js';
import type { OperationEvent } from '../../operations/operation.js';
import { trafficText } from '../../ui/traffic-text.js';
import { tellOn } from '../events.js';
import type { OptionsOf, TargetOptions } from '../flags.js';
import { topologyName } from '../session.js';

export type DoorOptions = TargetOptions & OptionsOf<'port' | 'replica' | 'show-secrets'>;

/** Below the masters'. */
const USUAL_PORT = 6380;

export async function doorCommand(context: Context, options: DoorOptions): Promise<number> {
  const { replica, host } = options;
  const port = readPort(options.port);
  const topology = await topologyName(context, options);
  const { signal, stderr } = context;
  const tell = tellOn(context);
  const onEvent = (event: OperationEvent): void => {
    if (event.type !== 'door') tell(event);
    else if (!replica) stderr.write(`${leadsText(event.leadsTo)}\n`);
  };
  const open = (at: number): Promise<OpenDoor> =>
    door(
      context.engine(host),
      { topology, port: at, leads: replica ? 'replica' : 'master' },
      { signal, onEvent },
    );
  const opened = await open(port ?? USUAL_PORT).catch((error) => {
    if (port !== null || !(error instanceof UsageError && error.code === 'port-taken')) throw error;
    stderr.write(`port ${USUAL_PORT} is taken: another one is used\n`);
    return open(0);
  });
  if (replica) stderr.write('leads to the replicas whose links are up, in turn\n');
  const masked = opened.url.replace(/:[^:@/]*@/, ':***@');
  context.stdout.write(`${options.showSecrets ? opened.url : masked}\n`);
  await sleep(2 ** 31 - 1, undefined, { signal }).catch(() => {});
  await opened.close();
  stderr.write(trafficText(opened.traffic()));
  const { reason } = signal;
  return reason instanceof RreplError ? reason.exitCode : EXIT_CODES.done;
}

const leadsText = (node: string | null): string =>
  node === null
    ? 'no master answers: new connections wait for the next'
    : `leads to ${node}, the master`;

function readPort(text: string | undefined): number | null {
  if (text === undefined) return null;
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port > 0 && port < 65_536) return port;
  throw new UsageError('--port is a number from 1 to 65535');
}
