/** A client that reads a counter from replicas, and how old the answers are. */
import type { RedisNode } from '../redis/node.js';
import type { Acknowledged, Staleness } from './staleness.js';

export interface Client {
  /** Tells it from the drill's other clients in the table. */
  readonly name: string;
  readonly rounds: number;
  /** The nodes that it reads from, each round in this order. */
  readonly from: readonly string[];
  /** Who counts up: another client all the while, or this one, once before it reads. */
  readonly writer: 'another' | 'itself';
  /** Replicas that must confirm its write before it reads; a round that they don't is given up. */
  readonly wait?: number;
  /** How long it waits for them. */
  readonly waitMs?: number;
}

export interface Sample extends Staleness {
  readonly node: string;
  readonly value: number;
}

export interface Reads {
  readonly samples: readonly Sample[];
  /** Rounds given up because WAIT fell short. */
  readonly unconfirmed: number;
}

export interface Reader {
  /** What was acknowledged, by this client and those before it. */
  readonly history: Acknowledged;
  readonly clock: () => number;
  readonly signal: AbortSignal;
  /** A connection to the master that nobody else uses. */
  readonly master: RedisNode;
  readonly replicas: readonly RedisNode[];
}

const KEY = 'counter';
const WAIT_MS = 5000;

export async function readAs(client: Client, reader: Reader): Promise<Reads> {
  let over = false;
  const another = async () => {
    while (!over) await countUp(reader);
  };
  const reading = rounds(client, reader).finally(() => {
    over = true;
  });
  const [found] = await Promise.all([reading, client.writer === 'another' ? another() : undefined]);
  return found;
}

async function rounds(client: Client, reader: Reader): Promise<Reads> {
  const samples: Sample[] = [];
  let unconfirmed = 0;
  for (let round = 0; round < client.rounds; round += 1) {
    reader.signal.throwIfAborted();
    if (client.writer === 'itself') await countUp(reader);
    if (await isConfirmed(client, reader)) {
      for (const node of reader.replicas) samples.push(await read(reader, node));
    } else unconfirmed += 1;
  }
  return { samples, unconfirmed };
}

async function countUp({ history, clock, master }: Reader): Promise<void> {
  await master.call('SET', KEY, history.newest + 1);
  history.note(clock());
}

/** On the connection that wrote: WAIT speaks of no other's writes. */
async function isConfirmed({ wait, waitMs = WAIT_MS }: Client, { master }: Reader) {
  return wait === undefined || Number(await master.call('WAIT', wait, waitMs)) >= wait;
}

async function read({ history, clock }: Reader, node: RedisNode): Promise<Sample> {
  const { newest } = history;
  const sentMs = clock();
  const value = Number(await node.call('GET', KEY));
  return { node: node.name, value, ...history.judge(value, newest, sentMs) };
}
