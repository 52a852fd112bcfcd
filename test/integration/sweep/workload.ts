/**
 * What the sweep asks of the two services in one round, and what must be so when the round is over, whoever was killed meanwhile.
 *
 * 1. Everything has an identity of its own, made from the round's name, and is asked or sent until it is answered or taken.
 * 2. Every order is asked for twice under one identity, and both are answered alike.
 * 3. A verdict names what was lost, what was done twice and what is left over.
 */

import type { DeadLetter } from '../../../runtime/ports/dead-letter.ts';
import type { Journal } from '../../../runtime/ports/journal.ts';
import type { HistoryLine } from '../../../runtime/ports/journal-rows.ts';
import type { Json, JsonObject } from '../../../runtime/ports/json.ts';
import type { Destination } from '../../../runtime/step/effects.ts';
import { toBank, toCheckout } from './sweep-services.ts';

/** How the workload reaches the services. All insist: they resolve when there is an answer, or when it is taken. */
export interface Callers extends Operator {
  ask(to: Destination, body: Json, messageId: string): Promise<Json>;
  send(to: Destination, body: Json, messageId: string): Promise<void>;
}

/** Whoever looks after the dead letters. */
export interface Operator {
  /** Id of the dead letter that this message is; resolves when it is one. */
  deadLettered(messageId: string): Promise<string>;
  /** Has it handled again. */
  replay(deadLetterId: string): Promise<void>;
}

/** What a round has left in the journal, the store and the world. */
export interface Traces {
  readonly tally: Readonly<Record<string, number>>;
  /** Name and idempotency key of each effect, as often as it happened. */
  readonly effects: readonly (readonly [name: string, key: string])[];
  readonly history: readonly HistoryLine[];
  readonly deadLetters: readonly Pick<DeadLetter, 'properties'>[];
  readonly counts: Awaited<ReturnType<Journal['counts']>>;
}

export interface Verdict {
  readonly lost: readonly string[];
  readonly doubled: readonly string[];
  readonly stuck: readonly string[];
}

const orders = 4;
const claims = 4;

const ordersOf = (round: string): readonly string[] =>
  Array.from({ length: orders }, (_, n) => `${round}-order${n}`);
const messagesOf = (round: string) => ({
  nonsense: `${round}-nonsense`,
  mislaid: `${round}-mislaid`,
  closing: `${round}-closing`,
});

/** Topics of the lines of history a round leaves. */
export const topicsOf = ordersOf;

/** Asks and sends everything at once; resolves to what was answered otherwise than it should have been. */
export async function playRound(round: string, callers: Callers): Promise<readonly string[]> {
  const { nonsense, mislaid, closing } = messagesOf(round);
  const asked = (action: string, key: string, messageId: string) =>
    callers.ask(toCheckout, { action, data: { key } }, messageId);
  const wrong = await Promise.all([
    ...ordersOf(round).flatMap((key) =>
      [1, 2].map(async () => differs(key, await asked('place', key, key), { sent: key })),
    ),
    claimed(round, callers),
    asked('probe', `${round}-probe`, `${round}-probe`).then((answer) =>
      differs('probe', answer, { nobody: `${round}-probe` }),
    ),
    asked('look', `${round}-order0 never`, `${round}-look`).then((answer) =>
      differs('look', answer, { times: 0 }),
    ),
    asked('gibberish', round, `${round}-gibberish`).then((answer) =>
      refused(answer, 'unknown-action'),
    ),
    redeemed(round, callers),
    callers.send(toCheckout, { action: 'nonsense', data: { key: nonsense } }, nonsense),
    callers.send(toCheckout, { action: 'mislaid', data: { key: mislaid } }, mislaid),
    callers.send(toBank, { action: 'closing', data: { key: closing } }, closing),
  ]);
  return wrong.flatMap((each) => (typeof each === 'string' ? [each] : []));
}

/** Several want one thing at once. */
async function claimed(round: string, { ask }: Callers): Promise<string | undefined> {
  const key = `${round}-claim`;
  const answers = await Promise.all(
    Array.from({ length: claims }, (_, n) =>
      ask(toCheckout, { action: 'claim', data: { key } }, `${key} ${n}`),
    ),
  );
  const winners = answers.filter((answer) => (answer as JsonObject)['claimed'] === true).length;
  const losers = answers.filter((answer) => (answer as JsonObject)['claimed'] === false).length;
  return winners === 1 && losers === claims - 1
    ? undefined
    : `claims were answered ${JSON.stringify(answers)}`;
}

/** A voucher is redeemed before it is issued; once it is, that is handled again. */
async function redeemed(round: string, callers: Callers): Promise<string | undefined> {
  const key = `${round}-voucher`;
  await callers.send(toCheckout, { action: 'redeem', data: { key } }, `${key} redeem`);
  const deadLetter = await callers.deadLettered(`${key} redeem`);
  const issued = await callers.ask(toCheckout, { action: 'issue', data: { key } }, `${key} issue`);
  await callers.replay(deadLetter);
  return differs(key, issued, { issued: true });
}

function differs(what: string, answer: Json, expected: Json): string | undefined {
  return JSON.stringify(answer) === JSON.stringify(expected)
    ? undefined
    : `${what} was answered ${JSON.stringify(answer)}`;
}

function refused(answer: Json, name: string): string | undefined {
  const error = (answer as JsonObject)['error'] as JsonObject | undefined;
  return error?.['name'] === name ? undefined : `gibberish was answered ${JSON.stringify(answer)}`;
}

/** Every name that must stand at one. */
function countedOnce(round: string): readonly string[] {
  const { closing } = messagesOf(round);
  const steps = ordersOf(round).flatMap((key) =>
    ['placed', 'paid', 'sent', 'shipped'].map((step) => `${key} ${step}`),
  );
  return [
    ...steps,
    `${closing} left closing`,
    `${closing} right closing`,
    `${round}-claim claimed`,
    `${round}-voucher redeemed`,
  ];
}

export function verdictOn(
  round: string,
  { tally, effects, history, deadLetters, counts }: Traces,
): Verdict {
  const once = countedOnce(round).map((name) => [name, tally[name] ?? 0] as const);
  const lines = ordersOf(round).map(
    (key) => [`history of ${key}`, history.filter(({ topic }) => topic === key).length] as const,
  );
  const exact = [...once, ...lines];
  const done = ordersOf(round).flatMap((key) => [`${key} pack`, `${key} label`]);
  const keysOf = (name: string) =>
    new Set(effects.filter(([effect]) => effect === name).map(([, key]) => key));
  const { nonsense, mislaid } = messagesOf(round);
  const deadLetterIds = deadLetters.map(({ properties }) => properties.messageId ?? '');
  const strange = deadLetterIds.filter(
    (id) => id !== nonsense && id !== mislaid && id.startsWith(`${round}-`),
  );
  return {
    lost: [
      ...exact.filter(([, times]) => times === 0).map(([name]) => name),
      ...done.filter((name) => keysOf(name).size === 0),
      ...[nonsense, mislaid]
        .filter((id) => !deadLetterIds.includes(id))
        .map((id) => `dead letter ${id}`),
      ...strange.map((id) => `${id} became a dead letter`),
    ],
    doubled: [
      ...exact.filter(([, times]) => times > 1).map(([name, times]) => `${name}: ${times}`),
      ...done
        .filter((name) => keysOf(name).size > 1)
        .map((name) => `${name} under ${keysOf(name).size} keys`),
    ],
    stuck: (['outbox', 'asks', 'timers', 'activities'] as const).flatMap((kind) =>
      counts[kind] > 0 ? [`${counts[kind]} ${kind}`] : [],
    ),
  };
}
