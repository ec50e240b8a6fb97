/** A topology as a program holds it. */
import type { KillMasterReport } from '../drills/account.js';
import type { NodeStatus, TopologyStatus } from '../live/status.js';
import type { Why } from '../live/why.js';
import { access, type ClientAccess } from '../operations/access.js';
import { type AddressesResult, addresses } from '../operations/addresses.js';
import { door, type OpenDoor } from '../operations/door.js';
import { down, type TakenDown } from '../operations/down.js';
import type { FailoverResult } from '../operations/failover.js';
import { type Fault, type FaultResult, faultOf } from '../operations/faults.js';
import { type HealResult, heal } from '../operations/heal.js';
import { killMaster } from '../operations/kill-master.js';
import { logs } from '../operations/logs.js';
import type { Engine, OperationOptions } from '../operations/operation.js';
import { promote } from '../operations/promote.js';
import { type ResetResult, reset } from '../operations/reset.js';
import {
  discard,
  type NodeSetAside,
  type RestoreResult,
  restore,
  setAsides,
} from '../operations/restore.js';
import { runCommand } from '../operations/run-command.js';
import { salvage } from '../operations/salvage.js';
import { scale } from '../operations/scale.js';
import { status } from '../operations/status.js';
import { switchover } from '../operations/switchover.js';
import { tap } from '../operations/tap.js';
import { verify } from '../operations/verify.js';
import { why } from '../operations/why.js';
import type { RunReport } from '../program/report.js';
import type { Salvage } from '../stream/salvage-file.js';
import { loadReplicas } from '../topology/input.js';
import type { VerifyReport } from '../verify/check.js';
import type {
  AddressesOptions,
  AgreedOptions,
  CallName,
  DoorOptions,
  DownOptions,
  KillMasterOptions,
  LogsOptions,
  RunOptions,
  StatusOptions,
  TapOptions,
} from './calls.js';
import { refuseWrong } from './check.js';
import { inTime, lookInTime } from './in-time.js';

/** Where paths and variables of the input are looked up. */
export const surroundings = () => ({ env: process.env, cwd: process.cwd() });

/** A server of the topology, and where clients reach it. */
export interface TopologyAddress extends Pick<NodeStatus, 'name' | 'role'> {
  /** `redis://127.0.0.1:6381`, with the password if there is one; null without a container. */
  readonly url: string | null;
}

type OneNode = (node: string, options?: AgreedOptions) => Promise<FaultResult>;

type OnNode = Pick<AgreedOptions, 'yes'> & {
  readonly topology: string;
  readonly node: string;
  readonly showSecrets: boolean;
};

/** The next master may be left out, also before options. */
type NextMaster =
  | [options?: OperationOptions]
  | [node: string | undefined, options?: OperationOptions];

function nextMaster(call: 'switchover' | 'promote', [first, second]: NextMaster) {
  const optionsFirst = typeof first === 'object' && second === undefined;
  const [node, options] = optionsFirst
    ? [undefined, first]
    : [first, second === undefined ? {} : second];
  refuseWrong(call, options, { node });
  return { node: node as string | undefined, options };
}

/** @param isOurs whether it is removed when it is disposed of */
type Make = (engine: Engine, seen: TopologyStatus, isOurs: boolean) => Topology;

export let topologyOf: Make;

/**
 * A topology and what can be done with it. It holds no connection: nothing keeps the process
 * alive between two calls. `url`, `replicaUrls` and `nodes` are as the last call saw them.
 */
export class Topology implements AsyncDisposable {
  readonly name: string;
  readonly #engine: Engine;
  readonly #isOurs: boolean;
  #seen: TopologyStatus;

  static {
    topologyOf = (...held) => new Topology(...held);
  }

  // Private, so that the published types don't show what an engine is.
  private constructor(engine: Engine, seen: TopologyStatus, isOurs: boolean) {
    this.#engine = engine;
    this.#seen = seen;
    this.#isOurs = isOurs;
    this.name = seen.topology;
  }

  /** Where clients reach the master, with the password if there is one; null if no master, or several, answered. */
  get url(): string | null {
    return this.#seen.url;
  }

  /** Where clients reach the replicas that answered. */
  get replicaUrls(): readonly string[] {
    return this.#seen.nodes.flatMap(({ role, url }) => (role === 'replica' && url ? [url] : []));
  }

  /** Every node, in the order of their names. */
  get nodes(): readonly TopologyAddress[] {
    return this.#seen.nodes.map(({ name, role, url }) => ({ name, role, url }));
  }

