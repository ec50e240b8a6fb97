/**
 * The floor: `node bare-up.mjs PROJECT IMAGE REPLICAS PORT` brings the same topology up as
 * `rrepl up` does, with the engine calls that this needs, at once where that is possible,
 * and nothing else: it looks at nothing beforehand, checks nothing and undoes nothing.
 * Prints how many milliseconds loading dockerode took.
 */
import { Bare, hasOnline, isInSync, loadingMs, until } from './bare.mjs';
import { nodeNames, redisConf, SERVER } from './subjects.mjs';

process.stdout.write(String(loadingMs));

const [project, image, replicas, firstPort] = process.argv.slice(2);
const bare = new Bare(project, image);

const nodes = await Promise.all(
  nodeNames(replicas).map(async (name, index) => ({
    ...SERVER,
    name,
    container: `${project}-${name}`,
    port: Number(firstPort) + index,
    conf: await redisConf(name),
  })),
);
const [master, ...others] = nodes;
const networks = bare.createNetworks();
const masterReady = bare.create(master, networks).then(() => bare.start(master));
await Promise.all([masterReady, ...others.map(bringUpReplica)]);
await until(() => hasOnline(master, others.length));

async function bringUpReplica(node) {
  await Promise.all([bare.create(node, networks), masterReady]);
  await bare.start(node);
  await until(() => isInSync(node));
}
