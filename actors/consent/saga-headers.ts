/**
 * The headers by which a message belongs to a saga, read and written.
 *
 * - A message without the header `consent-saga` comes from an old peer.
 * - `consent-deadline-ms` is the time that remains for the answer, counted from the sending. So no
 *   clocks need to agree.
 */
import type { Headers } from '../../runtime/ports/envelope.ts';

export const protocolVersion = 2;
/** The most services that a question may pass through. */
export const hopsMax = 64;

/** The saga of a message, as the message's headers tell it. */
export type SagaHeaders = {
  readonly saga: string;
  /**
   * Milliseconds that remained for the answer when the message was sent; null: the message does not
   * say.
   */
  readonly deadlineMs: number | null;
  readonly hops: number;
  /** The id that counts when the ages of two sagas are compared; absent: the id of the saga. */
  readonly age?: string;
  /**
   * Of an inquiry: the hops of the questions about its nodes; absent: the inquirer does not tell
   * them.
   */
  readonly questionHops?: number;
  /** The deletion was planned: an `ok` shall list what goes along with the nodes (`engaged`). */
  readonly inventory?: true;
};

/** The number in a header; null where the header is absent or no number. */
export function numberIn(headers: Headers, name: string): number | null {
  const value = headers[name];
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

/** undefined: the message comes from an old peer. */
export function sagaHeaders(headers: Headers): SagaHeaders | undefined {
  const saga = headers['consent-saga'];
  if (typeof saga !== 'string' || saga === '') return undefined;
  const age = headers['consent-age'];
  const questionHops = numberIn(headers, 'consent-question-hops');
  return {
    saga,
    deadlineMs: numberIn(headers, 'consent-deadline-ms'),
    hops: numberIn(headers, 'consent-hops') ?? 0,
    ...(typeof age === 'string' && age !== '' ? { age } : {}),
    ...(questionHops === null ? {} : { questionHops }),
    ...(headers['consent-inventory'] === 1 ? { inventory: true } : {}),
  };
}

/**
 * Key of the voter's actor for the saga of a message. The saga of an old owner is named by its
 * exchange and the node: the `mayDelete` and the `deleting` of an old owner have nothing else in
 * common.
 */
export function sagaKey(headers: Headers, exchange: string, nodeId: string): string {
  return sagaHeaders(headers)?.saga ?? `${exchange}:${nodeId}`;
}

/** The members of the headers of an outgoing message. */
export type QuestionScope = {
  readonly saga: string;
  readonly epoch: number;
  readonly hops: number;
  /** Milliseconds that remain for the vote; null after the decision. */
  readonly deadlineMs: number | null;
  /** As in `SagaHeaders`. */
  readonly age?: string;
  /** As in `SagaHeaders`. */
  readonly questionHops?: number | undefined;
  /** As in `SagaHeaders`. */
  readonly inventory?: boolean;
};

export function consentHeaders({
  saga,
  epoch,
  hops,
  deadlineMs,
  age = saga,
  questionHops,
  inventory = false,
}: QuestionScope): Headers {
  const deadline =
    deadlineMs === null ? {} : { 'consent-deadline-ms': Math.max(0, Math.round(deadlineMs)) };
  return {
    'consent-protocol': protocolVersion,
    'consent-saga': saga,
    'consent-epoch': epoch,
    'consent-hops': hops,
    ...deadline,
    ...(age === saga ? {} : { 'consent-age': age }),
    ...(questionHops === undefined ? {} : { 'consent-question-hops': questionHops }),
    ...(inventory ? { 'consent-inventory': 1 } : {}),
  };
}
