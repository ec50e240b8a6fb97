/** Networks and volumes, by way of dockerode. */
import type Dockerode from 'dockerode';
import { already } from '../engine-errors.js';
import { labelFilter, toEndpoint, toIpam } from '../engine-json.js';
import type { Attachment, Labels, NetworkSummary, Runtime, VolumeSummary } from '../runtime.js';
import { abortedBy, type Client } from './client.js';

type Networks = Pick<
  Runtime,
  'listNetworks' | 'createNetwork' | 'removeNetwork' | 'connectNetwork' | 'disconnectNetwork'
>;

export function networks({ docker, calls }: Client): Networks {
  return {
    async listNetworks(labels: Labels): Promise<NetworkSummary[]> {
      const networks = await calls.ask('list networks', (call) =>
        docker.listNetworks({ filters: labelFilter(labels), ...abortedBy(call) }),
      );
      return networks.map(({ Id, Name, Created, Labels, IPAM }) => ({
        id: Id,
        name: Name,
        createdMs: Date.parse(Created ?? ''),
        labels: Labels ?? {},
        subnets: (IPAM?.Config ?? []).flatMap(({ Subnet }) => Subnet ?? []),
      }));
    },

    async createNetwork(name: string, labels: Labels, subnet: string): Promise<void> {
      // Below API 1.44 the engine allows two networks of one name unless asked to check.
      const IPAM = toIpam(subnet);
      const options = { Name: name, Labels: { ...labels }, IPAM, CheckDuplicate: true };
      await calls.ask(`create network ${name}`, (call) =>
        docker.createNetwork({ ...options, ...abortedBy(call) }),
      );
    },

    async removeNetwork(name: string): Promise<void> {
      await calls.settle(`remove network ${name}`, already.gone, (call) =>
        docker.getNetwork(name).remove(abortedBy(call)),
      );
    },

    async connectNetwork(
      network: string,
      container: string,
      attachment: Attachment,
    ): Promise<void> {
      const options = { Container: container, EndpointConfig: toEndpoint(attachment) };
      await calls.ask(`connect container ${container} to network ${network}`, (call) =>
        docker.getNetwork(network).connect({ ...options, ...abortedBy(call) }),
      );
    },

    async disconnectNetwork(network: string, container: string): Promise<void> {
      const what = `disconnect container ${container} from network ${network}`;
      await calls.settle(what, already.gone, (call) =>
        docker.getNetwork(network).disconnect({ Container: container, ...abortedBy(call) }),
      );
    },
  };
}

export function volumes({
  docker,
  calls,
}: Client): Pick<Runtime, 'listVolumes' | 'createVolume' | 'removeVolume'> {
  return {
    async listVolumes(labels: Labels): Promise<VolumeSummary[]> {
      const { Volumes } = await calls.ask('list volumes', (call) =>
        docker.listVolumes({ filters: labelFilter(labels), ...abortedBy(call) }),
      );
      // The client's types lack it.
      const volumes: (Dockerode.VolumeInspectInfo & { CreatedAt?: string })[] = Volumes ?? [];
      return volumes.map(({ Name, CreatedAt, Labels }) => ({
        name: Name,
        createdMs: Date.parse(CreatedAt ?? ''),
        labels: Labels ?? {},
      }));
    },

    async createVolume(name: string, labels: Labels): Promise<void> {
      await calls.ask(`create volume ${name}`, (call) =>
        docker.createVolume({ Name: name, Labels: { ...labels }, ...abortedBy(call) }),
      );
    },

    async removeVolume(name: string): Promise<void> {
      await calls.settle(`remove volume ${name}`, already.gone, (call) =>
        docker.getVolume(name).remove(abortedBy(call)),
      );
    },
  };
}
