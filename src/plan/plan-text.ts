/** A plan as text: what `rrepl plan` prints and what the planner's tests compare. */
import type { Plan, Step, StepKind } from './plan.js';

/** Steps that change nothing; the rest is what a run would do. */
const WAITS: readonly StepKind[] = ['waitReady', 'waitInSync', 'waitSettled'];
const isWait = ({ kind }: Step): boolean => WAITS.includes(kind);

export const changesOf = (plan: Plan): readonly Step[] =>
  plan.steps.filter((step) => !isWait(step));

/** Where nothing changes there is nothing to wait for either. */
export function planText(plan: Plan): string {
  const changes = changesOf(plan).length > 0;
  const rows = (changes ? plan.steps : []).map((step): [string, string, string] => {
    const [verb, detail] = words(step);
    return [verb, [step.resource, detail].filter(Boolean).join('  '), step.cause];
  });
  const width = (column: 0 | 1) => Math.max(0, ...rows.map((row) => row[column].length));
  const lines = rows.map(([verb, what, cause]) =>
    `${verb.padEnd(width(0))}  ${what.padEnd(width(1))}  # ${cause}`.trimEnd(),
  );
  const notes = plan.notes.map(({ text }) => `note: ${text}`);
  const nothing = changes ? [] : ['nothing to change'];
  return [...notes, ...nothing, ...lines, ''].join('\n');
}

/** What a step does, in two or three words. */
export const verbOf = (step: Step): string => words(step)[0];

/** What a step does, and whom or what else it is about; the detail may be empty. */
export function words(step: Step): [verb: string, detail: string] {
  switch (step.kind) {
    case 'pullImage':
      return ['pull image', ''];
    case 'createNetwork':
      return ['create network', ''];
    case 'createVolume':
      return ['create volume', ''];
    case 'createFolder':
      return ['create folder', ''];
    case 'createContainer':
      return [
        'create container',
        `${step.spec.image}, ${step.spec.publish.hostIps.join(' and ')}:${step.spec.publish.hostPort} -> ${step.spec.publish.containerPort}`,
      ];
    case 'writeConfig':
      return ['write redis.conf', /^replicaof .*$/m.exec(step.text)?.[0] ?? 'master'];
    case 'writeSentinelConf':
      return ['write sentinel.conf', ''];
    case 'changeSentinelConf':
      return ['write sentinel.conf', 'with what was asked for'];
    case 'monitor': {
      const { name, master, quorum } = step.monitoring;
      return ['monitor', `${name} at ${master.host}, quorum ${quorum}`];
    }
    case 'setSentinel':
      return ['set', step.settings.map((setting) => setting.join(' ')).join(', ')];
    case 'waitSettled':
      return ['wait until settled', step.sentinels.map(({ node }) => node).join(', ')];
    case 'keepAuthority':
      return ['keep its key', 'that signs certificates'];
    case 'dropKey':
      return ['remove the key', 'that signs certificates'];
    case 'startContainer':
      return ['start', ''];
    case 'grantChannels':
      return ['grant all channels', `to ${step.user}`];
    case 'unpauseContainer':
      return ['unpause', ''];
    case 'attachNetwork':
      return ['attach', step.network];
    case 'connectNetwork':
      return ['connect', step.network];
    case 'waitReady':
      return ['wait until it answers', ''];
    case 'waitInSync':
      return ['wait until in sync', `with ${step.upstream.node}`];
    case 'promote':
      return ['promote', ''];
    case 'follow':
      return ['re-point', `to ${step.upstream}`];
    case 'makeDurable':
      return ['rewrite redis.conf', 'from what runs'];
    case 'restoreSetting':
      return ['restore', `${step.setting} ${step.value}`];
    case 'setConfig':
      return ['set', step.settings.map(({ name, value }) => `${name} ${value || '""'}`).join(', ')];
    case 'switchover':
      return ['switch over', `from ${step.master.node}`];
    case 'cutNetwork':
      return ['cut off', step.network];
    case 'killContainer':
      return ['kill', ''];
    case 'writeRole':
      return ['write role', step.upstream === null ? 'master' : `replicaof ${step.upstream}`];
    case 'writeSetting':
      return ['write redis.conf', `${step.setting} ${step.value}`];
    case 'setAppendOnly':
      return ['set', `appendonly ${step.value}`];
    case 'setAside':
      return ['set aside', 'the data on its disk'];
    case 'salvage':
      return ['salvage', 'what only it was written'];
    case 'swapSetAside':
      return ['put back', 'the data that are set aside'];
    case 'stopContainer':
      return ['stop', ''];
    case 'removeContainer':
    case 'removeStray':
      return ['remove container', ''];
    case 'removeNetwork':
      return ['remove network', ''];
    case 'removeVolume':
      return ['remove volume', ''];
    case 'writeRecord':
      return ['record', 'what is kept'];
    case 'retireFolder':
      return ['retire', 'its redis.conf'];
    case 'removeFolder':
      return ['remove folder', ''];
  }
}
