/**
 * A batch of turns as the arguments of `commit_traced_turns` (`commit-function.ts`): one list of
 * rows per kind of change, each as one JSON text.
 *
 * Invariants:
 * - Row keys are the names of the columns, and the lists are in the order of `commitLists`.
 * - Turns are sorted by address, so two batches lock the actors that they share in the same order.
 * - An actor that is no longer active has no asks: its asks of this turn are left out, and its
 *   earlier asks are deleted.
 * - Rows that nearly every turn has are written key by key (`draft.ts` says why).
 */
import { type ActorAddress, addressId } from '../ports/address.ts';
import type {
  ActivityRow,
  AskRow,
  GivenAnswer,
  HistoryLine,
  InboxEntry,
  OutboxRow,
  TimerRow,
  TurnCommit,
} from '../ports/journal-rows.ts';
import { type CommitList, commitLists } from './commit-function.ts';
import { deadLetterRows } from './dead-letter-rows.ts';
import { encodeDocument } from './documents.ts';

type Row = Readonly<Record<string, unknown>>;

/** Null for an empty list. */
type Document = string | null;

export function commitArguments(
  instance: string,
  turns: readonly TurnCommit[],
  confirmed: readonly string[],
): readonly (string | number | null)[] {
  const sorted = turns.length === 1 ? turns : sortedByAddress(turns);
  const created = sorted.filter((turn) => turn.expectedVersion === 0 && turn.record !== null);
  const updated = sorted.filter((turn) => turn.expectedVersion > 0 && turn.record !== null);
  const removed = sorted.filter((turn) => turn.expectedVersion > 0 && turn.record === null);
  const absent = sorted.filter((turn) => turn.expectedVersion === 0 && turn.record === null);
  const active = sorted.filter((turn) => turn.record?.status === 'active');
  const finished = sorted.filter(
    (turn) => turn.record?.status !== 'active' && turn.expectedVersion > 0,
  );
  const lists: Readonly<Record<CommitList, Document>> = {
    created: rows(created, (turn) => [recordRow(turn)]),
    updated: rows(updated, (turn) => [recordRow(turn)]),
    removed: rows(removed, (turn) => [recordRow(turn)]),
    absent: rows(absent, (turn) => [actor(turn.address)]),
    inbox: rows(sorted, (turn) => turn.inbox.map((entry) => inboxRow(turn, entry))),
    inbox_repeated: rows(sorted, repeatedRows),
    answers: rows(sorted, (turn) => turn.answers.map((given) => answerRow(turn, given))),
    outbox: rows(sorted, (turn) => turn.outbox.map(outboxRow)),
    asks: rows(active, (turn) => turn.asks.map(askRow)),
    asks_answered: rows(active, answeredRows),
    askers_ended: rows(active, askerRows),
    finished: rows(finished, (turn) => [actor(turn.address)]),
    timers: rows(sorted, (turn) => turn.timers.map(timerRow)),
    timers_ended: rows(sorted, (turn) => tokenRows(turn.address, turn.timersEnded)),
    activities: rows(sorted, (turn) => turn.activities.map(activityRow)),
    activities_ended: rows(sorted, (turn) => tokenRows(turn.address, turn.activitiesEnded)),
    history: rows(sorted, (turn) => turn.history.map(historyRow)),
    dead_letters: document(deadLetterRows(sorted.flatMap((turn) => turn.deadLetters))),
    confirmed: document(confirmed),
  };
  const expected = created.length + updated.length + removed.length;
  return [instance, expected, ...commitLists.map((name) => lists[name])];
}

function sortedByAddress(turns: readonly TurnCommit[]): TurnCommit[] {
  const keyed = turns.map((turn) => ({ turn, id: addressId(turn.address) }));
  return keyed.sort((a, b) => (a.id < b.id ? -1 : 1)).map(({ turn }) => turn);
}

function rows(
  turns: readonly TurnCommit[],
  rowsOf: (turn: TurnCommit) => readonly Row[],
): Document {
  return document(turns.flatMap(rowsOf));
}

function document(list: readonly unknown[]): Document {
  return list.length === 0 ? null : encodeDocument(list);
}

function actor({ service, machine, key }: ActorAddress): Row {
  return { service, machine, key };
}

function recordRow({
  address: { service, machine, key },
  expectedVersion,
  record,
  atMs,
}: TurnCommit): Row {
  return {
    service,
    machine,
    key,
    at_ms: atMs,
    version: expectedVersion,
    machine_version: record?.machineVersion,
    status: record?.status,
    family: record?.family,
  };
}

function inboxRow(
  { address: { service, machine, key }, atMs }: TurnCommit,
  { messageId, digest, answer }: InboxEntry,
): Row {
  return {
    service,
    machine,
    key,
    at_ms: atMs,
    message_id: messageId,
    digest,
    answered: answer !== undefined,
    answer,
  };
}

function answerRow({ address }: TurnCommit, { messageId, answer }: GivenAnswer): Row {
  return { ...actor(address), message_id: messageId, answer };
}

function outboxRow(row: OutboxRow): Row {
  const { service, machine, key } = row.address;
  const { exchange, routingKey, mandatory, properties, body, correlationId, orStraightToQueue } =
    row;
  const message = {
    exchange,
    routingKey,
    mandatory,
    properties,
    body,
    correlationId,
    orStraightToQueue,
  } satisfies Record<Exclude<keyof OutboxRow, 'id' | 'address'>, unknown>;
  return { id: row.id, service, machine, key, message };
}

function askRow(ask: AskRow): Row {
  const { service, machine, key } = ask.address;
  return { correlation_id: ask.correlationId, service, machine, key, asker: ask.asker, ask };
}

function askerRows({ address, askersEnded }: TurnCommit): Row[] {
  return askersEnded.map((asker) => ({ ...actor(address), asker }));
}

function activityRow({ address, token, attempt, notBeforeMs, ...activity }: ActivityRow): Row {
  return { ...actor(address), token, attempt, not_before_ms: notBeforeMs, activity };
}

function repeatedRows({ address, atMs, repeated }: TurnCommit): Row[] {
  return repeated.map((messageId) => ({
    ...actor(address),
    at_ms: atMs,
    message_id: messageId,
  }));
}

function answeredRows({ atMs, answered }: TurnCommit): Row[] {
  return answered.map((correlationId) => ({ correlation_id: correlationId, at_ms: atMs }));
}

function timerRow({ address, token, dueAtMs, trace }: TimerRow): Row {
  return { ...actor(address), token, due_at_ms: dueAtMs, trace };
}

function tokenRows(address: ActorAddress, tokens: readonly string[]): Row[] {
  return tokens.map((token) => ({ ...actor(address), token }));
}

function historyRow(entry: HistoryLine): Row {
  return { id: entry.id, topic: entry.topic, at_ms: entry.atMs, entry };
}
