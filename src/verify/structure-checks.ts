/** Who is who: roles, upstreams, links, and whether a restart would change any of it. */
import { isIP } from 'node:net';
import { confValue } from '../config/conf-file.js';
import { CONF_FILE } from '../docker/names.js';
import { severalMasters } from '../live/masters.js';
import { upstreamName } from '../observe/upstream-name.js';
import { askDatabases, configValue } from '../redis/ask.js';
import { waitForLink } from '../redis/probes.js';
import { type Claim, finding, runCheck } from './check.js';
import { type CheckedNode, type CheckRun, checkInTime, unanswered } from './check-run.js';

const ONE_MASTER: Claim = { id: 'one-master', claim: 'exactly one node is a master' };
const UPSTREAM: Claim = {
  id: 'upstream',
  claim: 'the node replicates from the upstream that its redis.conf names',
};
const LINK: Claim = { id: 'link', claim: 'the link is up, as both of its sides see it' };
const DATABASES: Claim = {
  id: 'databases',
  claim: 'the replica has as many databases as its upstream, so a write lands in the same one',
};
const DURABLE: Claim = {
  id: 'durable',
  claim: 'what runs is what stands in the mounted redis.conf, so a restart keeps it',
};

export function oneMaster(run: CheckRun) {
  return runCheck(ONE_MASTER, null, run.signal, async () => {
    const silent = run.nodes.filter(({ status }) => status.role === null);
    const masters = run.nodes.filter(({ status }) => status.role === 'master');
    const names = masters.map(({ name }) => name).join(', ') || 'no master';
    const expected = 'one master, and an answer from every node';
    const several = masters.map(({ name }) => name);
    const seen = severalMasters(several);
    if (seen !== null) {
      const { topology } = run;
      return finding('fail', expected, seen, {
        code: 'several-masters',
        topology,
        masters: several,
      });
    }
    if (silent.length === 0)
      return finding(masters.length === 1 ? 'pass' : 'fail', expected, names);
    const unasked = silent.map(({ name, status }) => `${name}: ${status.problem}`).join('; ');
    // A node that is known not to run is no master and no replica; one that hangs may be either.
    const down = silent.some(
      ({ status }) => status.state !== 'running' && status.state !== 'paused',
    );
    return finding(down ? 'fail' : 'unknown', expected, `${names}; ${unasked}`);
  });
}

export function upstream(run: CheckRun, node: CheckedNode) {
  return runCheck(UPSTREAM, node.name, run.signal, async () => {
    const { config, status } = node;
    if (config === null)
      return finding('unknown', 'a readable redis.conf', `${CONF_FILE} can't be read`);
    const inFile = replicaofIn(config);
    const expected = role(inFile && upstreamName(run.nodes, inFile));
    if (status.role === null) return finding('unknown', expected, status.problem ?? 'no answer');
    const seen = role(status.upstream);
    const how = inFile !== null && isIP(inFile.host) ? `, by its address ${inFile.host}` : '';
    return finding(seen === expected ? 'pass' : 'fail', expected, seen + how);
  });
}

const role = (upstream: string | null): string =>
  upstream === null ? 'a master' : `replica of ${upstream}`;

/** How long a link may take to come up while verify looks at it: 6.0 reconnects once a second. */
const LINK_MS = 5000;

export function link(run: CheckRun, node: CheckedNode) {
  return runCheck(LINK, node.name, run.signal, async () => {
    const expected = 'up on the replica, online on its upstream';
    const above = run.nodes.find(({ name }) => name === node.status.upstream);
    if (node.status.role === null)
      return finding('unknown', expected, node.status.problem ?? 'no answer');
    if (above === undefined) return finding('fail', expected, node.status.problem ?? 'no upstream');
    return checkInTime(run, { ms: LINK_MS, expected }, async (limits) => {
      const addresses = node.address === null ? [] : [node.address];
      await waitForLink(above.redis, node.redis, { ...limits, addresses });
      return finding('pass', expected, 'up, online');
    });
  });
}

export function databases(run: CheckRun, node: CheckedNode) {
  return runCheck(DATABASES, node.name, run.signal, async () => {
    const silent = unanswered(node);
    if (silent) return silent;
    const above = run.nodes.find(({ name }) => name === node.status.upstream);
    if (above === undefined) return finding('unknown', 'an upstream', 'none of this topology');
    const [theirs, own] = await Promise.all([above, node].map(({ redis }) => askDatabases(redis)));
    if (theirs == null || own == null) return finding('unknown', 'a number', 'it is not told');
    return finding(theirs === own ? 'pass' : 'fail', `${theirs} databases`, `${own} databases`);
  });
}

/**
 * Runtime REPLICAOF is lost at the next start, `replicaof` in the file isn't: so they must agree.
 * An address is the node's that has it now, and with the next start it may be another's.
 */
export function durable(run: CheckRun, node: CheckedNode) {
  return runCheck(DURABLE, node.name, run.signal, async () => {
    const { config, redis } = node;
    if (config === null)
      return finding('unknown', 'a readable redis.conf', `${CONF_FILE} can't be read`);
    const silent = unanswered(node);
    if (silent) return silent;
    const upstreamInFile = replicaofIn(config);
    const inFile = describe(
      run,
      upstreamInFile,
      confValue(config, 'replica-read-only', 'slave-read-only'),
    );
    const running = describe(
      run,
      parseReplicaof(await configValue(redis, 'replicaof')),
      await configValue(redis, 'replica-read-only'),
    );
    if (inFile !== running) return finding('fail', `as in the file: ${inFile}`, running);
    const pass = finding('pass', `as in the file: ${inFile}`, running);
    if (upstreamInFile === null) return pass;
    const { host, port } = upstreamInFile;
    if (run.live.sentinels.length > 0) return run.nodes.some(isAt(host)) ? pass : noAddress(host);
    if (!isIP(host)) return pass;
    const seen = `replicaof ${host} ${port}: after a restart another node may have this address`;
    return finding('fail', 'an upstream that the file calls by its name', seen, {
      code: 'upstream-by-address',
      topology: run.topology,
      node: node.name,
    });
  });
}

const isAt =
  (host: string) =>
  ({ fixedAddress }: CheckedNode): boolean =>
    fixedAddress === host;

/** Sentinels know servers by addresses alone, and would re-point whoever follows a name. */
const noAddress = (host: string) =>
  finding('fail', 'an upstream by the address that stays its own', `replicaof ${host}`);

interface Upstream {
  readonly host: string;
  readonly port: number;
}

const replicaofIn = (config: string): Upstream | null =>
  parseReplicaof(confValue(config, 'replicaof', 'slaveof'));

/** The value of `replicaof`; null for a master. */
function parseReplicaof(value: string): Upstream | null {
  const [host = '', port] = value.split(' ');
  return host === '' || /^no one$/i.test(value) ? null : { host, port: Number(port) };
}

function describe({ nodes }: CheckRun, upstream: Upstream | null, readOnly: string): string {
  const known =
    upstream &&
    nodes.find((it) => it.address === upstream.host || it.fixedAddress === upstream.host);
  const replicaof =
    upstream === null
      ? 'no replicaof'
      : `replicaof ${known?.name ?? upstream.host} ${upstream.port}`;
  // Both have `yes` as their default (src/config.c), so an absent line means it.
  return `${replicaof}, replica-read-only ${readOnly || 'yes'}`;
}
