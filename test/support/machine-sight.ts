/**
 * What can be seen of a random machine that is run, live or stepped.
 *
 * 1. Both have the same clock: timers due at the same moment fire in the order in which they were asked for.
 * 2. A machine that throws ends its run: live it has failed, stepped it stays as it was and the error comes out (on purpose).
 */
import type { Happening, ThrownSketch } from './machine-sketch.ts';

export type Sight =
  | { readonly threw: true }
  | {
      readonly value: unknown;
      readonly context: unknown;
      readonly status: string;
      readonly output: unknown;
      /** What was said, emitted and logged, in this order. */
      readonly said: readonly string[];
      /** Names of the work under way. */
      readonly works: readonly string[];
    };

export interface MachineRun {
  happen(happening: Happening): Promise<void>;
  see(): Sight;
  readonly spoilt: boolean;
}

export const firesMax = 12;

export function shown({ count }: { count: number }, word: number | string): string {
  return `${word} at ${count}`;
}

/** The piece of work a happening means, whatever the order in which they were begun. */
export function workAt<Work extends { readonly name: string }>(
  works: readonly Work[],
  index: number,
): Work | undefined {
  return [...works].sort((a, b) => (a.name < b.name ? -1 : 1))[index % works.length];
}

/** What a piece of work throws. */
export function thrownBy(name: string, thrown: ThrownSketch = 'text'): unknown {
  if (thrown === 'text') return `${name} fails`;
  if (thrown === 'object') return { status: 503, message: `${name} fails` };
  return Object.assign(new TypeError(`${name} fails`), { code: 'ECONNREFUSED' });
}

/** Whether the error is what an actor was told to fail with; every other error is the machine's, or XState's. */
export function isFailure(error: unknown): boolean {
  return !(error instanceof Error) || error.message.endsWith(' fails');
}
