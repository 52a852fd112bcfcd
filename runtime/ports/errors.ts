/**
 * The errors of the runtime. The class of an error says what the runtime does with it, and every
 * error has a stable code from the list below.
 */
import { redactText } from '../../config/redact.ts';
import type { Json } from './json.ts';

/** All codes with their HTTP-like status. A code is never reused for another meaning. */
export const errorCodes = {
  'bad-message': 400,
  'unknown-action': 400,
  'unknown-key': 400,
  'bad-key': 400,
  'body-too-large': 413,
  'answer-too-large': 413,
  'bad-answer': 502,
  'not-permitted': 403,
  'not-found': 404,
  'wrong-class': 409,
  'name-taken': 409,
  'in-use': 409,
  refused: 409,
  'plan-changed': 409,
  'message-id-reused': 409,
  gone: 410,
  frozen: 423,
  'version-changed': 412,
  'version-conflict': 409,
  'expectation-failed': 409,
  'write-failed': 500,
  'timed-out': 504,
  'not-reachable': 503,
  'not-supported': 501,
  broken: 500,
  'not-json': 500,
  'machine-invalid': 500,
  'machine-version-unknown': 500,
  'machine-migration-failed': 500,
  'config-invalid': 500,
  'journal-locked': 503,
  'transport-lost': 503,
} as const;

/** One of `errorCodes`. */
export type ErrorCode = keyof typeof errorCodes;

interface ErrorDetails {
  /** The place in the input: a JSON pointer or a name. */
  readonly at?: string;
  readonly cause?: unknown;
}

/** The common base. Throw a subclass. */
export class UnanimousError extends Error {
  readonly code: ErrorCode;
  readonly at: string | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, { cause: details.cause });
    this.name = new.target.name;
    this.code = code;
    this.at = details.at;
  }

  get status(): number {
    return errorCodes[this.code];
  }
}

/** A domain answer: the sender gets it as a reply. Never retried. */
export class Refused extends UnanimousError {}

/** A failure that may pass, such as a lost connection: retried with back-off. */
export class Transient extends UnanimousError {}

/** A bug or corrupt data: the message becomes a dead letter, and an error is logged. */
export class Broken extends UnanimousError {}

/** Data changed since the turn read it: the turn is rolled back and done again with new reads. */
export class Conflict extends UnanimousError {}

/** The form in which an error crosses a boundary. */
export type ErrorBody = {
  readonly code: number;
  readonly name: ErrorCode;
  readonly message: string;
  readonly at?: string;
  readonly [key: string]: Json | undefined;
};

/**
 * Any error in the form of an answer. An error of any other class becomes `broken` (500) with its
 * message.
 */
export function errorBody(error: unknown): ErrorBody {
  if (error instanceof UnanimousError) {
    return {
      code: error.status,
      name: error.code,
      message: publicText(error),
      ...(error.at === undefined ? {} : { at: error.at }),
    };
  }
  return { code: 500, name: 'broken', message: publicText(error) };
}

/**
 * The text of an error for a sender. A refusal repeats what the sender has said. Any other error may
 * have the text of a driver in it, with the address of a server.
 */
function publicText(error: unknown): string {
  const text = errorText(error).toWellFormed();
  return error instanceof Refused ? text : redactText(text);
}

/**
 * The message of an error, and the text of any other thrown value. Never throws, although a thrown
 * value may have no prototype, getters that throw or a revoked proxy.
 */
export function errorText(thrown: unknown): string {
  try {
    if (thrown instanceof Error) return String(thrown.message || thrown.name);
    const text = typeof thrown === 'object' ? JSON.stringify(thrown) : undefined;
    return text ?? String(thrown);
  } catch {
    return `an error that cannot be shown (${typeof thrown})`;
  }
}

/**
 * A thrown value as an error whose members can be read. User code may throw anything. Code that
 * catches a value of user code passes on the result of this function, so that no later `instanceof`
 * or read of a member can throw.
 */
export function errorOf(thrown: unknown): Error {
  try {
    if (thrown instanceof Error && areStrings([thrown.name, thrown.message, thrown.stack ?? '']))
      return thrown;
  } catch {
    // A member of the thrown value cannot be read; its text says so.
  }
  return new Error(errorText(thrown));
}

function areStrings(members: readonly unknown[]): boolean {
  return members.every((member) => typeof member === 'string');
}
