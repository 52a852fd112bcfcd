/**
 * The incidents of a situation: all inputs that the actor may get next.
 *
 * Invariants:
 * - Timers fire in any order, as timers may after a long stop of the process. The time moves on to
 *   the time at which the timer was due, and never back.
 */
import { answerInput, unroutableInput } from '../../runtime/messages/ask-input.ts';
import type { Input } from '../../runtime/messages/input.ts';
import type { ActorAddress } from '../../runtime/ports/address.ts';
import { type ErrorBody, Refused, type UnanimousError } from '../../runtime/ports/errors.ts';
import type { AskRow } from '../../runtime/ports/journal-rows.ts';
import type { Member } from '../../runtime/step/family.ts';
import { rootInput, settle } from '../turns/turn-inputs.ts';
import { type Alphabet, IncompleteAlphabet, outcomesOf } from './alphabet.ts';
import type { Situation } from './explored-situation.ts';

/** One input that an actor may get. */
export interface Incident {
  /** The line of the incident in a trace. */
  readonly name: string;
  readonly atMs: number;
  readonly input: Input;
  /** The error with which a store refuses a write of this input. */
  readonly writeError?: UnanimousError;
}

/** The events of the alphabet, whether or not a state takes them. */
export function messages(
  { events = [] }: Alphabet,
  address: ActorAddress,
  { atMs }: Situation,
): readonly Incident[] {
  return events.map((event) => ({ name: event.type, atMs, input: rootInput(address, event) }));
}

const answerInfo = {
  identity: null,
  from: null,
  user: null,
  headers: {},
  queue: 'explored',
  exchange: 'explored',
  routingKey: 'explored',
  replyTo: null,
};

/** Every answer of the alphabet to an open question, and that the question reaches nobody. */
export function answers({ rows, atMs }: Situation, alphabet: Alphabet): readonly Incident[] {
  return openQuestions(rows.asks).flatMap((row) => {
    const bodies = alphabet.answers?.[row.event];
    if (bodies === undefined)
      throw new IncompleteAlphabet(`the alphabet does not say how '${row.event}' is answered`);
    const asked = { row, remembered: false };
    const inputs = [
      ...bodies.map((body) => answerInput(asked, body, answerInfo)),
      unroutableInput(asked),
    ];
    return inputs.map((input, index) => ({
      name: `${input.event.type} ${JSON.stringify(bodies[index] ?? null)}`,
      atMs,
      input: { ...input, settle },
    }));
  });
}

/**
 * Questions of a machine with the same event and `about` count as a single question: the latest.
 */
function openQuestions(asks: readonly AskRow[]): readonly AskRow[] {
  const questions = new Map<string, AskRow>();
  for (const row of asks) {
    const { path, event, about = null } = row;
    questions.set(JSON.stringify([path, event, about]), row);
  }
  return [...questions.values()];
}

/** Timers that fire and activities that end, of a machine and the machines below it. */
export function ownIncidents(
  member: Member,
  address: ActorAddress,
  situation: Situation,
  alphabet: Alphabet,
): readonly Incident[] {
  const { rows, atMs } = situation;
  const dueAtMs = new Map(rows.timers.map((timer) => [timer.token, timer.dueAtMs]));
  const timers = member.timers.values().map(({ token, event }): Incident => {
    return {
      name: `timer ${event.type}`,
      atMs: Math.max(atMs, dueAtMs.get(token) ?? atMs),
      input: { kind: 'timer', address, token, settle },
    };
  });
  const activities = member.activities.values().flatMap(({ token, kind }) =>
    outcomesOf(alphabet, kind).map((outcome): Incident => {
      const end = 'error' in outcome ? 'fails' : 'done';
      const name = `${kind} ${end} ${JSON.stringify(outcome)}`;
      return { name, atMs, input: { kind: 'activity', address, token, outcome, settle } };
    }),
  );
  const below = member.children
    .values()
    .flatMap((child) => ownIncidents(child, address, situation, alphabet));
  return [...timers, ...activities, ...below];
}

/** The same input, whose write a store has refused. */
export function refusedWrite(
  { name, atMs, input }: Incident,
  { name: code, message, at }: ErrorBody,
): Incident {
  const writeError = new Refused(code, message, at === undefined ? {} : { at });
  return { name: `${name}, its write refused: ${code}`, atMs, input, writeError };
}
