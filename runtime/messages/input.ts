/** What an actor is given: a message or an answer (`event`), a timer that fired, the outcome of an activity. */
import type { AnyEventObject } from 'xstate';
import type { ActorAddress } from '../ports/address.ts';
import type { UnhandledMessage } from '../ports/dead-letter.ts';
import type { ErrorBody } from '../ports/errors.ts';
import type { Json } from '../ports/json.ts';
import type { Read } from '../ports/store.ts';
import type { ReplyAddress } from '../step/effects.ts';
import type { ActivityOutcome } from '../step/machine-step.ts';
import type { Path } from '../step/path.ts';

export type Settlement = 'done' | 'retry';

interface InputBase {
  readonly address: ActorAddress;
  readonly settle: (settlement: Settlement) => void;
}

/** A message, an answer or a returned question: an event for one machine of the actor. */
export interface EventInput extends InputBase {
  readonly kind: 'event';
  readonly path: Path;
  readonly event: AnyEventObject;
  /** Under which it is remembered; absent: handled at least once. */
  readonly identity?: string;
  /** Starts the actor when it is not there. */
  readonly starts: boolean;
  /** When it is not there and not started: nothing happens, instead of `not-found`. */
  readonly ignoreIfAbsent: boolean;
  readonly read?: Read;
  readonly replyTo?: ReplyAddress;
  readonly refusal?: (error: ErrorBody) => Json;
  /** An answer or a returned question: when nobody waits for it any more, nothing happens. */
  readonly answer?: boolean;
  /** The question it answers, by correlation id. */
  readonly asked?: string;
  /** That question was known without asking the journal. */
  readonly remembered?: boolean;
  /** Gives the raw message, in case it cannot be handled. */
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
