/** Counts which messages were handled within the batch of their sender, and why the others were not. */

export const messageShapes = ['question', 'answer', 'message', 'several'] as const;
/** `several`: a message for several actors. */
export type MessageShape = (typeof messageShapes)[number];

export const fates = [
  'fused',
  /** Fused too: the step has read what the chain has written, in an open commit. */
  'fused-reading',
  /** The transport does not know the queues, or no queue takes the message. */
  'no-route',
  /** Other messages wait in a queue, or nobody consumes from the queue. */
  'not-free',
  /** A queue is consumed elsewhere, or the intake cannot take the message at once. */
  'not-here',
  /** An earlier message of the sender to the queue is carried. */
  'behind-earlier',
  /** A receiver has other work. */
  'busy',
  /** The message needs an open commit, and other actors of the process have work. */
  'others-work',
  /** A step was not taken: the step fails, or its read must see writes that are not committed. */
  'refused',
  /** The batch has made the most steps that it may make for messages within it. */
  'budget',
] as const;
export type Fate = (typeof fates)[number];

export class FusedCounts {
  readonly #counts = new Map<string, number>();
  /** Batches with fused messages that could not be committed, and were done again without. */
  redone = 0;

  add(shape: MessageShape, fate: Fate): void {
    this.#add(`${shape} ${fate}`, 1);
  }

  addAll({ all, redone }: FusedCounts): void {
    for (const [name, count] of Object.entries(all)) this.#add(name, count);
    this.redone += redone;
  }

  #add(name: string, count: number): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + count);
  }

  of(shape: MessageShape, fate: Fate): number {
    return this.#counts.get(`${shape} ${fate}`) ?? 0;
  }

  /** Messages of all shapes. */
  total(fate: Fate): number {
    return messageShapes.reduce((sum, shape) => sum + this.of(shape, fate), 0);
  }

  /** By shape and fate. */
  get all(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#counts].sort());
  }
}
