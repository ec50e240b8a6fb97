/** A topology as a program holds it. */
import type { KillMasterReport } from '../drills/account.js';
import type { NodeStatus, StatusWish, TopologyStatus } from '../live/status.js';
import type { Why } from '../live/why.js';
import { access, type ClientAccess } from '../operations/access.js';
import { type DoorInput, door, type OpenDoor } from '../operations/door.js';
import { type DownWish, down, type TakenDown } from '../operations/down.js';
import type { FailoverResult } from '../operations/failover.js';
import type { FaultResult } from '../operations/faults.js';
import * as faults from '../operations/faults.js';
import { type HealResult, heal } from '../operations/heal.js';
import { type KillMasterInput, killMaster } from '../operations/kill-master.js';
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
import { type RunInput, runCommand } from '../operations/run-command.js';
import { salvage } from '../operations/salvage.js';
import { scale } from '../operations/scale.js';
import { status } from '../operations/status.js';
import { switchover } from '../operations/switchover.js';
import { type TapInput, tap } from '../operations/tap.js';
import { verify } from '../operations/verify.js';
import { why } from '../operations/why.js';
import type { RunReport } from '../program/report.js';
import type { Salvage } from '../stream/salvage-file.js';
import { loadReplicas } from '../topology/input.js';
import type { VerifyReport } from '../verify/check.js';

/** Where paths and variables of the input are looked up. */
export const surroundings = () => ({ env: process.env, cwd: process.cwd() });

/** How the failover drill is played: as the flags of `rrepl kill-master` say, all optional. */
export interface KillMasterOptions
  extends Omit<OperationOptions, 'timeoutMs'>,
    Pick<KillMasterInput, 'wait' | 'recover' | 'writers' | 'maxLoss' | 'seed'> {
  /** Writes a second of all writers together; null, and if it isn't said: as many as they can. */
  readonly rate?: number | null | undefined;
  /** Milliseconds of load before the kill; 2000 if it isn't said. */
  readonly before?: number | undefined;
  /** Milliseconds of load after the recovery; 3000 if it isn't said. */
  readonly after?: number | undefined;
  /** With `recover: 'restart'`: restart also where data would be lost that the drill did not write. */
  readonly yes?: boolean | undefined;
}

/** A program of one's own, and the faults that it goes through: as the flags of `rrepl run` say. */
export interface RunOptions
  extends Omit<OperationOptions, 'timeoutMs'>,
    Pick<RunInput, 'command' | 'faults' | 'when' | 'seed' | 'recover' | 'maxLoss'> {
  /** Milliseconds of faults at random, beside `faults`. */
  readonly chaos?: number | undefined;
  /** For how many milliseconds the program may go without an answer. */
  readonly maxDowntime?: number | undefined;
  /** What it finds in its environment, beside the addresses; this program's own if it isn't said. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  readonly cwd?: string | undefined;
}

export interface TopologyAddress extends Pick<NodeStatus, 'name' | 'role'> {
  /** `redis://127.0.0.1:6381`, with the password if there is one; null without a container. */
  readonly url: string | null;
}

/** `yes`: do it also where it costs data. */
interface Agreement {
  readonly yes?: boolean | undefined;
}

type OneNode = (node: string, options?: Agreement & OperationOptions) => Promise<FaultResult>;

