/** What the tests of the step share: definitions, steps with a fixed stamp, and the JSON round trip before each of them. */

import type { AnyEventObject, AnyStateMachine } from 'xstate';
import type { ActivityOutcome } from '../../../../runtime/ports/journal-rows.ts';
import type { Json, JsonObject } from '../../../../runtime/ports/json.ts';
import { publish } from '../../../../runtime/step/effects.ts';
import type { Family } from '../../../../runtime/step/family.ts';
import { restoreFamily, storeFamily } from '../../../../runtime/step/family-record.ts';
import {
  defineMachine,
  type MachineDefinition,
} from '../../../../runtime/step/machine-definition.ts';
import {
  startFamily,
  stepActivity,
  stepFamily,
  stepTimer,
} from '../../../../runtime/step/machine-step.ts';
import type { Path } from '../../../../runtime/step/path.ts';
import type { StepEffect, StepResult } from '../../../../runtime/step/step-effect.ts';

export const stamp = { atMs: 1_000, newId: 'new-1' };

/** An action that says a word: the first part of its params, else its name. */
export const say = (word: string) =>
  publish(() => ({ exchange: 'x', routingKey: 'k', action: word }));

/** A family and what its last step led to; each step goes through JSON. */
export class Life {
  readonly definition: MachineDefinition;
  readonly family: Family;
  readonly effects: readonly StepEffect[];

  constructor(definition: MachineDefinition, result: StepResult) {
    this.definition = definition;
    this.family = result.family;
    this.effects = result.effects;
  }

  /** Takes any machine: its exact type says more than a step needs to know. */
  static of(machine: object, input: JsonObject = {}): Life {
    const definition = defineMachine(machine as AnyStateMachine);
    return new Life(definition, startFamily(definition, input, stamp));
  }

  get revived(): Family {
    return restoreFamily(
      this.definition,
      JSON.parse(JSON.stringify(storeFamily(this.family))) as Json,
    );
  }

  on(event: AnyEventObject | string, path: Path = []): Life {
    return new Life(
      this.definition,
      stepFamily(this.revived, path, typeof event === 'string' ? { type: event } : event, stamp),
    );
  }

  /** undefined: stale. */
  fires(token: string): Life | undefined {
    const result = stepTimer(this.revived, token, stamp);
    return result && new Life(this.definition, result);
  }

  ends(token: string, outcome: ActivityOutcome): Life | undefined {
    const result = stepActivity(this.revived, token, outcome, stamp);
    return result && new Life(this.definition, result);
  }

  get state(): unknown {
    return this.family.root.snapshot.value;
  }

  get status(): string {
    return this.family.root.snapshot.status;
  }

  get context(): JsonObject {
    return this.family.root.snapshot.context as JsonObject;
  }

  get said(): readonly string[] {
    return this.effects.flatMap((effect) =>
      effect.kind === 'publish' ? [effect.message.action] : [],
    );
  }

  tokens(
    kind: 'start-timer' | 'cancel-timer' | 'start-activity' | 'stop-activity',
  ): readonly string[] {
    return this.effects.flatMap((effect) => (effect.kind === kind ? [effect.token] : []));
  }

  /** The only token of this kind in the last step. */
  token(kind: Parameters<Life['tokens']>[0]): string {
    const [token, ...more] = this.tokens(kind);
    if (token === undefined || more.length > 0)
      throw new Error(`expected one ${kind}, found ${more.length + (token === undefined ? 0 : 1)}`);
    return token;
  }
}

/** The life after something that must not be stale. */
export function alive(life: Life | undefined): Life {
  if (life === undefined) throw new Error('it was stale');
  return life;
}
