/**
 * How a turn tells that an input has failed: a refusal for the sender who waits for an answer, else a
 * dead letter; the log, where neither is possible.
 */
import { refusalBody } from '../messages/answer.ts';
import { base64Json } from '../messages/codec.ts';
import type { ActivityInput, EventInput, Input, TimerInput } from '../messages/input.ts';
import { addressId } from '../ports/address.ts';
import type { UnhandledMessage } from '../ports/dead-letter.ts';
import { Broken, errorBody, errorText, Refused } from '../ports/errors.ts';
import { identityBelow } from '../ports/identity.ts';
import type { Log } from '../ports/log.ts';
import { traceField, traceIdOf } from '../ports/tracing.ts';
import type { TurnDraft } from './turn-draft.ts';

/** Tells of the failed inputs of one turn. */
export class TurnFailures {
  readonly #actor: string;
  readonly #log: Log;
  readonly #draft: TurnDraft;
  #unnoted = false;

  /** @param actor its address, for the log */
  constructor(actor: string, log: Log, draft: TurnDraft) {
    this.#actor = actor;
    this.#log = log;
    this.#draft = draft;
  }

  /** Whether a message has failed that is not in the inbox of the commit. */
  get unnoted(): boolean {
    return this.#unnoted;
  }

  /**
   * Refuses a message under the id of another one. The inbox keeps the first message under the id,
   * with its answer; so this refusal is recorded nowhere.
   */
  refuseReusedId(input: EventInput): Refused {
    const error = new Refused(
      'message-id-reused',
      `another message came under the id ${JSON.stringify(input.identity)} before; a resend has the same action and data, and each new message an id of its own`,
    );
    const { replyTo } = input;
    const message = replyTo === undefined ? unhandled(input) : undefined;
    if (replyTo !== undefined) this.#draft.answerOnly(replyTo, refusalBody(error, input.refusal));
    if (message !== undefined) this.#draft.addDeadLetter(message, error);
    return error;
  }

  /**
   * Tells of a machine that failed over an input. The input was handled and stays handled; the
   * failure is a bug, and a dead letter tells the operator.
   */
  report(input: Input, problem: string, error: unknown): void {
    const reason = errorText(error);
    this.#log('error', problem, { actor: this.#actor, error: reason, ...this.#traceField });
    const message = unhandled(input);
    if (message !== undefined) this.#draft.addDeadLetter(message, error, `${problem}: ${reason}`);
  }

  /** Tells of an input whose step was not taken. */
  fail(input: Input, error: unknown): void {
    const isAnswered = input.kind === 'event' && this.#refuse(input, error);
    if (isAnswered) return;
    const message = unhandled(input);
    if (message !== undefined) this.#draft.addDeadLetter(message, error);
    else if (!(error instanceof Refused))
      this.#log('error', 'a step failed', {
        actor: this.#actor,
        error: errorText(error),
        ...this.#traceField,
      });
  }

  get #traceField(): { readonly trace?: string } {
    const { trace } = this.#draft.messages;
    return traceField(trace && traceIdOf(trace));
  }

  /**
   * Answers the sender, if the sender wants an answer. True when that settles the message: a
   * refusal that is answered is recorded. A message that becomes a dead letter is forgotten by the
   * inbox, because it may be handled again by better code.
   */
  #refuse(input: EventInput, error: unknown): boolean {
    const recorded = error instanceof Refused;
    const settles = recorded && input.replyTo !== undefined;
    if (!settles && this.#draft.forget(input)) this.#unnoted = true;
    if (input.replyTo !== undefined) {
      const body = refusalBody(error, input.refusal);
      this.#draft.reply({ to: input.replyTo, body, recorded });
    }
    return settles;
  }
}

/** The input in the form of a dead letter; undefined for an event that has none. */
function unhandled(input: Input): UnhandledMessage | undefined {
  if (input.kind === 'event') return input.unhandled?.();
  const { settle: _settle, ...content } = input;
  const messageId = identityBelow(addressId(input.address), input.token);
  return {
    service: input.address.service,
    kind: input.kind,
    queue: '',
    exchange: '',
    routingKey: '',
    properties: { type: input.kind, messageId, persistent: true },
    body: storedContent(content),
  };
}

/**
 * A result that is no JSON cannot be stored. Its dead letter keeps the error instead, which the
 * machine gets when an operator replays the dead letter.
 */
function storedContent(
  content: Omit<TimerInput, 'settle'> | Omit<ActivityInput, 'settle'>,
): string {
  try {
    return base64Json(content);
  } catch (cause) {
    const error = errorBody(new Broken('broken', `the result is no JSON: ${errorText(cause)}`));
    return base64Json({ ...content, outcome: { error } });
  }
}
