/**
 * The ports of a process that can be killed while the rest of the program lives on.
 *
 * 1. Once its life is over no promise it waits for settles any more and no timer calls it: it stops at the next `await` of a port, as a
 *    killed process does. What it had asked for before may still happen, or not.
 * 2. Only the ports end. What runs between two of them runs on to the next, and so does the inside of an activity.
 */
import type { Clock } from '../ports/clock.ts';

export interface Life {
  ended: boolean;
}

/** `port` as the process sees it; its methods must return promises. */
export function mortal<Port extends object>(port: Port, life: Life): Port {
  const methods = new Map<string | symbol, (...args: unknown[]) => Promise<unknown>>();
  return new Proxy(port, {
    get(target, name) {
      const known = methods.get(name);
      if (known !== undefined) return known;
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      const method = (...args: unknown[]): Promise<unknown> =>
        whileAlive(life, () => member.apply(target, args));
      methods.set(name, method);
      return method;
    },
  });
}

export function mortalClock(clock: Clock, life: Life): Clock {
  return {
    now: () => clock.now(),
    after: (delayMs, callback) =>
      clock.after(delayMs, () => {
        if (!life.ended) callback();
      }),
  };
}

function whileAlive<T>(life: Life, call: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    if (life.ended) return;
    call().then(
      (value) => {
        if (!life.ended) resolve(value);
      },
      (error) => {
        if (!life.ended) reject(error);
      },
    );
  });
}
