/**
 * A batch of turns as the arguments of `commit_turns`: one list of rows a table, each as one JSON text.
 *
 * 1. Rows are named as the columns are; the order of the arguments is that of the function.
 * 2. Turns are sorted by address, so two batches that meet lock the actors they share in the same order.
 * 3. An actor that is no longer active has no asks: what it asked in this turn is left out, what it asked before goes.
 * 4. Rows that nearly every turn has are written key by key (`draft.ts` says why).
 */
import { type ActorAddress, addressId } from '../ports/address.ts';
import type { AskRow, InboxEntry, OutboxRow, TurnCommit } from '../ports/journal-rows.ts';
import { deadLetterRows } from './dead-letter-rows.ts';
import { encodeDocument } from './documents.ts';

type Row = Readonly<Record<string, unknown>>;

/** `null` in place of an empty list: the function passes over that table. */
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
  return [
    instance,
    created.length + updated.length + removed.length,
    rows(created, (turn) => [recordRow(turn)]),
    rows(updated, (turn) => [recordRow(turn)]),
    rows(removed, (turn) => [recordRow(turn)]),
    rows(absent, (turn) => [actor(turn.address)]),
    rows(sorted, (turn) => turn.inbox.map((entry) => inboxRow(turn, entry))),
    rows(sorted, (turn) =>
      turn.repeated.map((messageId) => ({
        ...actor(turn.address),
        at_ms: turn.atMs,
        message_id: messageId,
      })),
    ),
    rows(sorted, (turn) => turn.answers.map((entry) => inboxRow(turn, entry))),
    rows(sorted, (turn) => turn.outbox.map(outboxRow)),
    rows(active, (turn) => turn.asks.map(askRow)),
    rows(active, (turn) =>
      turn.answered.map((correlationId) => ({ correlation_id: correlationId, at_ms: turn.atMs })),
    ),
    rows(finished, (turn) => [actor(turn.address)]),
    rows(sorted, (turn) =>
      turn.timers.map((timer) => ({
        ...actor(timer.address),
        token: timer.token,
        due_at_ms: timer.dueAtMs,
      })),
    ),
    rows(sorted, (turn) => turn.timersEnded.map((token) => ({ ...actor(turn.address), token }))),
    rows(sorted, activityRows),
    rows(sorted, (turn) =>
      turn.activitiesEnded.map((token) => ({ ...actor(turn.address), token })),
    ),
    rows(sorted, (turn) =>
      turn.history.map((entry) => ({ id: entry.id, topic: entry.topic, at_ms: entry.atMs, entry })),
    ),
    deadLetters(sorted),
    confirmed.length === 0 ? null : encodeDocument(confirmed),
  ];
}

function sortedByAddress(turns: readonly TurnCommit[]): TurnCommit[] {
  const keyed = turns.map((turn) => ({ turn, id: addressId(turn.address) }));
  return keyed.sort((a, b) => (a.id < b.id ? -1 : 1)).map(({ turn }) => turn);
}

function rows(
  turns: readonly TurnCommit[],
  rowsOf: (turn: TurnCommit) => readonly Row[],
): Document {
  const found = turns.flatMap(rowsOf);
  return found.length === 0 ? null : encodeDocument(found);
}

function deadLetters(turns: readonly TurnCommit[]): Document {
  const added = turns.flatMap((turn) => turn.deadLetters);
  return added.length === 0 ? null : encodeDocument(deadLetterRows(added));
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
  { messageId, answer }: InboxEntry,
): Row {
  return {
    service,
    machine,
    key,
    at_ms: atMs,
    message_id: messageId,
    answered: answer !== undefined,
    answer,
  };
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
  return { correlation_id: ask.correlationId, service, machine, key, ask };
}

function activityRows(turn: TurnCommit): Row[] {
  return turn.activities.map(({ address, token, attempt, notBeforeMs, ...activity }) => ({
    ...actor(address),
    token,
    attempt,
    not_before_ms: notBeforeMs,
    activity,
  }));
}
