/** What a command may touch of the world around it; tests give their own. */
import type { Engine } from './operations/operation.js';

export interface Streams {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

export interface AtOnce {
  /** Aborts right before the process exits: what listens does its last, and nothing is waited for. */
  readonly signal: AbortSignal;
  /** What is left then, and what can be done about it. */
  left: string;
}

export interface Context extends Streams {
  /** A message whose commands name the topology, the file, the folder and the engine as was typed. */
  typedAgain(text: string): string;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** Aborts with an `InterruptedError` when the user or the system asks rrepl to stop. */
  readonly signal: AbortSignal;
  /** How a person who asks a second time ends it. */
  readonly atOnce: AtOnce;
  /** The folder that salvaged writes go to where no flag says another. */
  readonly salvageTo: string;
  /** The engine that `--host` names, or else the environment. */
  engine(host: string | undefined): Engine;
}
