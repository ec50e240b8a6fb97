/** Whether the addresses of an address book lead to their servers: each is dialled from where it is for. */
import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import type { Access } from '../access/access.js';
import { ACCESS_FILE } from '../access/access-files.js';
import { LABEL } from '../docker/labels.js';
import { CONF_FOLDER } from '../docker/names.js';
import type { Runtime } from '../docker/runtime.js';
import { type AddressBook, addressText, PLACES, type Place, type PlaceName } from './addresses.js';
import type { LiveNode, LiveTopology } from './live-topology.js';

export interface Dialled {
  readonly node: string;
  readonly from: PlaceName;
  /** `redis-1:6379` */
  readonly address: string;
  /** What stands in the way, in words; null if the server answers. */
  readonly problem: string | null;
}

interface Call extends Pick<Dialled, 'node' | 'from' | 'address'> {
  readonly place: Place;
}

/** If rrepl is killed meanwhile, `prune` may remove the container that dials after this time. */
const LEFT_MS = 10 * 60_000;
/** A container starts slowly on a busy machine. */
const DIAL_S = 15;

/** All at the same time. A server that wants a password has answered: containers are told none. */
export async function dialAll(live: LiveTopology, book: AddressBook): Promise<readonly Dialled[]> {
  const certificates = await readCertificates(live);
  const calls = [...book.nodes, ...(book.sentinels ?? [])].flatMap((node) =>
    PLACES.flatMap((from): Call[] => {
      const place = node[from];
      if (place === null) return [];
      return [{ node: node.name, from, place, address: addressText(place) }];
    }),
  );
  const from = (place: PlaceName) => calls.filter((it) => it.from === place);
  const [host, same, other] = await Promise.all([
    Promise.all(from('host').map((call) => dialFromHost(live, book, call))),
    dialFromContainer(live, from('sameNetwork'), book.network),
    dialFromContainer(live, from('otherNetwork'), await defaultNetwork(live.runtime)),
  ]);
  const seen = [...host, ...same, ...other];
  return seen.map((it) => ({ ...it, problem: it.problem ?? doubt(it, certificates) }));
}

/** Those of the nodes, by name; empty without TLS. */
async function readCertificates({ runtime, nodes, sentinels, access }: LiveTopology) {
  if (!access?.authority) return new Map<string, X509Certificate>();
  const file = `${CONF_FOLDER}/${ACCESS_FILE.certificate}`;
  const found = await Promise.all(
    [...nodes, ...sentinels].map(async ({ name, container }) => {
      const text = container && (await runtime.readFile(container.name, file));
      return text ? [[name, new X509Certificate(text)] as const] : [];
    }),
  );
  return new Map(found.flat());
}

/** A client that looks at names refuses a certificate for others; redis-cli in containers doesn't. */
function doubt(
  { node, address }: Dialled,
  certificates: ReadonlyMap<string, X509Certificate>,
): string | null {
  const certificate = certificates.get(node);
  const host = address.slice(0, address.lastIndexOf(':'));
  if (certificate === undefined) return null;
  const known = isIP(host) > 0 ? certificate.checkIP(host) : certificate.checkHost(host);
  return known === undefined ? `its certificate is not for ${host}` : null;
}

const dialled = ({ node, from, address }: Call, problem: string | null): Dialled => ({
  node,
  from,
  address,
  problem,
});

async function dialFromHost(live: LiveTopology, book: AddressBook, call: Call): Promise<Dialled> {
  const named = ({ name }: { readonly name: string }) => name === call.node;
  const sentinel = live.sentinels.find(named);
  try {
    if (sentinel !== undefined) return dialled(call, await askForMaster(sentinel, book));
    await live.nodes.find(named)?.redis.call('PING');
    return dialled(call, null);
  } catch (error) {
    return dialled(call, error instanceof Error ? error.message : String(error));
  }
}

/** What a client does that has a map; says what is wrong with where that leads it. */
async function askForMaster(
  { redis }: LiveNode,
  { masterName = '', maps, nodes }: AddressBook,
): Promise<string | null> {
  const answer = await redis.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', masterName);
  if (!Array.isArray(answer)) return `it knows no master ${masterName}`;
  const named = answer.map(String).join(':');
  const to = maps?.host?.[named];
  if (to === undefined) return `it names ${named}, and no map leads from there`;
  const node = nodes.find(({ host }) => host?.host === to.host && host.port === to.port);
  return node?.role === 'master' ? null : `it names ${node?.name ?? named}, which is no master`;
}

/** The network that containers are on which nobody puts on another. */
async function defaultNetwork(runtime: Runtime): Promise<string> {
  return (await runtime.engine()).product === 'Podman' ? 'podman' : 'bridge';
}

/** Dials every address at the same time, and prints a line for each: the address and the answer. */
const SCRIPT = `
[ -z "$CA" ] || printf '%s\\n' "$CA" >/tmp/ca.crt
for it; do
  ( answer=$(timeout ${DIAL_S} redis-cli \${CA:+--tls --cacert /tmp/ca.crt} -h "\${it%:*}" -p "\${it##*:}" PING 2>&1)
    printf '%s %s\\n' "$it" "$(printf '%s' "\${answer:-no answer within ${DIAL_S} s}" | tr '\\n' ' ')" ) &
done
wait
`;

async function dialFromContainer(
  { runtime, name, access, nodes }: LiveTopology,
  calls: readonly Call[],
  network: string,
): Promise<Dialled[]> {
  const image = nodes.find(({ container }) => container !== null)?.container?.image;
  if (calls.length === 0 || image === undefined) return [];
  const addresses = calls.map(({ address }) => address);
  const command = ['sh', '-c', withCertificate(access), 'sh', ...addresses];
  const expires = new Date(Date.now() + LEFT_MS).toISOString();
  const labels = { [LABEL.topology]: name, [LABEL.expires]: expires };
  const lines = await runtime.runOnce(image, command, labels, network);
  return calls.map((call) => {
    const line = lines.find((it) => it.startsWith(`${call.address} `)) ?? '';
    const answer = line.slice(call.address.length).trim();
    const answers = /^(PONG|NOAUTH)/.test(answer);
    return dialled(call, answers ? null : answer || `nothing was heard: ${lines.join(' ')}`);
  });
}

/** It is public, so the command may hold it. */
function withCertificate(access: Access | null): string {
  const certificate = access?.authority?.certificate ?? '';
  return `CA='${certificate.trim()}'\n${SCRIPT}`;
}
