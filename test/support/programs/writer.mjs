/**
 * Writes a key after the other until the time given (ms) is over, and says which were acknowledged.
 * `node writer.mjs MS [EXIT [CUTS]]`; a second after so many cuts of its connection it ends earlier.
 */
import { Redis } from 'ioredis';

const [ms = '3000', exit = '0', cuts = 'Infinity'] = process.argv.slice(2);
const redis = new Redis(process.env.REDIS_URL, {
  protocol: 2,
  maxRetriesPerRequest: null,
  autoResendUnfulfilledCommands: false,
});
let errors = 0;
redis.on('error', () => {});
await redis.ping();
console.log('under way');
let end = performance.now() + Number(ms);
let left = Number(cuts);
redis.on('close', () => {
  left -= 1;
  if (left === 0) end = Math.min(end, performance.now() + 1000);
});
const acknowledged = [];
for (let number = 0; performance.now() < end; number += 1) {
  const overdue = new Promise((resolve) => setTimeout(resolve, 500, 'overdue'));
  const answer = await Promise.race([redis.set(`key:${number}`, '1'), overdue]).catch(() => {
    errors += 1;
  });
  if (answer === 'OK') acknowledged.push(number);
}
console.log(JSON.stringify({ acknowledged, errors }));
process.exit(Number(exit));
