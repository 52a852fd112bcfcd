/** Whether a message that was not taken was rejected as a specification says. */

import { type ErrorCode, Refused, UnanimousError } from '../../runtime/ports/errors.ts';
import type { ReplyAddress } from '../../runtime/step/effects.ts';
import { fail } from './expectation.ts';
import type { Rejection } from './spec-actor.ts';

/** A message was not taken, and nobody has said that it should not be. */
export function expectTaken(rejected: Rejection | undefined): void {
  if (rejected !== undefined)
    fail(`'${rejected.event.type}' was not taken: ${reasonOf(rejected.error)}`);
}

/** The step was undone with an error of this code; the sender is told. */
export function expectRefused(
  rejected: Rejection | undefined,
  code: ErrorCode,
  pattern: RegExp,
): void {
  if (rejected === undefined) fail(`expected '${code}', but the message was not refused`);
  const { error, event } = rejected;
  if (!(error instanceof UnanimousError) || error.code !== code || !pattern.test(error.message))
    fail(
      `expected '${event.type}' to be refused with '${code}' ${pattern}, found ${reasonOf(error)}`,
    );
}

/** The message would be found among the dead letters: a bug, or a refusal nobody waits for. */
export function expectDeadLetter(rejected: Rejection | undefined, pattern: RegExp): void {
  if (rejected === undefined) fail('expected a dead letter, but the message was taken');
  const { error, event } = rejected;
  if (error instanceof Refused && replyToOf(event) !== null)
    fail(`expected a dead letter, but the sender is answered: ${reasonOf(error)}`);
  if (!pattern.test(String(error)))
    fail(`expected a dead letter with ${pattern}, found ${reasonOf(error)}`);
}

function replyToOf(event: object): ReplyAddress | null {
  const { $ } = event as { $?: { message?: { replyTo?: ReplyAddress | null } | null } };
  return $?.message?.replyTo ?? null;
}

function reasonOf(error: unknown): string {
  return error instanceof UnanimousError ? `'${error.code}' (${error.message})` : String(error);
}
