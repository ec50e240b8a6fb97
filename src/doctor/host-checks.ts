/** The machine that the engine runs on: what of it matters to a Redis server. */
import type { HostFacts } from '../docker/runtime.js';
import { bytes } from '../format.js';
import { type Finding, fail, ok, warn } from './finding.js';
import type { ThisHost } from './this-host.js';

const MEBIBYTE = 2 ** 20;
const TOO_LITTLE = 256 * MEBIBYTE;
const LITTLE = 2048 * MEBIBYTE;

/** @param here this machine, or null if the engine runs on another one. */
export async function checkHost(host: HostFacts, here: ThisHost | null): Promise<Finding[]> {
  if (here === null) {
    const seen = `can't be seen from here: the engine runs on ${host.name}, kernel ${host.kernel}`;
    return [
      warn('disk', seen, `there: \`df -h ${host.dataFolder}\``),
      warn('overcommit', seen, 'there: `sysctl vm.overcommit_memory` should be 1'),
      warn('huge-pages', seen, `there: ${HUGE_PAGES} should not say [always]`),
    ];
  }
  const [free, overcommit, hugePages] = await Promise.all([
    here.freeBytes(host.dataFolder),
    here.read('/proc/sys/vm/overcommit_memory'),
    here.read(HUGE_PAGES),
  ]);
  return [
    judgeDisk(free, host.dataFolder),
    judgeOvercommit(overcommit?.trim() ?? null),
    judgeHugePages(hugePages?.trim() ?? null),
  ];
}

const HUGE_PAGES = '/sys/kernel/mm/transparent_hugepage/enabled';

function judgeDisk(free: number | null, folder: string): Finding {
  const remedy = '`docker system df` shows what takes it';
  if (free === null) return warn('disk', `how much is free in ${folder} can't be told`, remedy);
  const seen = `${bytes(free)} free in ${folder}`;
  if (free < TOO_LITTLE) return fail('disk', seen, remedy);
  return free < LITTLE ? warn('disk', seen, remedy) : ok('disk', seen);
}

/** Without it a fork of a large server can be refused: no snapshot, no full resync. */
function judgeOvercommit(value: string | null): Finding {
  const seen = `vm.overcommit_memory is ${value ?? 'not readable'}`;
  if (value === '1') return ok('overcommit', seen);
  const remedy =
    'saving and full resyncs can fail when memory is short: `sudo sysctl vm.overcommit_memory=1`';
  return warn('overcommit', seen, remedy);
}

/** After a fork, each write copies 2 MB instead of 4 KB. */
function judgeHugePages(value: string | null): Finding {
  const chosen = /\[(\w+)\]/.exec(value ?? '')?.[1] ?? null;
  const seen = `transparent huge pages: ${chosen ?? 'not there'}`;
  if (chosen !== 'always') return ok('huge-pages', seen);
  const remedy = `latency and memory suffer while a server saves: \`echo madvise | sudo tee ${HUGE_PAGES}\``;
  return warn('huge-pages', seen, remedy);
}
