/** What happened when, in milliseconds since the drill began. */
export interface TimelineEvent {
  readonly atMs: number;
  readonly event: string;
  readonly node: string | null;
}

export class Timeline {
  readonly events: TimelineEvent[] = [];
  readonly #startedAt = performance.now();
  readonly #onEvent: (event: TimelineEvent) => void;

  constructor(onEvent: (event: TimelineEvent) => void = () => {}) {
    this.#onEvent = onEvent;
  }

  readonly clock = (): number => performance.now() - this.#startedAt;

  /** Notes an event at this moment, or at an earlier one that is known. */
  note(event: string, node: string | null = null, atMs = this.clock()): number {
    const entry = { atMs: Math.round(atMs * 10) / 10, event, node };
    this.events.push(entry);
    this.#onEvent(entry);
    return atMs;
  }
}
