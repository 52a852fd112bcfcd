/**
 * From a delivery of a reply queue to the mailbox of the actor that asked, and from a question that
 * came back to the mailbox of its asker.
 *
 * Invariants:
 * - Answers: an answer is addressed by its correlation id. An answer to a question that nobody
 *   waits for is dropped. An answer that cannot be read reaches the asker as an error, and becomes
 *   a dead letter. With `trust` an answer of a user that may not give the answer becomes a dead
 *   letter, and the asker waits on.
 */
import type { Draft } from '../ports/draft.ts';
import type { Delivery } from '../ports/envelope.ts';
import { Refused } from '../ports/errors.ts';
import type { Failpoints } from '../ports/failpoints.ts';
import { identityBelow } from '../ports/identity.ts';
import type { Journal } from '../ports/journal.ts';
import type { AskRow, OutboxRow } from '../ports/journal-rows.ts';
import type { Json } from '../ports/json.ts';
import type { Log } from '../ports/log.ts';
import type { Acknowledgement } from '../ports/transport.ts';
import { refusalBody } from './answer.ts';
import { AskFinder } from './ask-finder.ts';
import { answerInput, type OpenQuestion, unroutableInput } from './ask-input.ts';
import { type BodyLimits, decodeBody } from './codec.ts';
import { contentDigest } from './content-digest.ts';
import { type EventInput, posted, type RoutedInput } from './input.ts';
import { answerIdentity } from './message-identity.ts';
import { unroutableMessage } from './outgoing-dead-letter.ts';
import { messageInfo, type Received } from './received.ts';
import type { Refusals } from './refusals.ts';
import type { ServiceDefinition } from './service-definition.ts';
import { foreignAnswer } from './trust.ts';
import { unhandledMessage } from './unhandled-message.ts';
import { answerLimits, unreadableAnswer } from './unreadable-answer.ts';

export interface AnswerIntakeOptions {
  readonly service: ServiceDefinition;
  readonly journal: Pick<Journal, 'findAsks'>;
  readonly log: Log;
  readonly failpoints: Failpoints;
  readonly post: (input: EventInput) => void;
  /** Finds questions of this process's ephemeral machines, which no journal stores. */
  readonly ephemeralAsks: (correlationIds: readonly string[]) => Promise<readonly AskRow[]>;
  /** Finds a question of an actor that is live in this process. */
  readonly remembered: (correlationId: string) => AskRow | undefined;
}

export interface AnswerIntakePorts {
  readonly refusals: Refusals;
  readonly received: (delivery: Delivery, body: Json) => Received;
}

export class AnswerIntake {
  readonly #options: AnswerIntakeOptions;
  readonly #ports: AnswerIntakePorts;
  readonly #asks: AskFinder;
  readonly #limits: BodyLimits;
  /** Answers whose questions are being looked up. */
  #lookUps = 0;

  constructor(options: AnswerIntakeOptions, ports: AnswerIntakePorts) {
    this.#options = options;
    this.#ports = ports;
    this.#limits = answerLimits(options.service.config.limits);
    this.#asks = new AskFinder(options.journal);
  }

  get isLookingUp(): boolean {
    return this.#lookUps > 0;
  }

