import { expect, test } from 'vitest';
import {
  labelFilter,
  toCreateBody,
  toDetails,
  toEndpoint,
  toIpam,
  toSummary,
} from '../../../src/docker/engine-json.js';
import type { ContainerSpec } from '../../../src/docker/runtime.js';

test('labels to look for', () => {
  expect(labelFilter({ a: 'b', c: '' })).toEqual({ label: ['a=b', 'c'] });
});

test('a listed container', () => {
  const listed = {
    Id: '1f',
    Names: ['/rrepl-demo-redis-1'],
    Image: 'redis:6.0',
    State: 'running',
    Created: 1_700_000_000,
    Status: 'Up 3 minutes',
    Labels: { a: 'b' },
    Ports: [{ IP: '127.0.0.1', PublicPort: 6380, PrivatePort: 6379 }, { PrivatePort: 16379 }],
    NetworkSettings: { Networks: { net: { IPAddress: '172.18.0.2' } } },
  };
  expect(toSummary(listed)).toEqual({
    id: '1f',
    name: 'rrepl-demo-redis-1',
    image: 'redis:6.0',
    state: 'running',
    createdMs: 1_700_000_000_000,
    statusText: 'Up 3 minutes',
    labels: { a: 'b' },
    ports: [{ hostIp: '127.0.0.1', hostPort: 6380, containerPort: 6379 }],
    networks: [{ name: 'net', address: '172.18.0.2' }],
  });
});

test('when a container started and ended', () => {
  const never = '0001-01-01T00:00:00Z';
  const state = { Status: 'created', ExitCode: 0, OOMKilled: false, Error: '' };
  expect(toDetails({ ...state, StartedAt: never, FinishedAt: never }, '')).toMatchObject({
    startedAtMs: 0,
    finishedAtMs: 0,
  });
  const times = { StartedAt: '2026-01-02T03:04:05.678901234Z', FinishedAt: '2026-01-02T03:04:06Z' };
  expect(toDetails({ ...state, ...times }, '')).toMatchObject({
    startedAtMs: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
    finishedAtMs: Date.UTC(2026, 0, 2, 3, 4, 6),
  });
});

const SPEC: ContainerSpec = {
  name: 'rrepl-demo-redis-1',
  image: 'redis:6.0',
  command: ['redis-server', '/conf/redis.conf'],
  user: null,
  labels: { a: 'b' },
  mounts: [
    { kind: 'volume', source: 'data', target: '/data' },
    { kind: 'folder', source: '/srv/conf', target: '/conf' },
    { kind: 'tmpfs', bytes: 4096, target: '/small' },
  ],
  networks: [
    { name: 'one', aliases: ['redis-1'] },
    { name: 'two', aliases: [] },
  ],
  publish: { hostIps: ['127.0.0.1'], hostPort: 6380, containerPort: 6379 },
  stopTimeoutS: 20,
  restart: 'on-failure',
  capabilities: ['CHOWN'],
  memoryBytes: null,
  cpus: null,
};

test('a container to create', () => {
  expect(toCreateBody(SPEC)).toEqual({
    Image: 'redis:6.0',
    Cmd: ['redis-server', '/conf/redis.conf'],
    Labels: { a: 'b' },
    StopTimeout: 20,
    ExposedPorts: { '6379/tcp': {} },
    HostConfig: {
      NetworkMode: 'one',
      PortBindings: { '6379/tcp': [{ HostIp: '127.0.0.1', HostPort: '6380' }] },
      Mounts: [
        { Type: 'volume', Source: 'data', Target: '/data' },
        { Type: 'bind', Source: '/srv/conf', Target: '/conf' },
        {
          Type: 'tmpfs',
          Source: '',
          Target: '/small',
          TmpfsOptions: { SizeBytes: 4096, Mode: 0o777 },
        },
      ],
      RestartPolicy: { Name: 'on-failure' },
      CapDrop: ['ALL'],
      CapAdd: ['CHOWN'],
      SecurityOpt: ['no-new-privileges'],
      LogConfig: { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '3' } },
    },
    NetworkingConfig: { EndpointsConfig: { one: { Aliases: ['redis-1'] } } },
  });
});

test('the subnet of a network, and the address of a container in it', () => {
  expect(toIpam('198.18.37.0/24')).toEqual({
    Driver: 'default',
    Config: [{ Subnet: '198.18.37.0/24', Gateway: '198.18.37.1', IPRange: '198.18.37.128/25' }],
  });
  expect(toEndpoint({ aliases: ['redis-1'], address: '198.18.37.11' })).toEqual({
    Aliases: ['redis-1'],
    IPAMConfig: { IPv4Address: '198.18.37.11' },
  });
  expect(toEndpoint({ aliases: [], address: null })).toEqual({ Aliases: [] });
});

test('limits, and more than one address', () => {
  const publish = { ...SPEC.publish, hostIps: ['127.0.0.1', '10.0.0.7'] };
  const { HostConfig } = toCreateBody({ ...SPEC, memoryBytes: 2 ** 28, cpus: 0.1, publish });
  expect(HostConfig).toMatchObject({
    Memory: 2 ** 28,
    MemorySwap: 2 ** 28,
    NanoCpus: 100_000_000,
    PortBindings: {
      '6379/tcp': [
        { HostIp: '127.0.0.1', HostPort: '6380' },
        { HostIp: '10.0.0.7', HostPort: '6380' },
      ],
    },
  });
});
