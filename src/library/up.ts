/** How a program comes to a topology, or to a drill's report: `src/index.ts` says what of it is public. */
import { randomBytes } from 'node:crypto';
import type { Drill } from '../drills/drill.js';
import type { DrillReport } from '../drills/drill-report.js';
import { drill as playDrills } from '../operations/drill.js';
import { chooseEngine } from '../operations/engine.js';
import type { Engine } from '../operations/operation.js';
import { status } from '../operations/status.js';
import * as operations from '../operations/up.js';
import { loadInput } from '../topology/input.js';
import type { Wish } from '../topology/load.js';
import type { AttachOptions, DrillOptions, UpOptions } from './calls.js';
import { optionProblems, refuseWrong } from './check.js';
import { lookInTime } from './in-time.js';
import { surroundings, type Topology, topologyOf } from './topology.js';

/** Should the program end without disposing, `rrepl prune` removes what is left. */
const EXPIRY = '1h';

/**
 * Brings a topology up and waits until every replica is in sync.
 *
 * Without a `name` it gets one of its own. What this call makes expires after an hour, unless
 * `ttl` says otherwise, and is removed with its data when the topology is disposed of. One that
 * was there before, or whose volumes were, is brought to what is wished, and never removed.
 *
 * Of two calls with the same name at the same time the second waits for the first, and finds its
 * topology there.
 *
 * @throws InvalidTopologyError with all that is wrong with the input; nothing was done then
 * @throws EngineError if the engine can't be reached, or refuses
 * @throws DeadlineError if it is not up after 60 s, or `timeoutMs`; what was created is removed
 */
export async function up(input: UpOptions = {}): Promise<Topology> {
  const problems = optionProblems('up', input);
  const { host, retain, signal, timeoutMs, onEvent, salvageTo, ...wished } = input;
  const name = wished.name ?? `temp-${randomBytes(4).toString('hex')}`;
  const said = await loadInput({ ...wished, name }, surroundings(), problems);
  const expiring = await loadInput({ ttl: EXPIRY, ...wished, name }, surroundings());
  const { wish, wasThere } = byWhatIsThere({ fresh: expiring, there: said });
  const engine = engineFor(host);
  const options = { signal, timeoutMs, onEvent, salvageTo };
  const { status } = await operations.up(engine, { wish, retain, showSecrets: true }, options);
  return topologyOf(engine, status, !wasThere());
}

/** Decided where nobody else changes the topology: another program may bring it up just now. */
function byWhatIsThere({ fresh, there }: { readonly fresh: Wish; readonly there: Wish }) {
  let found: boolean | null = null;
  const wish: Wish = {
    ...fresh,
    resolve: (present) => {
      // Asked again, it would find what this call has made.
      found ??= present !== null;
      return (found ? there : fresh).resolve(present);
    },
  };
  return { wish, wasThere: () => found };
}

/**
 * A topology that is there, by name. Disposing of it leaves it.
 * @throws UsageError if there is none of this name
 */
export async function attach(name: string, options: AttachOptions = {}): Promise<Topology> {
  refuseWrong('attach', options, { name });
  const engine = engineFor(options.host);
  const seen = await lookInTime('attach', options, (its) =>
    status(engine, { topology: name, showSecrets: true }, its),
  );
  return topologyOf(engine, seen, false);
}

/**
 * Plays a drill of `defineDrill`, each act on a fresh topology that is removed after it. A claim
 * that doesn't hold is a verdict of the report, no error. `timeoutMs` is for each act, 180 s
 * unless it is said.
 * @throws InvalidTopologyError with what is wrong with the acts' topologies, before any is made
 */
export async function runDrill(drill: Drill, options: DrillOptions = {}): Promise<DrillReport> {
  refuseWrong('runDrill', options, { drill });
  const { host, image, ...rest } = options;
  const { drills } = await playDrills(engineFor(host), { drills: [drill], image }, rest);
  return drills[0] as DrillReport;
}

const engineFor = (host: string | undefined): Engine =>
  chooseEngine({ host, env: process.env, caller: 'a program that uses rrepl' });
