/**
 * A BullMQ worker, its jobs and their results in one Redis (it wants 6.2 or newer; `--image redis:7.0`). Each job is
 * a number; `acknowledged` are those that `add` has accepted, `missing` those of them that no worker was given.
 */
import { Queue, Worker } from 'bullmq';
import { account } from './account.mjs';

const { hostname, port, username, password } = new URL(process.env.REDIS_URL);
const connection = {
  host: hostname,
  port: Number(port),
  username: decodeURIComponent(username) || undefined,
  password: decodeURIComponent(password) || undefined,
  // Workers wait for jobs as long as it takes.
  maxRetriesPerRequest: null,
};
const done = [];
const queue = new Queue('orders', { connection }).on('error', () => {});
const worker = new Worker('orders', async (job) => void done.push(job.data), {
  connection,
  // A job whose end could not be told is given out again when its lock is over.
  lockDuration: 2000,
  stalledInterval: 1000,
});
worker.on('error', () => {});

await account(
  (text) => queue.add('order', text),
  async () => {
    const isIdle = async () => (await queue.getJobCountByTypes('waiting', 'active')) === 0;
    while (!(await isIdle())) await new Promise((resolve) => setTimeout(resolve, 50));
    return done;
  },
);
