/** Between the engine's JSON and rrepl's nouns: only the fields that rrepl reads or sets. */

import { dividedSubnet } from '../topology/subnets.js';
import type {
  Attachment,
  ContainerDetails,
  ContainerSpec,
  ContainerState,
  ContainerSummary,
  Labels,
  Mount,
} from './runtime.js';

interface ListedContainer {
  readonly Id: string;
  readonly Names: readonly string[];
  readonly Image: string;
  readonly State: string;
  readonly Status: string;
  /** Seconds since the epoch. */
  readonly Created: number;
  readonly Labels: Labels | null;
  readonly Ports: readonly { IP?: string; PublicPort?: number; PrivatePort: number }[] | null;
  readonly NetworkSettings?: {
    readonly Networks: Readonly<Record<string, { readonly IPAddress: string }>>;
  };
}

interface InspectedState {
  readonly Status: string;
  readonly ExitCode: number;
  readonly OOMKilled: boolean;
  readonly StartedAt: string;
  readonly FinishedAt: string;
  readonly Error: string;
}

/** The `filters` of a list call: `{ a: 'b', c: '' }` asks for label a=b and any label c. */
export function labelFilter(labels: Labels): { label: string[] } {
  return {
    label: Object.entries(labels).map(([key, value]) => (value === '' ? key : `${key}=${value}`)),
  };
}

export function toSummary(container: ListedContainer): ContainerSummary {
  const networks = Object.entries(container.NetworkSettings?.Networks ?? {});
  return {
    id: container.Id,
    name: (container.Names[0] ?? '').replace(/^\//, ''),
    image: container.Image,
    state: container.State as ContainerState,
    statusText: container.Status,
    createdMs: container.Created * 1000,
    labels: container.Labels ?? {},
    ports: (container.Ports ?? []).flatMap(({ IP = '', PublicPort, PrivatePort }) =>
      PublicPort ? [{ hostIp: IP, hostPort: PublicPort, containerPort: PrivatePort }] : [],
    ),
    networks: networks.map(([name, { IPAddress }]) => ({ name, address: IPAddress })),
  };
}

/** The subnet is divided as `subnets.ts` says. */
export function toIpam(text: string) {
  const { subnet, gateway, dynamic } = dividedSubnet(text);
  return { Driver: 'default', Config: [{ Subnet: subnet, Gateway: gateway, IPRange: dynamic }] };
}

export const toEndpoint = ({ aliases, address }: Attachment) => ({
  Aliases: [...aliases],
  ...(address !== null && { IPAMConfig: { IPv4Address: address } }),
});

export function toDetails(state: InspectedState, user: string): ContainerDetails {
  return {
    user,
    state: state.Status as ContainerState,
    exitCode: state.ExitCode,
    oomKilled: state.OOMKilled,
    // "Never" is the year 1, long before the epoch.
    startedAtMs: Math.max(0, Date.parse(state.StartedAt)),
    finishedAtMs: Math.max(0, Date.parse(state.FinishedAt)),
    error: state.Error,
  };
}

/** Bounded, and of a driver that can be read back, whatever the engine's default is. */
export const LOG = { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '3' } };

/** A tmpfs has no owner to ask for, so every user may write to it. */
function toMount(mount: Mount) {
  const Target = mount.target;
  if (mount.kind === 'tmpfs') {
    const TmpfsOptions = { SizeBytes: mount.bytes, Mode: 0o777 };
    return { Type: 'tmpfs' as const, Source: '', Target, TmpfsOptions };
  }
  const Type = mount.kind === 'volume' ? ('volume' as const) : ('bind' as const);
  return { Type, Source: mount.source, Target };
}

/**
 * The body of `POST /containers/create`. It names the first network only: more than
 * one is refused below API 1.44.
 */
export function toCreateBody(spec: ContainerSpec) {
  const { publish } = spec;
  const [network] = spec.networks;
  const port = `${publish.containerPort}/tcp`;
  return {
    Image: spec.image,
    Cmd: [...spec.command],
    ...(spec.user !== null && { User: spec.user }),
    Labels: { ...spec.labels },
    StopTimeout: spec.stopTimeoutS,
    ExposedPorts: { [port]: {} },
    HostConfig: {
      ...(network && { NetworkMode: network.name }),
      PortBindings: {
        [port]: publish.hostIps.map((HostIp) => ({ HostIp, HostPort: String(publish.hostPort) })),
      },
      RestartPolicy: { Name: spec.restart },
      CapDrop: ['ALL'],
      CapAdd: [...spec.capabilities],
      SecurityOpt: ['no-new-privileges'],
      LogConfig: LOG,
      // No swap beyond it: a server that swaps is slower than one that is down.
      ...(spec.memoryBytes !== null && { Memory: spec.memoryBytes, MemorySwap: spec.memoryBytes }),
      ...(spec.cpus !== null && { NanoCpus: Math.round(spec.cpus * 1e9) }),
      Mounts: spec.mounts.map(toMount),
    },
    ...(network && {
      NetworkingConfig: { EndpointsConfig: { [network.name]: { Aliases: [...network.aliases] } } },
    }),
  };
}
