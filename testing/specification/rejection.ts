/** Whether an input was taken, or rejected as a specification says. */
import { type ErrorCode, Refused, UnanimousError } from '../../runtime/ports/errors.ts';
import { fail } from './expectation.ts';
import type { Rejection } from './spec-actor.ts';

/** Fails when an input was rejected although no expectation says so. */
export function expectTaken(rejected: Rejection | undefined): void {
  if (rejected !== undefined) fail(`'${rejected.type}' was not taken: ${reasonOf(rejected.error)}`);
}

/**
 * The step was undone with an error of this code. The sender gets the error, if the sender wants an
 * answer.
 */
export function expectRefused(
  rejected: Rejection | undefined,
  code: ErrorCode,
  pattern: RegExp,
): void {
  if (rejected === undefined) fail(`expected '${code}', but the message was not refused`);
  const { error, type } = rejected;
  if (!(error instanceof UnanimousError) || error.code !== code || !pattern.test(error.message))
    fail(`expected '${type}' to be refused with '${code}' ${pattern}, found ${reasonOf(error)}`);
}

/** The message is a dead letter: its step met a bug, or no sender waits for its refusal. */
export function expectDeadLetter(rejected: Rejection | undefined, pattern: RegExp): void {
  if (rejected === undefined) fail('expected a dead letter, but the message was taken');
  const { error, isAnswered } = rejected;
  if (error instanceof Refused && isAnswered)
    fail(`expected a dead letter, but the sender is answered: ${reasonOf(error)}`);
  if (!pattern.test(String(error)))
    fail(`expected a dead letter with ${pattern}, found ${reasonOf(error)}`);
}

function reasonOf(error: unknown): string {
  return error instanceof UnanimousError ? `'${error.code}' (${error.message})` : String(error);
}
