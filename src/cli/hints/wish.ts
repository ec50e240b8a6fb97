import { duration, shellWord } from '../../format.js';
import type { NoteFacts, Settings, WishFacts } from '../../wish-facts.js';
import type { Hints } from './hints.js';

const SHOW = {
  container: 'docker inspect',
  network: 'docker network inspect',
  volume: 'docker volume inspect',
} as const;

const setFlags = (settings: Settings): string =>
  Object.entries(settings)
    .map(([name, value]) => `--set ${shellWord(`${name}=${value}`)}`)
    .join(' ');

export const WISH_HINTS: Hints<WishFacts> = {
  'open-to-others': () => 'add --password auto, leave it out, or allow that with --insecure',
  'user-without-password': () => 'say --password auto',
  'without-sentinels': () => '`--sentinels 3` gives the topology three',
  'access-differs': ({ topology }) =>
    `run \`rrepl down --name ${topology}\` first (the data is kept), then \`rrepl up --name ${topology}\` with these flags again`,
  'addresses-change': ({ topology }) =>
    `run \`rrepl down --name ${topology}\` first (the data is kept), then \`rrepl up --name ${topology}\` with these flags again`,
  'databases-differ': () => 'say it in the config of all nodes, or with --set',
  'images-differ': ({ images }) =>
    `say which one all are to run, \`--image ${shellWord(images.at(-1) ?? '')}\``,
  'foreign-name': ({ kind, name }) =>
    `look at it with \`${SHOW[kind]} ${name}\`, remove it yourself, or choose another --name`,
  'image-before-change': ({ topology, image }) =>
    `\`rrepl up --name ${topology} --image ${image}\` comes first`,
  'older-image': ({ topology, image }) =>
    `\`rrepl up --name ${topology}-2 --image ${image}\` makes a topology beside it, \`rrepl down --volumes --name ${topology}\` throws the data away`,
  'needs-replica': ({ topology, orSave }) => {
    const replica = `\`rrepl scale 1 --name ${topology}\` gives it a replica`;
    return orSave ? `${replica}, \`--set "save=3600 1"\` save points` : replica;
  },
  'down-as-it-changes': ({ topology }) =>
    `bring it up as it was, \`rrepl up --name ${topology}\`, and then change it`,
  'newest-not-loaded': ({ topology, appendonly }) => {
    const later = appendonly === 'yes' ? 'no' : 'yes';
    return `\`rrepl up --name ${topology} --set appendonly=${appendonly}\` loads them, and appendonly=${later} can be set once it runs`;
  },
};

export const NOTE_HINTS: Hints<NoteFacts> = {
  'ports-stay': ({ topology }) => `to move them, \`rrepl down --name ${topology}\` comes first`,
  'expiry-stays': ({ topology, volumes }) => {
    const down = `rrepl down --name ${topology}`;
    const way = volumes ? `\`${down} --volumes\`, which removes the data,` : `\`${down}\``;
    return `${way} and \`rrepl up --ttl\` make it anew`;
  },
  'cut-off': ({ topology, node }) => `\`rrepl connect ${node} --name ${topology}\` joins it again`,
  'restart-loses-writes': ({ savePoints }) =>
    `\`--set appendonly=yes\` keeps every write${savePoints ? '' : ', save points the last snapshot'}`,
  'tight-memory': ({ settings }) => `\`${setFlags(settings)}\` leaves more room`,
  'left-behind': ({ topology, volumes }) =>
    volumes ? `\`rrepl down --volumes --name ${topology}\` removes it` : removes(topology),
  retained: ({ topology }) => removes(topology),
  unfinished: ({ topology }) => goesOn(`rrepl up --name ${topology}`, topology),
  'left-on-engine': ({ topology }) =>
    `when it does again, \`rrepl up --name ${topology}\` finishes it, ${removes(topology)}`,
  'left-broken': ({ topology }) => `\`rrepl heal --name ${topology}\` repairs it`,
  'of-other-drill': ({ topology, leftMs }) => {
    if (leftMs !== null && leftMs <= 0) return '`rrepl prune` removes it';
    const later = leftMs === null ? '' : `, \`rrepl prune\` in ${duration(leftMs)}`;
    return `if that was killed, \`rrepl down --volumes --name ${topology}\` removes it${later}`;
  },
  'put-back': ({ topology, node }) =>
    `\`rrepl up --name ${topology} --master ${node}\` goes on with them, and \`rrepl restore ${node} --name ${topology}\` changes them again`,
};

const removes = (topology: string): string =>
  `\`rrepl down --name ${topology}\` removes it (--volumes: with the data)`;

/** For what is done in part. @param again the command that does the rest */
export const goesOn = (again: string, topology: string): string =>
  `\`${again}\` goes on from there, \`rrepl status --name ${topology}\` shows what there is`;
