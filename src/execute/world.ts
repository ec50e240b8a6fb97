/** What a step may use, and how it tells what it does. */
import type { Authority } from '../access/access.js';
import type { Secret } from '../access/secret.js';
import { LABEL } from '../docker/labels.js';
import type { ContainerSpec, Labels, Runtime } from '../docker/runtime.js';
import type { Owner } from '../docker/server-user.js';
import type { Note } from '../errors.js';
import type { Step } from '../plan/plan.js';
import type { Connect } from '../redis/node.js';
import type { Limits } from '../redis/wait.js';
import type { Former } from './former.js';

/** Its limits are the run's: one deadline for the whole, one signal that ends it. */
export interface World extends Limits {
  /** The folder on this host that salvaged writes go to; without it none are salvaged. */
  readonly salvageTo?: string | undefined;
  readonly runtime: Runtime;
  /** Null where nothing is created. */
  readonly creation: Creation | null;
  /** A connection to the server published on this port. Whoever asks closes it. */
  connect: Connect;
  readonly emit: Emit;
}

export interface Creation {
  /** A label on all that the run makes: a failure undoes what carries it. */
  readonly run: string;
  /** Whose the configuration must be, so that the server may write it. Asked once for all nodes. */
  ownerOf(container: string, startsAs: string | null): Promise<Owner>;
  /** The key of the authority, through the container that may mount it; null if it isn't there. */
  keyOf(authority: Authority, holder: ContainerSpec, world: World): Promise<Secret | null>;
  readonly former: Former;
}

/** So that a rollback finds what its own run has made. */
export const madeBy = (creation: Creation | null, labels: Labels): Labels =>
  creation === null ? labels : { ...labels, [LABEL.run]: creation.run };

export type StepEvent<S> =
  | { readonly type: 'begun' | 'done'; readonly step: S }
  /** What a step sees while it works: `full resync 42%`, `3/7 layers`. */
  | { readonly type: 'progress'; readonly step: S; readonly text: string };

/** `S`: the steps as they are, or as programs are told of them. */
export type EventOf<S> =
  | StepEvent<S>
  /** The node takes writes from now on. `refusedMs`: how long they were refused before; null if nobody refused them. */
  | { readonly type: 'promoted'; readonly node: string; readonly refusedMs: number | null }
  /** Writes that a former master has and the master lacks are in files in this folder. */
  | {
      readonly type: 'salvaged';
      readonly topology: string;
      readonly node: string;
      readonly master: string;
      readonly folder: string;
      readonly writes: number;
      /** To keys that the master has changed since, or may have. */
      readonly conflicts: number;
      /** What they were read from; see `SalvageHead`. */
      readonly source: 'stream' | 'aof' | 'data';
      /** Of the stream before them: its backlog held them no more. Null where that can't be known. */
      readonly missingBytes: number | null;
    }
  /** What the node had is set aside in this folder of its container. */
  | {
      readonly type: 'setAside';
      readonly topology: string;
      readonly node: string;
      readonly path: string;
    }
  /** A node that could not be told of its role, or would forget it; the run goes on. */
  | { readonly type: 'missing'; readonly node: string; readonly cause: unknown }
  | ({ readonly type: 'note' } & Note);

export type RunEvent = EventOf<Step>;
export type Emit = (event: RunEvent) => void;
