/**
 * Runs the functions that machines have asked to be run after the commit: once, in their order.
 *
 * - Never in the way: an error of a function, also of a promise it returns, is a line in the log.
 *   Nothing waits for a function.
 */
import { type ActorAddress, addressId } from '../ports/address.ts';
import { errorText } from '../ports/errors.ts';
import type { Log } from '../ports/log.ts';
import type { AfterCommit } from '../step/effects.ts';

export function runAfterCommit(
  address: ActorAddress,
  functions: readonly AfterCommit[],
  log: Log,
): void {
  for (const { action, run } of functions) {
    const failed = (error: unknown): void =>
      log('error', 'a function after the commit failed', {
        actor: addressId(address),
        action,
        error: errorText(error),
      });
    try {
      const result = run();
      if (result instanceof Promise) result.catch(failed);
    } catch (error) {
      failed(error);
    }
  }
}
