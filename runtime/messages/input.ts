/**
 * The inputs of an actor: an event (a message, an answer, a returned question), a timer that fired,
 * the outcome of an activity.
 */
import type { ActorAddress } from '../ports/address.ts';
import type { UnhandledMessage } from '../ports/dead-letter.ts';
import type { Draft } from '../ports/draft.ts';
import type { ErrorBody } from '../ports/errors.ts';
import type { ActivityOutcome } from '../ports/journal-rows.ts';
import type { Json } from '../ports/json.ts';
import type { Read } from '../ports/store.ts';
import type { TraceContext } from '../ports/tracing.ts';
import type { ReplyAddress } from '../step/effects.ts';
import type { MachineEvent } from '../step/machine-event.ts';
import type { Path } from '../step/path.ts';

/** `done`: committed, or known to be a repetition. `retry`: not committed. */
export type Settlement = 'done' | 'retry';

interface InputBase {
  readonly address: ActorAddress;
  /**
   * From the row of the timer, the activity or the question. The context in the headers of a message
   * goes before.
   */
  readonly trace?: TraceContext;
  readonly settle: (settlement: Settlement) => void;
}

/** An event for one machine of the actor. */
export interface EventInput extends InputBase {
  readonly kind: 'event';
  readonly path: Path;
  readonly event: MachineEvent;
  /** The id of the message in the inbox. Absent: the message is handled at least once. */
  readonly identity?: string;
  /** The digest of the content of a message with an identity (`content-digest.ts`). */
  readonly digest?: string;
  /** Whether the event starts an actor that is not there. */
  readonly starts: boolean;
  /**
   * The message as the input of the machine that it starts. The event is not delivered then.
   * Absent: the machine's input is the actor's key and service, and the event is delivered.
   */
  readonly machineInput?: Json;
  /** `true`: nothing happens when the actor is not there and not started. Else: `not-found`. */
  readonly ignoreIfAbsent: boolean;
  readonly read?: Read;
  readonly replyTo?: ReplyAddress;
  /** The form of a refusal in the answer. */
  readonly refusal?: (error: ErrorBody) => Json;
  /** An answer or a returned question: nothing happens when no state takes it. */
  readonly answer?: boolean;
  /** The correlation id of the question that the event answers. */
  readonly asked?: string;
  /** The number of the child that asked (`AskRow`). */
  readonly asker?: number;
  /** The question was known from a live actor; the journal was not asked. */
  readonly remembered?: boolean;
  /** Gives the message in the form of a dead letter, in case it cannot be handled. */
  readonly unhandled?: () => UnhandledMessage;
}

export interface TimerInput extends InputBase {
  readonly kind: 'timer';
  readonly token: string;
}

export interface ActivityInput extends InputBase {
  readonly kind: 'activity';
  readonly token: string;
  readonly outcome: ActivityOutcome;
}

export type Input = EventInput | TimerInput | ActivityInput;

/** An event on its way to the mailbox of its actor. */
export type RoutedInput = Omit<EventInput, 'settle'>;

/**
 * Posts an input with `settle`. Changes the given object, because a copy would cost every message.
 */
export function posted(
  input: Draft<RoutedInput>,
  post: (input: EventInput) => void,
): Promise<Settlement> {
  return new Promise((settle) => post(Object.assign(input, { settle })));
}