  /** Asks every node for its role, link, offset and lag. Passwords in URLs are `***` unless asked for. */
  async status(options: StatusOptions = {}): Promise<TopologyStatus> {
    refuseWrong('status', options);
    await this.#look(options);
    if (options.showSecrets) return this.#seen;
    return lookInTime('status', options, (its) =>
      status(this.#engine, { topology: this.name }, its),
    );
  }

  /** Runs all checks. A failed one is a verdict of the report, no error. */
  async verify(options: OperationOptions = {}): Promise<VerifyReport> {
    refuseWrong('verify', options);
    return verify(this.#engine, { topology: this.name }, options);
  }

  /** @param node its name, `master` or `replica` */
  async why(node: string, options: OperationOptions = {}): Promise<Why> {
    refuseWrong('why', options, { node });
    return lookInTime('why', options, (its) =>
      why(this.#engine, { topology: this.name, node }, its),
    );
  }

  /** @param replicas how many it is to have */
  async scale(replicas: number, options: OperationOptions = {}): Promise<void> {
    refuseWrong('scale', options, { replicas });
    const wish = await loadReplicas(this.name, replicas, surroundings());
    await scale(this.#engine, { wish }, options);
    await this.#look(options);
  }

  /**
   * Hands the role of the living master over without losing a write; `url` is the new master's then.
   * `timeoutMs` is what the next master has to catch up, 30 s if it isn't said; if it can't, nothing has changed.
   * @param node the next master; the replica that is furthest if absent
   */
  async switchover(...given: NextMaster): Promise<FailoverResult> {
    const { node, options } = nextMaster('switchover', given);
    return this.#seeing(await switchover(this.#engine, this.#about({ node }), options));
  }

  /**
   * Fails over to a replica where no master lives; `url` is the new master's then.
   * @param node the next master; the replica that is furthest if absent
   */
  async promote(...given: NextMaster): Promise<FailoverResult> {
    const { node, options } = nextMaster('promote', given);
    return this.#seeing(await promote(this.#engine, this.#about({ node }), options));
  }

  /** Brings back what is stopped, paused, cut off or led by two. It may fail over. */
  async heal(options: OperationOptions = {}): Promise<HealResult> {
    refuseWrong('heal', options);
    return this.#seeing(await heal(this.#engine, this.#about({}), options));
  }

  /**
   * Brings it back to what `up` left: no data, nothing set aside, and nothing of what was changed
   * since. What is broken is healed first. Rejects with `ConfirmationError` if the topology never
   * expires, so that it may be no test's, unless `yes` is true.
   */
  async reset(wanted: AgreedOptions = {}): Promise<ResetResult> {
    refuseWrong('reset', wanted);
    const { yes, ...options } = wanted;
    const result = await reset(this.#engine, { topology: this.name, yes }, options);
    const master = this.nodes.find(({ role }) => role === 'master')?.name;
    if (result.healed || result.master !== master) await this.#look(options);
    return result;
  }

  /**
   * The failover drill: load, SIGKILL of the master, recovery, and an account of every acknowledged
   * write. A lost write is a verdict of the report, no error; `url` is the new master's then.
   * It has 60 s beside its load, or `timeoutMs` for the whole, and heals what it broke if it is
   * broken off.
   * @throws UsageError for what can only fail, before anything is broken
   * @throws FailedError if the topology isn't healthy
   */
  async killMaster(wanted: KillMasterOptions = {}): Promise<KillMasterReport> {
    refuseWrong('killMaster', wanted);
    const { wait, recover, writers, maxLoss, seed, rate, before, after, yes, ...options } = wanted;
    const input = {
      ...{ topology: this.name, wait, recover, writers, maxLoss, seed },
      ...{ ratePerSecond: rate, beforeMs: before, afterMs: after, mayLoseData: yes },
    };
    const { report } = await killMaster(this.#engine, input, options);
    await this.#look({ signal: options.signal });
    return report;
  }

  /**
   * Makes the data that were set aside on a node the topology's again; `url` is that node's then.
   * What there was is set aside in turn. Rejects with `ConfirmationError` unless `yes` is true.
   * @param node its name, `master` or `replica`
   */
  restore(node: string, options: AgreedOptions = {}): Promise<RestoreResult> {
    return this.#agreed('restore', restore, node, options);
  }

  /** Removes what is set aside on a node. Rejects with `ConfirmationError` unless `yes` is true. */
  discard(node: string, options: AgreedOptions = {}): Promise<RestoreResult> {
    return this.#agreed('discard', discard, node, options);
  }

  /** What is set aside in it, one entry a node. */
  async setAsides(options: OperationOptions = {}): Promise<readonly NodeSetAside[]> {
    refuseWrong('setAsides', options);
    return lookInTime('setAsides', options, (its) =>
      setAsides(this.#engine, { topology: this.name }, its),
    );
  }

  /** SIGKILL. Of this and the following, `node` is a name, `master` or `replica`. */
  readonly kill = this.#fault('kill');
  /** Stops it gracefully. */
  readonly stop = this.#fault('stop');
  /** Rejects with `ConfirmationError` where it would empty others, unless `yes` is true. */
  readonly start = this.#fault('start');
  /** Rejects with `ConfirmationError` where it costs data, unless `yes` is true. */
  readonly restart = this.#fault('restart');
  /** Freezes it: connections stay, nothing is answered. */
  readonly pause = this.#fault('pause');
  /** Lets it go on after `pause`. */
  readonly unpause = this.#fault('unpause');
  /** Cuts it off its replication links; clients still reach it. */
  readonly disconnect = this.#fault('disconnect');
  /** Puts it back on its links after `disconnect`. */
  readonly connect = this.#fault('connect');

  /** What the node, or every node, has logged: lines, oldest first for each node. */
  async logs(
    wanted: LogsOptions = {},
  ): Promise<{ readonly node: string; readonly line: string }[]> {
    refuseWrong('logs', wanted);
    const { node, tail, ...options } = wanted;
    const lines: { node: string; line: string }[] = [];
    const onLine = (line: string, name: string) => void lines.push({ node: name, line });
    await lookInTime('logs', options, (its) =>
      logs(this.#engine, { topology: this.name, node, tail, onLine }, its),
    );
    return lines;
  }

  /**
   * One address that always leads to the current master, or to the replicas in turn, until it is
   * closed: `await using door = await redis.door()`. It counts what goes through it.
   */
  async door(wanted: DoorOptions = {}): Promise<OpenDoor> {
    refuseWrong('door', wanted);
    const { port, leads, holdMs, ...options } = wanted;
    return door(this.#engine, { port, leads, holdMs, topology: this.name }, options);
  }

  /**
   * Tells every write as the master replicates it, through failovers, until `signal` aborts, with
   * whose reason it rejects.
   */
  async tap(wanted: TapOptions): Promise<never> {
    refuseWrong('tap', wanted);
    const { onWrites, onTap, ...options } = wanted;
    return inTime('tap', options, (its) =>
      tap(this.#engine, { onWrites, onTap, topology: this.name }, its),
    );
  }

  /**
   * Writes what a former master was written and the new one lacks to `salvage.resp` and `salvage.jsonl`
   * in the folder `out`. One that lives refuses writes from then on.
   */
  async salvage(node: string, out: string, options: OperationOptions = {}): Promise<Salvage> {
    refuseWrong('salvage', options, { node, out });
    return salvage(this.#engine, { topology: this.name, node, out }, options);
  }

  /**
   * Runs a program against it, with this one's streams, and breaks the topology meanwhile. What the
   * program ends with, and a limit that is not kept, are in the report, no error. When `signal`
   * aborts, or `timeoutMs` is over, the program gets SIGTERM.
   * @throws InvalidTopologyError with all that is wrong with the faults
   */
  async run(wanted: RunOptions): Promise<RunReport> {
    refuseWrong('run', wanted);
    const { signal, timeoutMs, onEvent, salvageTo, chaos, maxDowntime, env, cwd, ...rest } = wanted;
    const own = surroundings();
    const input = {
      ...{ ...rest, topology: this.name, chaosMs: chaos, maxDowntimeMs: maxDowntime },
      ...{ env: env ?? own.env, cwd: cwd ?? own.cwd, io: process },
    };
    const report = await inTime('run', { signal, timeoutMs, onEvent, salvageTo }, (its) =>
      runCommand(this.#engine, input, its),
    );
    await this.#look({});
    return report;
  }

  /** What clients need beside the address: password, user and certificate. */
  async access(options: OperationOptions = {}): Promise<ClientAccess> {
    refuseWrong('access', options);
    return lookInTime('access', options, (its) =>
      access(this.#engine, { topology: this.name }, its),
    );
  }

  /**
   * Where clients reach every node: on this host, in a container on the nodes' network, in one on
   * another. With `check` each is dialled; one that leads nowhere is a problem in the result, no error.
   */
  async addresses(wanted: AddressesOptions = {}): Promise<AddressesResult> {
    refuseWrong('addresses', wanted);
    const { check, showSecrets, ...options } = wanted;
    return addresses(this.#engine, { topology: this.name, check, showSecrets }, options);
  }

  /** Stops and removes it; the data volumes are kept unless `volumes` is true. It has 120 s. */
  async down(wanted: DownOptions = {}): Promise<TakenDown> {
    refuseWrong('down', wanted);
    const { volumes, ...options } = wanted;
    return down(this.#engine, { topology: this.name, volumes }, options);
  }

  /** Removes it with its data if `up` made it; else leaves it as it is. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isOurs) await this.down({ volumes: true });
  }

  #fault(fault: Fault): OneNode {
    const operation = (engine: Engine, input: OnNode, options: OperationOptions) =>
      inTime(fault, options, (its) => faultOf(fault)(engine, input, its));
    return (node, options = {}) => this.#agreed(fault, operation, node, options);
  }

  async #agreed<R extends { readonly status: TopologyStatus }>(
    call: CallName,
    operation: (engine: Engine, input: OnNode, options: OperationOptions) => Promise<R>,
    node: string,
    wanted: AgreedOptions,
  ): Promise<R> {
    refuseWrong(call, wanted, { node });
    const { yes, ...options } = wanted;
    return this.#seeing(await operation(this.#engine, this.#about({ node, yes }), options));
  }

  #about<T extends object>(input: T) {
    return { ...input, topology: this.name, showSecrets: true };
  }

  #seeing<R extends { readonly status: TopologyStatus }>(result: R): R {
    this.#seen = result.status;
    return result;
  }

  async #look({ signal, timeoutMs }: OperationOptions): Promise<void> {
    const options = { signal, timeoutMs };
    this.#seen = await lookInTime('status', options, (its) =>
      status(this.#engine, { topology: this.name, showSecrets: true }, its),
    );
  }
}
