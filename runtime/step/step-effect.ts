/** The effects of a step, as data. None has happened yet; the turn commits them. */

import type { Json, JsonObject } from '../ports/json.ts';
import type { ActionEffect, AfterCommit } from './effects.ts';
import type { Family } from './family.ts';
import type { Path } from './path.ts';

/** The time of a step and a new id, for every event and every machine input of the step. */
export type Stamp = {
  /** Milliseconds since the epoch. */
  readonly atMs: number;
  /** A UUIDv7 that is used nowhere else. */
  readonly newId: string;
};

export type StepEffect =
  | ActionEffect
  | AfterCommit
  | {
      readonly kind: 'start-timer';
      readonly path: Path;
      readonly token: string;
      readonly delayMs: number;
    }
  | { readonly kind: 'cancel-timer'; readonly token: string }
  | {
      readonly kind: 'start-activity';
      readonly path: Path;
      readonly token: string;
      readonly machine: string;
      readonly activity: string;
      /** The id under which the activity was invoked or spawned. */
      readonly id: string;
      readonly input: Json | undefined;
    }
  | { readonly kind: 'stop-activity'; readonly token: string }
  /** A child that has asked questions has ended, and its questions end too. */
  | { readonly kind: 'end-asker'; readonly asker: number }
  /**
   * A child machine threw. Its parent gets the error, and the log too, because the error is a bug.
   */
  | {
      readonly kind: 'failure';
      readonly path: Path;
      readonly machine: string;
      readonly error: unknown;
    }
  | { readonly kind: 'emit'; readonly path: Path; readonly event: JsonObject }
  | { readonly kind: 'log'; readonly path: Path; readonly label?: string; readonly value: Json };

export interface StepResult {
  readonly family: Family;
  readonly effects: readonly StepEffect[];
}

/** The result while the step is under way. */
export interface StepDraft {
  readonly effects: StepEffect[];
  readonly life: string;
  tokens: number;
}
