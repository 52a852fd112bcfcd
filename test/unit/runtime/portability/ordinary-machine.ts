/** An ordinary machine of XState and what happens to it, for a live run and a hosted one. */
import type { AnyStateMachine } from 'xstate';

/** An event, time that passes, or the end of all promises that can end. */
export type Happening =
  | { readonly type: string; readonly [member: string]: unknown }
  | { readonly ms: number };

export interface OrdinaryMachine {
  readonly name: string;
  /** Made anew for each run. `say` is for actions that are plain functions. */
  readonly machine: (say: (text: string) => void) => AnyStateMachine;
  readonly input?: Readonly<Record<string, unknown>>;
  readonly happenings: readonly Happening[];
}

/** The machine with what can be seen of it. */
export interface Sight {
  readonly value: unknown;
  readonly context: unknown;
  readonly status: string;
  readonly output: unknown;
  readonly said: readonly string[];
}

/** Microtasks in which a promise without a timer is settled. */
export async function promisesSettled(): Promise<void> {
  for (let tick = 0; tick < 20; tick += 1) await null;
}

export function asJson(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}