type OnNode = Agreement & {
  readonly topology: string;
  readonly node: string;
  readonly showSecrets: boolean;
};

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
  async status(options: StatusWish & OperationOptions = {}): Promise<TopologyStatus> {
    await this.#look(options);
    if (options.showSecrets) return this.#seen;
    return status(this.#engine, { topology: this.name }, options);
  }

  /** Runs all checks. A failed one is a verdict of the report, no error. */
  verify(options: OperationOptions = {}): Promise<VerifyReport> {
    return verify(this.#engine, { topology: this.name }, options);
  }

  /** @param node its name, `master` or `replica` */
  why(node: string, options: OperationOptions = {}): Promise<Why> {
    return why(this.#engine, { topology: this.name, node }, options);
  }

  /** @param replicas how many it is to have */
  async scale(replicas: number, options: OperationOptions = {}): Promise<void> {
    const wish = await loadReplicas(this.name, replicas, surroundings());
    await scale(this.#engine, { wish }, options);
    await this.#look(options);
  }

  /**
   * Hands the role of the living master over without losing a write; `url` is the new master's then.
   * @param node the next master; the replica that is furthest if absent
   */
  async switchover(node?: string, options: OperationOptions = {}): Promise<FailoverResult> {
    return this.#seeing(await switchover(this.#engine, this.#about({ node }), options));
  }

  /**
   * Fails over to a replica where no master lives; `url` is the new master's then.
   * @param node the next master; the replica that is furthest if absent
   */
  async promote(node?: string, options: OperationOptions = {}): Promise<FailoverResult> {
    return this.#seeing(await promote(this.#engine, this.#about({ node }), options));
  }

  /** Brings back what is stopped, paused, cut off or led by two. It may fail over. */
  async heal(options: OperationOptions = {}): Promise<HealResult> {
    return this.#seeing(await heal(this.#engine, this.#about({}), options));
  }

  /**
   * Brings it back to what `up` left: no data, nothing set aside, and nothing of what was changed
   * since. What is broken is healed first. Rejects with `ConfirmationError` if the topology never
   * expires, so that it may be no test's, unless `yes` is true.
   */
  async reset({
    yes,
    ...options
  }: { readonly yes?: boolean } & OperationOptions = {}): Promise<ResetResult> {
    const result = await reset(this.#engine, { topology: this.name, yes }, options);
    const master = this.nodes.find(({ role }) => role === 'master')?.name;
    if (result.healed || result.master !== master) await this.#look(options);
    return result;
  }

  /**
   * The failover drill: load, SIGKILL of the master, recovery, and an account of every acknowledged
   * write. A lost write is a verdict of the report, no error; `url` is the new master's then.
   * It has 60 s beside its load, and heals what it broke if it is broken off.
   * @throws UsageError for what can only fail, before anything is broken
   * @throws FailedError if the topology isn't healthy
   */
  async killMaster(wanted: KillMasterOptions = {}): Promise<KillMasterReport> {
    const { signal, onEvent, rate, before, after, yes, ...rest } = wanted;
    const input = {
      ...rest,
      ...{ ratePerSecond: rate, beforeMs: before, afterMs: after, mayLoseData: yes },
      topology: this.name,
    };
    const { report } = await killMaster(this.#engine, input, { signal, onEvent });
    await this.#look({ signal });
    return report;
  }

  /**
   * Makes the data that were set aside on a node the topology's again; `url` is that node's then.
   * What there was is set aside in turn. Rejects with `ConfirmationError` unless `yes` is true.
   * @param node its name, `master` or `replica`
   */
  restore(node: string, options: Agreement & OperationOptions = {}): Promise<RestoreResult> {
    return this.#agreed(restore, node, options);
  }

  /** Removes what is set aside on a node. Rejects with `ConfirmationError` unless `yes` is true. */
  discard(node: string, options: Agreement & OperationOptions = {}): Promise<RestoreResult> {
    return this.#agreed(discard, node, options);
  }

  /** What is set aside in it, one entry a node. */
  setAsides(options: OperationOptions = {}): Promise<readonly NodeSetAside[]> {
    return setAsides(this.#engine, { topology: this.name }, options);
  }

  /** SIGKILL. Of this and the following, `node` is a name, `master` or `replica`. */
  readonly kill = this.#fault(faults.kill);
  /** Stops it gracefully. */
  readonly stop = this.#fault(faults.stop);
  /** Rejects with `ConfirmationError` where it would empty others, unless `yes` is true. */
  readonly start = this.#fault(faults.start);
  /** Rejects with `ConfirmationError` where it costs data, unless `yes` is true. */
  readonly restart = this.#fault(faults.restart);
  /** Freezes it: connections stay, nothing is answered. */
  readonly pause = this.#fault(faults.pause);
  readonly unpause = this.#fault(faults.unpause);
  /** Cuts it off its replication links; clients still reach it. */
  readonly disconnect = this.#fault(faults.disconnect);
  readonly connect = this.#fault(faults.connect);

  /** What the node, or every node, has logged: lines, oldest first for each node. */
  async logs(
    { node, tail }: { readonly node?: string; readonly tail?: number } = {},
    options: OperationOptions = {},
  ): Promise<{ readonly node: string; readonly line: string }[]> {
    const lines: { node: string; line: string }[] = [];
    const onLine = (line: string, name: string) => void lines.push({ node: name, line });
    await logs(this.#engine, { topology: this.name, node, tail, onLine }, options);
    return lines;
  }

  /**
   * One address that always leads to the current master, or to the replicas in turn, until it is
   * closed: `await using door = await redis.door()`. It counts what goes through it.
   */
  door(input: Omit<DoorInput, 'topology'> = {}, options: OperationOptions = {}): Promise<OpenDoor> {
    return door(this.#engine, { ...input, topology: this.name }, options);
  }

  /**
   * Tells every write as the master replicates it, through failovers, until `signal` aborts, with
   * whose reason it rejects.
   */
  tap(input: Omit<TapInput, 'topology'>, options: OperationOptions): Promise<never> {
    return tap(this.#engine, { ...input, topology: this.name }, options);
  }

  /**
   * Writes what a former master, which still lives, was written and the new one lacks to
   * `salvage.resp` and `salvage.jsonl` in the folder `out`. The former master refuses writes from then on.
   */
  salvage(node: string, out: string, options: OperationOptions = {}): Promise<Salvage> {
    return salvage(this.#engine, { topology: this.name, node, out }, options);
  }

  /**
   * Runs a program against it, with this one's streams, and breaks the topology meanwhile. What the
   * program ends with, and a limit that is not kept, are in the report, no error.
   * @throws InvalidTopologyError with all that is wrong with the faults
   */
  async run(options: RunOptions): Promise<RunReport> {
    const { signal, onEvent, chaos, maxDowntime, env, cwd, ...rest } = options;
    const own = surroundings();
    const input = {
      ...{ ...rest, topology: this.name, chaosMs: chaos, maxDowntimeMs: maxDowntime },
      ...{ env: env ?? own.env, cwd: cwd ?? own.cwd, io: process },
    };
    const report = await runCommand(this.#engine, input, { signal, onEvent });
    await this.#look({});
    return report;
  }

  /** What clients need beside the address: password, user and certificate. */
  access(options: OperationOptions = {}): Promise<ClientAccess> {
    return access(this.#engine, { topology: this.name }, options);
  }

  /** Stops and removes it; the data volumes are kept unless `volumes` is true. */
  down({ volumes, ...options }: DownWish & OperationOptions = {}): Promise<TakenDown> {
    return down(this.#engine, { topology: this.name, volumes }, options);
  }

  /** Removes it with its data if `up` made it; else leaves it as it is. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isOurs) await this.down({ volumes: true });
  }

  #fault(operation: typeof faults.kill): OneNode {
    return (node, options = {}) => this.#agreed(operation, node, options);
  }

  async #agreed<R extends { readonly status: TopologyStatus }>(
    operation: (engine: Engine, input: OnNode, options: OperationOptions) => Promise<R>,
    node: string,
    { yes, ...options }: Agreement & OperationOptions,
  ): Promise<R> {
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
    this.#seen = await status(this.#engine, { topology: this.name, showSecrets: true }, options);
  }
}
