import type { DataFacts } from '../../error-facts.js';
import { shellWord } from '../../format.js';
import type { Hints } from './hints.js';

export const DATA_HINTS: Hints<DataFacts> = {
  undecided: ({ topology, dir, claimants }) => {
    // Where nodes have only files, `rrepl up` must be told where these are.
    const folder = dir === null ? '' : ` --dir ${shellWord(dir)}`;
    const commands = claimants.map(({ node, living }) =>
      living
        ? `\`rrepl promote ${node} --name ${topology}\``
        : `\`rrepl up --name ${topology}${folder} --master ${node}\``,
    );
    return `choose one: ${commands.join(', ')}`;
  },
  'last-copies': ({ topology, setAside, unproven }) =>
    [
      ...setAside.map((node) => {
        const restore = `rrepl restore ${node} --name ${topology}`;
        return `\`${restore}\` puts them back, \`${restore} --discard\` removes them`;
      }),
      ...(unproven.length === 0
        ? []
        : [`\`rrepl heal --name ${topology}\` brings it into line, and sets them aside`]),
    ].join('\n'),
  'further-copy': ({ topology }) =>
    `\`rrepl heal --name ${topology}\` makes it the master; a replica that is named is promoted all the same`,
  'living-master': ({ topology, node }) =>
    `\`rrepl switchover ${node} --name ${topology}\` moves the role without losing one`,
  'sentinels-decide': ({ topology }) =>
    `\`rrepl heal --name ${topology}\` waits for their choice, \`rrepl switchover --name ${topology}\` moves the role of a living master`,
  'no-election': ({ topology, node }) =>
    `\`rrepl up --name ${topology}\` brings the sentinels back; \`rrepl promote ${node} --force --name ${topology}\` does it by hand`,
  'recovery-without-sentinels': ({ topology }) =>
    `\`rrepl up --sentinels 3 --name ${topology}\` gives it three`,
  'against-sentinels': ({ topology }) =>
    `\`rrepl up --sentinels 0 --name ${topology}\` takes them away first`,
  'already-master': ({ topology }) =>
    `\`rrepl status --name ${topology}\` shows the replicas, which can take the role`,
  'not-a-replica': ({ topology, node }) =>
    `\`rrepl start ${node} --name ${topology}\` comes first; where no server answers, \`rrepl up --name ${topology} --master ${node}\` lets its data lead`,
  'no-candidate': ({ topology, operation }) =>
    `\`rrepl status --name ${topology}\` shows what they say, \`rrepl ${operation} NODE --name ${topology}\` takes the one you name`,
  'only-by-name': ({ topology, node, operation }) =>
    `\`rrepl ${operation} ${node} --name ${topology}\` promotes one by name`,
  'not-all-told': ({ topology }) => `\`rrepl heal --name ${topology}\` brings them into line`,
  unconfirmed: (facts) => {
    const { topology } = facts;
    if (facts.cost === 'no-expiry') return `\`rrepl reset --yes --name ${topology}\` does it`;
    const { node } = facts;
    if (facts.cost === 'nothing-saved') {
      return `nothing was done; \`rrepl switchover --name ${topology}\` moves the role first, \`rrepl cli ${node} --name ${topology} -- SAVE\` saves them, \`--yes\` does it all the same`;
    }
    const done = facts.stopped
      ? `${node} is stopped, and was not started again`
      : 'nothing was done';
    return `${done}; \`rrepl heal --name ${topology}\` lets the one that has the most lead, \`--yes\` starts ${node} all the same and sets aside what the others have`;
  },
  'restart-loses': () =>
    'nothing was done; `--yes` does it all the same, `rrepl cli -- BGSAVE` saves the data first, `--set appendonly=yes` keeps every write',
  'nothing-set-aside': ({ topology }) => `\`rrepl restore --name ${topology}\` lists what is`,
  'set-aside-failed': ({ topology, node, full }) =>
    `${full ? 'free space on the disk of the engine' : 'mend that'}, then give the same command again; \`rrepl restore ${node} --discard --name ${topology}\` removes what was set aside there before`,
  'save-failed': ({ node }) => `\`rrepl logs ${node}\` shows why`,
  'newer-data': ({ topology }) =>
    `\`rrepl up --image IMAGE --name ${topology}\` with a newer image, then again`,
  'unreadable-data': () =>
    'Run rrepl as a user that may read it, or name another folder with --dir.',
  'no-file': () => 'Move it away, or name another folder with --dir.',
  'unusable-folder': () => 'name another folder with --dir; it is made if it is not there',
};
