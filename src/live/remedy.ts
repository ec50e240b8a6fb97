/** What to type after a server has refused something. */
import { ReplyError } from '../redis/node.js';

/** The error itself, or a server's refusal with a hint for this topology. */
export function withRemedy(error: unknown, topology: string): unknown {
  if (!(error instanceof ReplyError) || error.node === undefined) return error;
  const { reply, node } = error;
  return new ReplyError(reply, node, { hint: remedy(error, node, topology), cause: error });
}

function remedy({ code, reply }: ReplyError, node: string, topology: string): string {
  const on = (command: string) => `rrepl ${command} ${node} --name ${topology}`;
  switch (code) {
    case 'NOAUTH':
      return `somebody has set a password by hand: \`${on('cli')} -- -a PASSWORD CONFIG SET requirepass ''\` takes it back`;
    case 'WRONGPASS':
    case 'NOPERM':
      return `somebody has changed its users or passwords by hand: \`${on('restart')}\` brings back what its files say`;
    case 'MISCONF':
      return reply.includes('AOF')
        ? `\`${on('logs')}\` says why it can't write its AOF; it goes on by itself once that is mended`
        : `\`${on('logs')}\` says why it can't save; once that is mended, \`${on('cli')} -- BGSAVE\``;
    default:
      return `\`rrepl status --name ${topology}\` and \`${on('logs')}\` show more`;
  }
}
