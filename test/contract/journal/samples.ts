/** Actors, rows and turns the contract is written with. */
import type { ActorAddress } from '../../../runtime/ports/address.ts';
import type { DeadLetter } from '../../../runtime/ports/dead-letter.ts';
import type {
  ActivityRow,
  ActorRecord,
  AskRow,
  HistoryLine,
  OutboxRow,
  TimerRow,
  TurnCommit,
} from '../../../runtime/ports/journal-rows.ts';
import type { Json } from '../../../runtime/ports/json.ts';
import { add } from './ledger-store.ts';

export const anActor: ActorAddress = { service: 'objects', machine: 'delete-saga', key: 'saga-1' };
export const nobody = { outbox: 0, asks: 0, timers: 0, activities: 0, history: 0, deadLetters: 0 };

export function actor(key: string, service = 'objects'): ActorAddress {
  return { service, machine: 'delete-saga', key };
}

export function record(family: Json, status: ActorRecord['status'] = 'active'): ActorRecord {
  return { machineVersion: 3, status, family };
}

/** A turn that only stores a record, and whatever else is given. */
export function turn(parts: Partial<TurnCommit> = {}): TurnCommit {
  return {
    address: anActor,
    atMs: 1_000,
    expectedVersion: 0,
    record: record({ value: 'asking' }),
    inbox: [],
    repeated: [],
    answers: [],
    outbox: [],
    asks: [],
    answered: [],
    askersEnded: [],
    timers: [],
    timersEnded: [],
    activities: [],
    activitiesEnded: [],
    history: [],
    deadLetters: [],
    writes: [],
    ...parts,
  };
}

export function message(id: string, address = anActor): OutboxRow {
  return {
    id,
    address,
    exchange: 'objects',
    routingKey: 'tags_model_crud',
    mandatory: true,
    properties: {
      messageId: id,
      type: 'mayDelete',
      persistent: true,
      headers: { ballot: 1, tags: ['a', null] },
    },
    body: { action: 'mayDelete', data: { id: 'section' } },
    orStraightToQueue: true,
    correlationId: `question-${id}`,
  };
}

/** Messages as a removal publishes them; a long run of them is stored in packs. */
export function facts(count: number, address = actor('a')): readonly OutboxRow[] {
  return Array.from({ length: count }, (_, at): OutboxRow => {
    const id = `f${String(at).padStart(3, '0')}`;
    return {
      id,
      address,
      exchange: 'objects',
      routingKey: `key of ${id}`,
      mandatory: false,
      properties: { messageId: `of ${id}`, persistent: true, headers: { saga: 'T', n: 1.5 } },
      body: { action: 'deleted', data: { id, text: '\u0000' } },
    };
  });
}

export function ask(correlationId: string, address = anActor): AskRow {
  return { correlationId, address, path: ['ballot'], event: 'vote', about: { voter: 'tags' } };
}

export function timer(token: string, dueAtMs: number, address = anActor): TimerRow {
  return { address, token, dueAtMs };
}

export function activity(token: string, address = anActor): ActivityRow {
  return {
    address,
    token,
    path: [],
    machine: 'delete-saga',
    kind: 'remove-file',
    id: 'removal',
    input: { url: 'file:///a' },
    attempt: 0,
    notBeforeMs: 1_000,
  };
}

export function line(id: string, atMs: number, topic = 'saga-1'): HistoryLine {
  return { id, topic, address: anActor, atMs, line: { what: `line ${id}` } };
}

export function deadLetter(id: string, atMs: number, service = 'objects'): DeadLetter {
  return {
    id,
    service,
    kind: 'message',
    reason: 'unknown action',
    stack: 'Error\n  at x',
    queue: 'objects_consume',
    exchange: 'objects',
    routingKey: 'k',
    properties: { persistent: false, messageId: `message of ${id}` },
    body: 'eyJhIjoxfQ==',
    atMs,
  };
}

/** One of everything a turn can ask for. */
export function everything(): TurnCommit {
  return turn({
    inbox: [{ digest: 'd', messageId: 'm1', answer: { agreed: true } }],
    outbox: [message('o1')],
    asks: [ask('c1')],
    timers: [timer('t1', 5_000)],
    activities: [activity('a1')],
    history: [line('h1', 10)],
    deadLetters: [deadLetter('d1', 10)],
    writes: [add('first'), add('second')],
  });
}
