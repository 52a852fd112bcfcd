/** The steps of a specification's actor: from the words of a test to the inputs of turns. */
import { isDeepStrictEqual } from 'node:util';
import { answerInput, unroutableInput } from '../../runtime/messages/ask-input.ts';
import type { RoutedInput } from '../../runtime/messages/input.ts';
import type { ActivityOutcome } from '../../runtime/ports/journal-rows.ts';
import type { Json } from '../../runtime/ports/json.ts';
import type { Ask } from '../../runtime/step/effects.ts';
import type { Path } from '../../runtime/step/path.ts';
import { eventInput, rootInput, settle } from '../turns/turn-inputs.ts';
import { asJson, fail, partLike, shown } from './expectation.ts';
import { type AskedQuestion, type SpecActor, settled, stepped } from './spec-actor.ts';
import { answerInfo, type SpecEvent } from './spec-messages.ts';

/** An event arrives at the root machine. An actor that has ended is started again. */
export function delivered(actor: SpecActor, event: SpecEvent): SpecActor {
  return stepped(actor, { ...rootInput(actor.address, event), starts: true });
}

/** An event arrives at a child. Nothing happens when the child is absent or rejects the event. */
export function told(actor: SpecActor, path: Path, event: SpecEvent): SpecActor {
  const input = eventInput(actor.address, path, event);
  return stepped(actor, { ...input, ignoreIfAbsent: true, answer: true });
}

/** An input that a route made arrives. */
export function routedStep(actor: SpecActor, input: RoutedInput): SpecActor {
  return stepped(actor, { ...input, settle });
}

export function hasAsked({ asked }: SpecActor, wanted: Partial<Ask>): boolean {
  return asked.some(({ question }) => isLike(question, wanted));
}

/** The answer to a question arrives. */
export function answered(actor: SpecActor, wanted: Partial<Ask>, body: Json): SpecActor {
  const { row } = findAsked(actor, wanted);
  return answerStep(actor, answerInput({ row, remembered: false }, body, answerInfo));
}

/** A question comes back: it reaches nobody. */
export function returned(actor: SpecActor, wanted: Partial<Ask>): SpecActor {
  const { row } = findAsked(actor, wanted);
  return answerStep(actor, unroutableInput({ row, remembered: false }));
}

/** An answer to a question that is no longer open changes nothing. */
function answerStep(actor: SpecActor, input: RoutedInput): SpecActor {
  const isOpen = actor.rows.asks.some(({ correlationId }) => correlationId === input.asked);
  const closed = isOpen || input.asked === undefined ? [] : [input.asked];
  return stepped(actor, { ...input, settle }, new Set(closed));
}

function findAsked({ asked }: SpecActor, wanted: Partial<Ask>): AskedQuestion {
  const questions = asked.map(({ question }) => question);
  return (
    asked.findLast(({ question }) => isLike(question, wanted)) ??
    fail(`nobody asked ${shown(wanted)}; asked were ${shown(questions)}`)
  );
}

function isLike(question: Ask, wanted: Partial<Ask>): boolean {
  return isDeepStrictEqual(asJson(partLike(question, wanted)), asJson(wanted));
}

export function isRunning({ rows }: SpecActor, name: string): boolean {
  return rows.activities.some(({ kind }) => kind === name);
}

/** A running activity ends. */
export function activityEnded(actor: SpecActor, name: string, outcome: ActivityOutcome): SpecActor {
  const { address, rows } = actor;
  const running = rows.activities.find(({ kind }) => kind === name);
  if (running === undefined) {
    const names = rows.activities.map(({ kind }) => kind);
    return fail(`the activity '${name}' is not running; running are ${shown(names)}`);
  }
  return stepped(actor, { kind: 'activity', address, token: running.token, outcome, settle });
}

/** Time passes. Due timers fire in their order, up to the first rejected step. */
export function timePassed(actor: SpecActor, untilMs: number): SpecActor {
  let passed = settled(actor);
  const { before } = passed;
  for (;;) {
    const next = passed.rows.timers.toSorted((a, b) => a.dueAtMs - b.dueAtMs)[0];
    if (next === undefined || next.dueAtMs > untilMs || passed.rejected !== undefined) break;
    const { address, effects, stopped } = passed;
    const fired = stepped(
      { ...passed, nowMs: next.dueAtMs },
      { kind: 'timer', address, token: next.token, settle },
    );
    passed = {
      ...fired,
      before,
      effects: [...effects, ...fired.effects],
      stopped: [...stopped, ...fired.stopped],
    };
  }
  return { ...passed, nowMs: untilMs };
}
