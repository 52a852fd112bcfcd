/**
 * What becomes of messages that a service cannot handle: the sender gets the error, or the message
 * becomes a dead letter with the reason, or both.
 */
import type { DeadLetter, UnhandledMessage } from '../ports/dead-letter.ts';
import { deadLetterFields } from '../ports/dead-letter.ts';
import type { Draft } from '../ports/draft.ts';
import type { Delivery } from '../ports/envelope.ts';
import { Broken, Refused } from '../ports/errors.ts';
import type { Failpoints } from '../ports/failpoints.ts';
import type { Ids } from '../ports/ids.ts';
import type { Journal } from '../ports/journal.ts';
import type { OutboxRow } from '../ports/journal-rows.ts';
import type { Log } from '../ports/log.ts';
import { type TraceContext, type Tracer, traceContextIn } from '../ports/tracing.ts';
import type { Acknowledgement } from '../ports/transport.ts';
import type { ReplyAddress } from '../step/effects.ts';
import { answerRow, refusalBody } from './answer.ts';
import type { Received } from './received.ts';
import { RefusedInForm } from './routing.ts';
import type { ServiceDefinition } from './service-definition.ts';
import { unhandledMessage } from './unhandled-message.ts';

export interface RefusalsOptions {
  readonly service: ServiceDefinition;
  readonly journal: Pick<Journal, 'addDeadLetter'>;
  readonly ids: Ids;
  readonly now: () => number;
  readonly log: Log;
  /** Undefined: no context of a trace is passed on. */
  readonly tracer?: Tracer | undefined;
  readonly failpoints: Failpoints;
  /** Publishes a message that no turn asks for: an answer of the runtime itself, or a replay. */
  readonly publish: (row: OutboxRow) => Promise<void>;
}

export class Refusals {
  readonly #options: RefusalsOptions;

  constructor(options: RefusalsOptions) {
    this.#options = options;
  }

  /** The message could not be taken, whatever was tried: keeps it as a dead letter. */
  async setAside(delivery: Delivery, error: Error): Promise<Acknowledgement> {
    await this.keepDeadLetter(unhandledMessage(this.#options.service.name, delivery), error);
    return 'done';
  }

  /** Refuses the message. An error that may pass is thrown again: the delivery is tried again. */
  async failed(message: Received, error: unknown): Promise<Acknowledgement> {
    if (!(error instanceof Refused || error instanceof Broken)) throw error;
    return this.#refuse(message, error);
  }

  async #refuse(
    { delivery, info: { replyTo } }: Received,
    error: Refused | Broken,
  ): Promise<Acknowledgement> {
    if (replyTo !== null) await this.#answer(replyTo, error, this.#traceOf(delivery));
    if (replyTo === null || error instanceof Broken) {
      const { name } = this.#options.service;
      await this.keepDeadLetter(unhandledMessage(name, delivery), error);
    }
    return 'done';
  }

  #traceOf({ properties }: Delivery): TraceContext | undefined {
    return this.#options.tracer && traceContextIn(properties.headers);
  }

  async #answer(
    replyTo: ReplyAddress,
    error: Refused | Broken,
    trace: TraceContext | undefined,
  ): Promise<void> {
    const { service, ids, now, failpoints, publish } = this.#options;
    const form = error instanceof RefusedInForm ? error.form : undefined;
    const address = { service: service.name, machine: '', key: replyTo.messageId };
    const answerer = { id: ids.next(), atMs: now(), address };
    failpoints.reach('refusal.before-publish');
    await publish(answerRow(answerer, replyTo, refusalBody(error, form), trace));
    failpoints.reach('refusal.published');
  }

  async keepDeadLetter(message: UnhandledMessage, error: Error): Promise<void> {
    const { ids, now, failpoints, journal, log } = this.#options;
    const deadLetter: Draft<DeadLetter> = {
      ...message,
      id: ids.next(),
      reason: error.message,
      atMs: now(),
    };
    if (error instanceof Broken && error.cause instanceof Error && error.cause.stack !== undefined)
      deadLetter.stack = error.cause.stack;
    failpoints.reach('dead-letter.before-add');
    await journal.addDeadLetter(deadLetter);
    failpoints.reach('dead-letter.added');
    log('warn', 'a message is a dead letter', deadLetterFields(deadLetter));
  }
}
