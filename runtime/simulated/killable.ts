/**
 * Ports of a process that can be killed while the rest of the program goes on.
 *
 * Invariants:
 * - Dead at the next port: once the process has ended, no promise that it waits for settles, and no
 *   timer calls it. It stops at the next `await` of a port, as a killed process does. A call made
 *   before the end may still happen, or not.
 * - Only ports end: code between two ports runs on to the next port. So does the inside of an
 *   activity.
 */
import type { Clock } from '../ports/clock.ts';

/** Shared by all ports of one process; set `ended` to kill it. */
export interface ProcessState {
  ended: boolean;
}

/**
 * `port` as the process sees it. All methods of `port` must return promises, except those that
 * `atOnce` names: they give nothing after the end.
 */
export function killable<Port extends object>(
  port: Port,
  state: ProcessState,
  atOnce: readonly (keyof Port)[] = [],
): Port {
  const methods = new Map<string | symbol, (...args: unknown[]) => Promise<unknown>>();
  return new Proxy(port, {
    get(target, name) {
      const known = methods.get(name);
      if (known !== undefined) return known;
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      if (atOnce.some((each) => each === name))
        return (...args: unknown[]) => (state.ended ? undefined : member.apply(target, args));
      const method = (...args: unknown[]): Promise<unknown> =>
        whileRunning(state, () => member.apply(target, args));
      methods.set(name, method);
      return method;
    },
  });
}

export function killableClock(clock: Clock, state: ProcessState): Clock {
  return {
    now: () => clock.now(),
    after: (delayMs, callback) =>
      clock.after(delayMs, () => {
        if (!state.ended) callback();
      }),
  };
}

function whileRunning<T>(state: ProcessState, call: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    if (state.ended) return;
    call().then(
      (value) => {
        if (!state.ended) resolve(value);
      },
      (error) => {
        if (!state.ended) reject(error);
      },
    );
  });
}
