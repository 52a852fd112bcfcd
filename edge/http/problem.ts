/**
 * Errors as HTTP clients get them: problem details (RFC 9457), made from the errors of messages.
 *
 * - same-codes: the status is the code of the error; an error with a place in the message is 422
 *   instead of 400, with the place as a pointer into the body of the request.
 * - no-internals: an unknown error is 500 with a fixed text; its message and stack go to the log.
 */
import { STATUS_CODES } from 'node:http';
import { isJsonObject } from '../../config/json.ts';
import { errorBody, UnanimousError } from '../../runtime/ports/errors.ts';
import type { Json, JsonObject } from '../../runtime/ports/json.ts';

export const problemType = 'application/problem+json';
/** Content types of the bodies of requests. */
export const bodyTypes = ['application/json', 'text/json'] as const;

/** The body of an answer that says no. Further members are those of the error of the message. */
export type Problem = {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly [member: string]: Json | undefined;
};

export class ProblemError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.problem = problem;
  }
}

/** Headers by status. A request that met a state that passes may come again after a second. */
const headers: Readonly<Record<number, Readonly<Record<string, string>>>> = {
  401: { 'www-authenticate': 'Bearer' },
  415: { accept: bodyTypes.join(', ') },
  423: { 'retry-after': '1' },
  503: { 'retry-after': '1' },
};

export function problemHeaders({ status }: Problem): Readonly<Record<string, string>> {
  return headers[status] ?? {};
}

/** A problem that HTTP finds itself. */
export function plainProblem(status: number, detail: string): Problem {
  return { type: 'about:blank', title: titleOf(status), status, detail };
}

/** A member of the request that does not fit. */
export function misplaced(pointer: string, detail: string): ProblemError {
  return new ProblemError({ ...plainProblem(422, detail), errors: [{ pointer, detail }] });
}

/** The problem of the error of an answer. */
export function answeredProblem({ code, name, message, at, ...extra }: JsonObject): Problem {
  const place = placeOf(at);
  const status = place !== undefined && code === 400 ? 422 : statusOf(code);
  const detail = inRequest(String(message), at, place);
  return {
    type: `urn:unanimous:error:${String(name)}`,
    title: titleOf(status),
    status,
    detail,
    ...extra,
    ...(place === undefined ? named(at) : { errors: [{ pointer: place, detail }] }),
  };
}

/** The pointer into the data; undefined for a place that is a name. */
function placeOf(at: Json | undefined): string | undefined {
  if (typeof at !== 'string' || !/^(\/|$)/.test(at)) return undefined;
  return at.replace(/^\/data(?=\/|$)/, '');
}

/** An error that begins with places in the message begins with the places in the request. */
function inRequest(message: string, at: Json | undefined, place: string | undefined): string {
  const isPlaced = place !== undefined && typeof at === 'string' && at !== place;
  if (!isPlaced || !message.startsWith(`${at} `)) return message;
  const first = `${place === '' ? '/' : place}${message.slice(at.length)}`;
  return first.replaceAll(/; \/data(\/[^ ]*)? /g, (_text, path = '/') => `; ${path} `);
}

function named(at: Json | undefined): JsonObject {
  return at === undefined ? {} : { at };
}

/** The problem of an error that was thrown; undefined for an error that only the log may tell. */
export function thrownProblem(error: unknown): Problem | undefined {
  if (error instanceof ProblemError) return error.problem;
  if (error instanceof UnanimousError) return answeredProblem(withoutEmptyPlace(error));
  return clientProblem(error);
}

function withoutEmptyPlace(error: UnanimousError): JsonObject {
  const { at, ...body } = errorBody(error);
  return at === undefined || at === '' ? body : { ...body, at };
}

/** An error that Fastify found in the request. */
function clientProblem(error: unknown): Problem | undefined {
  if (!(error instanceof Error) || !('statusCode' in error)) return undefined;
  const { statusCode, message } = error;
  if (typeof statusCode !== 'number' || statusCode < 400 || statusCode >= 500) return undefined;
  const allowed = statusCode === 415 ? `; allowed is a body of ${bodyTypes.join(' or ')}` : '';
  return plainProblem(statusCode, `${message}${allowed}`);
}

/** The error in an answer, if the answer has one. */
export function errorIn(answer: Json): JsonObject | undefined {
  const error = isJsonObject(answer) ? answer['error'] : undefined;
  return isJsonObject(error) ? error : undefined;
}

function statusOf(code: Json | undefined): number {
  return typeof code === 'number' && titleOf(code) !== '' && code >= 400 ? code : 500;
}

function titleOf(status: number): string {
  return STATUS_CODES[status] ?? '';
}
