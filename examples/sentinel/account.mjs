/** Pushes numbers until stdin ends, one after the other, and says which were acknowledged and how long none was. */
import { setTimeout as sleep } from 'node:timers/promises';

/** Where the sentinels are, what they call the master, and how addresses that they name are reached from here. */
export const sentinels = process.env.REDIS_SENTINELS.split(',').map((address) => {
  const [host, port] = address.split(':');
  return { host, port: Number(port) };
});
export const name = process.env.REDIS_MASTER_NAME;
export const map = JSON.parse(process.env.REDIS_ADDRESS_MAP ?? 'null') ?? undefined;
export const list = process.argv[2] ?? 'orders';

let isOver = false;
process.stdin.resume().on('end', () => {
  isOver = true;
});

/** @param push (text) => promise of its acknowledgement */
export async function account(push) {
  const acknowledged = [];
  const errors = {};
  await within(10000, push('first'));
  console.log('under way');
  let last = performance.now();
  let gapMs = 0;
  for (let number = 0; !isOver; number += 1) {
    const text = String(number);
    try {
      await within(2000, push(text));
      acknowledged.push(text);
      gapMs = Math.max(gapMs, performance.now() - last);
      last = performance.now();
    } catch (error) {
      errors[error.message] = (errors[error.message] ?? 0) + 1;
    }
    await sleep(5);
  }
  const sinceMs = performance.now() - last;
  const wentOn = sinceMs < 2000;
  console.log(JSON.stringify({ acknowledged, gapMs: Math.max(gapMs, sinceMs), wentOn, errors }));
  process.exit();
}

const within = (ms, promise) =>
  Promise.race([promise, sleep(ms).then(() => Promise.reject(new Error(`no answer in ${ms} ms`)))]);
