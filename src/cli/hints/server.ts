import { DATA_FOLDER } from '../../docker/names.js';
import type { ServerFacts } from '../../error-facts.js';
import type { Hints } from './hints.js';

export const SERVER_HINTS: Hints<ServerFacts> = {
  refused: ({ topology, node, replyCode, reply }) => {
    const on = (command: string) => `rrepl ${command} ${node} --name ${topology}`;
    switch (replyCode) {
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
  },
  'setting-refused': () =>
    'nothing was changed; directives come from --set, --conf, rrepl.yaml and the template',
  'configuration-refused': () =>
    'directives come from --set, --conf, rrepl.yaml and the template, and paths in them are those inside the container; `rrepl render` shows the file',
  'configuration-changed': () => 'run this again: it goes by what is there then',
  // The damaged copy is set aside where it lies, because nobody knows whether it holds more.
  'server-stopped': ({ topology, node, container, damaged }) => {
    if (damaged === null) return `\`rrepl logs ${node} --name ${topology}\` shows more`;
    const { master, image } = damaged;
    const aside = `d=${DATA_FOLDER}/.damaged-$(date +%s) && mkdir $d && mv ${DATA_FOLDER}/* $d`;
    return [
      `it can't read its own copy of the data, and ${master}, the master, answers: this sets the copy aside, in the same volume or folder, and fetches another`,
      `  docker run --rm --volumes-from ${container} --entrypoint sh ${image} -c '${aside}'`,
      `  rrepl heal --name ${topology}`,
    ].join('\n');
  },
  'stream-silent': () => '`rrepl status` shows which servers answer.',
  'no-authority-key': ({ topology }) =>
    `the nodes that have one go on; \`rrepl down --volumes --name ${topology}\`, which removes the data, and \`rrepl up --tls --name ${topology}\` make another authority`,
};
