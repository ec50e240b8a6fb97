/** An address book as people read it: a part for each place that a client may run in. */
import { type AddressBook, PLACES, type PlaceName } from '../live/addresses.js';
import type { Dialled } from '../live/dial.js';
import { type Colours, coloursFor } from './colours.js';
import { type Sink, wrapped } from './wrap.js';

interface Output {
  readonly stdout: Sink;
  readonly env: NodeJS.ProcessEnv;
}

interface Shown {
  /** What was seen of each address; null if none was dialled. */
  readonly dialled: readonly Dialled[] | null;
  /** For one client. */
  readonly code?: { readonly name: string; readonly code: readonly string[] } | undefined;
}

export function addressesText(
  book: AddressBook,
  { dialled, code }: Shown,
  { stdout, env }: Output,
): string {
  const colours = coloursFor(stdout, env);
  const all = [...book.nodes, ...(book.sentinels ?? []).map((it) => ({ ...it, role: 'sentinel' }))];
  const width = Math.max(...all.map(({ name }) => name.length));
  const roles = Math.max(...all.map(({ role }) => role?.length ?? 0));
  const parts = PLACES.map((place) => {
    const lines = all.flatMap((node) => {
      const url = node[place]?.url;
      if (url === undefined) return [];
      const seen = dialled?.find((it) => it.node === node.name && it.from === place);
      const role = (node.role ?? '').padEnd(roles);
      return `  ${mark(seen, colours)}${node.name.padEnd(width)}  ${role}  ${url}${problemOf(seen)}`;
    });
    if (place === 'host') lines.push(...codeLines(book, code));
    if (place !== 'sameNetwork') lines.push(...mapLines(book, place, code));
    const rest = lines.length > 0 ? lines : [`  none: ${whyNone(place, book)}`];
    return [`${titleOf(place, book)}:`, ...rest].map((line) => `${line}\n`).join('');
  });
  return wrapped(parts.join('\n'), stdout);
}

function codeLines({ topology, security }: AddressBook, shown: Shown['code']): string[] {
  if (shown === undefined) return [];
  const trust = security.tls
    ? [`  it must trust the certificate that \`rrepl ca --name ${topology}\` prints`]
    : [];
  return [`  with ${shown.name}:`, ...shown.code.map((line) => `    ${line}`), ...trust];
}

/** Once: the code for a client holds it too. */
function mapLines({ maps }: AddressBook, place: 'host' | 'otherNetwork', code: Shown['code']) {
  const map = maps?.[place];
  if (!map || (place === 'host' && code !== undefined)) return [];
  return [
    '  what sentinels name, and where it is from here (a map, for clients that take one):',
    ...Object.entries(map).map(([from, { host, port }]) => `    ${from} -> ${host}:${port}`),
  ];
}

const TITLES: Readonly<Record<PlaceName, string>> = {
  host: 'on this host',
  sameNetwork: 'in a container on the network',
  otherNetwork: 'in a container on another network',
};

const titleOf = (place: PlaceName, { network }: AddressBook): string =>
  place === 'sameNetwork' ? `${TITLES[place]} ${network}` : TITLES[place];

function whyNone(place: PlaceName, { topology, network }: AddressBook): string {
  if (place !== 'otherNetwork') return `\`rrepl up --name ${topology}\` brings back what is gone`;
  return `the ports are published on 127.0.0.1 of the host; \`docker network connect ${network} CONTAINER\` joins the container to the network above`;
}

function mark(seen: Dialled | undefined, { green, red }: Colours): string {
  if (seen === undefined) return '';
  return `${seen.problem === null ? green('✔') : red('✘')} `;
}

const problemOf = (seen: Dialled | undefined): string =>
  seen?.problem ? `  (${seen.problem})` : '';