  handle(delivery: Delivery): Promise<Acknowledgement> {
    let message: Received | undefined;
    try {
      const body = decodeBody(delivery, this.#limits);
      message = this.#ports.received(delivery, body);
      return this.#takeAnswer(message, body);
    } catch (error) {
      return this.#unreadable(message ?? this.#ports.received(delivery, {}), error);
    }
  }

  /** The asker gets an error at once, because nothing better comes for its question. */
  async #unreadable(message: Received, error: unknown): Promise<Acknowledgement> {
    const { refusals } = this.#ports;
    if (!(error instanceof Refused)) return refusals.failed(message, error);
    await refusals.keepDeadLetter(
      unhandledMessage(this.#options.service.name, message.delivery),
      error,
    );
    return this.#takeAnswer(message, refusalBody(unreadableAnswer(error, message.info.from)));
  }

  #takeAnswer(message: Received, body: Json): Promise<Acknowledgement> {
    const { correlationId } = message.delivery.properties;
    const row = correlationId === undefined ? undefined : this.#options.remembered(correlationId);
    if (row !== undefined) return this.#takeAnswerTo({ row, remembered: true }, message, body);
    return this.#takeUnknownAnswer(message, body).catch((error: unknown) =>
      this.#ports.refusals.failed(message, error),
    );
  }

  async #takeUnknownAnswer(message: Received, body: Json): Promise<Acknowledgement> {
    const { correlationId } = message.delivery.properties;
    const question = correlationId === undefined ? undefined : await this.#lookUp(correlationId);
    if (question !== undefined) return this.#takeAnswerTo(question, message, body);
    this.#options.log('debug', 'nobody waits for an answer that came', {
      correlationId: correlationId ?? null,
    });
    return 'done';
  }

  #takeAnswerTo(
    question: OpenQuestion,
    { delivery, info }: Received,
    body: Json,
  ): Promise<Acknowledgement> {
    const { failpoints, service, post } = this.#options;
    failpoints.reach('answer.found');
    const foreign = foreignAnswer(service.config.trust, question.row, info, body);
    if (foreign !== undefined) return this.#ports.refusals.setAside(delivery, foreign);
    return posted(this.#answerInput(question, { delivery, info }, body), post);
  }

  #answerInput(
    question: OpenQuestion,
    { delivery, info }: Received,
    body: Json,
  ): Draft<RoutedInput> {
    const { name } = this.#options.service;
    const input = answerInput(question, body, messageInfo(delivery, null, null));
    if (info.identity !== null)
      input.identity = answerIdentity(info.identity, contentDigest(input.event.type, body));
    input.unhandled = () => unhandledMessage(name, delivery);
    return input;
  }

  /**
   * The input that `handle` would post for this delivery. `asked` finds a question that is not
   * committed yet. Undefined: nobody waits for the answer, or `handle` would refuse it. Throws for an
   * answer that cannot be read.
   */
  local(
    delivery: Delivery,
    asked: (correlationId: string) => AskRow | undefined,
  ): readonly RoutedInput[] | undefined {
    const { correlationId = '' } = delivery.properties;
    const own = asked(correlationId);
    const row = own ?? this.#options.remembered(correlationId);
    if (row === undefined) return undefined;
    const body = decodeBody(delivery, this.#limits);
    const message = this.#ports.received(delivery, body);
    const { trust } = this.#options.service.config;
    if (foreignAnswer(trust, row, message.info, body) !== undefined) return undefined;
    return [this.#answerInput({ row, remembered: own === undefined }, message, body)];
  }

  async #lookUp(correlationId: string): Promise<OpenQuestion | undefined> {
    this.#lookUps += 1;
    try {
      return await this.#findAsk(correlationId);
    } finally {
      this.#lookUps -= 1;
    }
  }

  async #findAsk(correlationId: string): Promise<OpenQuestion | undefined> {
    const live = this.#options.remembered(correlationId);
    if (live !== undefined) return { row: live, remembered: true };
    const [ephemeral] = await this.#options.ephemeralAsks([correlationId]);
    const row = ephemeral ?? (await this.#asks.find(correlationId));
    return row && { row, remembered: false };
  }

  /** A question came back: no queue takes it. False when that could not be committed. */
  async unroutable(row: OutboxRow): Promise<boolean> {
    const question = await this.#findAsk(row.correlationId ?? '');
    if (question === undefined) return true;
    const identity = identityBelow(row.properties.messageId ?? row.id, 'unroutable');
    const input = unroutableInput(question);
    input.identity = identity;
    input.unhandled = () => unroutableMessage(row, identity);
    return (await posted(input, this.#options.post)) === 'done';
  }
}
