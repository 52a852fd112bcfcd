/**
 * The events of a run, derived from commits alone: from writes, messages and history lines, not
 * from the states of machines.
 *
 * 1. One pass over each commit. The invariants need no look at earlier commits.
 */

import { readAnswers } from '../../../actors/consent/answers.ts';
import {
  keyOf,
  type MemoryLedgerTables,
} from '../../../actors/consent/ledger/memory/memory-ledger-tables.ts';
import { type LedgerWrites, ledgerStoreName } from '../../../actors/consent/ledger/store.ts';
import { idList, type NodesData } from '../../../actors/consent/node-ids.ts';
import { verbOf } from '../../../actors/consent/verbs.ts';
import type { MemoryTables } from '../../../actors/hierarchy/memory/memory-tables.ts';
import { hierarchyStoreName } from '../../../actors/hierarchy/store.ts';
import { addressId } from '../../../runtime/ports/address.ts';
import type { HistoryLine, OutboxRow, TurnCommit } from '../../../runtime/ports/journal-rows.ts';
import type { Json, JsonObject } from '../../../runtime/ports/json.ts';
import type { Write } from '../../../runtime/ports/store.ts';
import type { ContractEvent } from './contract-book.ts';
import { contractsName, contractsTable } from './contracts.ts';
import { idOnWire } from './id-on-wire.ts';
import { dependencesOf, listOf } from './lists.ts';
import type { OrderEvent } from './order-book.ts';
import { addTo, newStory, type SagaStory } from './saga-story.ts';
import { sentIn } from './sent.ts';

/**
 * A service's statement that all dependants of these nodes have agreed: at the root of a saga
 * (`decided`), or below the root (`agreed`).
 */
export interface Agreement {
  readonly what: 'decided' | 'agreed';
  readonly story: SagaStory;
  readonly service: string;
  readonly nodeIds: readonly string[];
  /** The subscribers of each node at that moment; the commit may hold later changes. */
  readonly lists: ReadonlyMap<string, readonly string[]>;
  /** The promises that are fulfilled in the same commit, by `keyOf`: a chain commits both at once. */
  readonly fulfilled: ReadonlySet<string>;
}

/** An event that an invariant checks at its moment. */
export type Event =
  | Agreement
  | ContractEvent
  | OrderEvent
  | {
      readonly what: 'ended';
      readonly story: SagaStory;
      readonly service: string;
      readonly role: string;
      readonly nodeIds: readonly string[];
    }
  | {
      readonly what: 'called off';
      readonly story: SagaStory;
      readonly service: string;
      readonly role: string;
    }
  | {
      readonly what: 'added';
      readonly service: string;
      readonly nodeId: string;
      /** New dependences of the node. */
      readonly dependsOn: readonly string[];
    }
  | {
      readonly what: 'removed';
      readonly story: SagaStory;
      readonly service: string;
      readonly nodeId: string;
      readonly owner: string | null;
    }
  | {
      readonly what: 'voted';
      readonly story: SagaStory;
      readonly question: string;
      readonly answer: string;
      readonly before: string | undefined;
    }
  | {
      readonly what: 'announced' | 'taken back';
      readonly story: SagaStory;
      readonly service: string;
      readonly nodeId: string;
    };

const questionId = /^(.+)\/([^/]+)\/(mayDelete|mayUpdate)\/([^/]+)$/;

export class Chronicle {
  readonly sagas = new Map<string, SagaStory>();
  /** The state of every living actor. */
  readonly states = new Map<
    string,
    { readonly service: string; readonly machine: string; readonly state: string }
  >();
  /** Identities of committed messages. */
  readonly committed = new Set<string>();
  /** Ids of handled messages and dead letters, as they are on the wire. */
  readonly handled = new Set<string>();
  /** Open questions by correlation id, with the asking actor. */
  readonly waiting = new Map<string, string>();
  /** Number of sagas that were decided at their root. */
  decisions = 0;
  /** Keys of started deletions and updates. */
  readonly taken = new Set<string>();
  /** Sagas by the identity of their request. */
  readonly begun = new Map<string, string>();
  /** The subscribers of each node that have not left its list. */
  readonly lists = new Map<string, Set<string>>();
  /** Live entity nodes with their services. */
  readonly living = new Map<string, string | null>();
  /** The dependences of each live node. */
  readonly #dependences = new Map<string, readonly string[]>();
  /** The promises that stand, by `keyOf`. */
  readonly #standing = new Set<string>();
  #fulfilled = new Set<string>();
  readonly #tables: MemoryTables;
  readonly #ledger: MemoryLedgerTables;
  readonly #contracts: ReadonlyMap<string, unknown>;

  /** `contracts`: those that are there, by id. */
  constructor(
    tables: MemoryTables,
    ledger: MemoryLedgerTables,
    contracts: ReadonlyMap<string, unknown>,
  ) {
    this.#tables = tables;
    this.#ledger = ledger;
    this.#contracts = contracts;
  }

  /** Takes the initial tables. */
  begin(): void {
    for (const node of this.#tables.nodes.values()) {
      const { id, kind, service } = node;
      if (kind !== 'entity') continue;
      this.living.set(id, service);
      this.#dependences.set(id, dependencesOf(this.#tables, node));
    }
    for (const id of this.#contracts.keys()) this.living.set(id, contractsName);
    for (const id of this.living.keys())
      for (const subscription of listOf(this.#ledger, id))
        addTo(this.lists, id, subscription.service);
  }

  /** Whether the node is in the tables after the commit. */
  isThere(nodeId: string): boolean {
    return this.#tables.nodes.get(nodeId) !== undefined || this.#contracts.has(nodeId);
  }

  story(saga: string): SagaStory {
    const story = this.sagas.get(saga) ?? newStory(saga);
    this.sagas.set(saga, story);
    return story;
  }

  /** Takes a commit and gives its events. */
  take(turns: readonly TurnCommit[]): readonly Event[] {
    const events: Event[] = [];
    this.#fulfilled = new Set();
    for (const turn of turns) {
      this.#keepState(turn);
      this.#keepMessages(turn);
      for (const write of turn.writes) events.push(...this.#written(turn.address.service, write));
      for (const line of turn.history) events.push(...this.#noted(line));
      for (const row of sentIn(turn)) events.push(...this.#sent(row));
    }
    events.push(...this.#removedUnnamed(turns));
    return events;
  }

  #keepState({ address, record }: TurnCommit): void {
    const id = addressId(address);
    if (address.machine === 'delete-saga') this.taken.add(address.key);
    if (record === null || record.status !== 'active') this.states.delete(id);
    else
      this.states.set(id, {
        service: address.service,
        machine: address.machine,
        state: stateText(rootOf(record)['value']),
      });
  }

  #keepMessages({
    address,
    record,
    inbox,
    repeated,
    deadLetters,
    asks,
    answered,
  }: TurnCommit): void {
    const id = addressId(address);
    for (const { messageId } of inbox) this.handled.add(idOnWire(messageId));
    for (const messageId of repeated) this.handled.add(idOnWire(messageId));
    for (const { properties } of deadLetters) this.handled.add(properties.messageId ?? '');
    for (const { correlationId } of asks) this.waiting.set(correlationId, id);
    for (const correlationId of answered) this.waiting.delete(correlationId);
    if (record?.status === 'active') return;
    for (const [correlationId, asker] of this.waiting)
      if (asker === id) this.waiting.delete(correlationId);
  }

  #written(service: string, { store, op, args }: Write): readonly Event[] {
    if (store === contractsTable.name && op === 'add')
      this.living.set((args as { readonly id: string }).id, service);
    if (store !== hierarchyStoreName && store !== ledgerStoreName) return [];
    const {
      saga,
      nodeIds = [],
      id,
    } = args as { saga?: string; nodeIds?: readonly string[]; id?: string };
    if (op === 'freeze') {
      for (const nodeId of nodeIds) addTo(this.story(saga ?? '').engaged, service, nodeId);
      const { actor } = args as { actor?: string };
      if (actor !== undefined) this.begun.set(actor, saga ?? '');
    }
    if (op === 'subscribe' || op === 'unsubscribe') this.#listed(op, args as JsonObject);
    if (op === 'retire')
      for (const nodeId of nodeIds)
        this.#listed('unsubscribe', { ...(args as JsonObject), nodeId });
    if (store === ledgerStoreName && op === 'adopt')
      this.#adopted(args as LedgerWrites['adopt']['args']);
    if (op === 'add' && id !== undefined) this.living.set(id, service);
    if ((op === 'add' || op === 'modify') && id !== undefined) return [this.#added(service, id)];
    if (store === ledgerStoreName) this.#promised(op, args, nodeIds);
    if (op === 'promised')
      return [this.#agreement('agreed', this.story(saga ?? ''), service, nodeIds)];
    return op === 'removed' ? this.#removed(service, this.story(saga ?? ''), nodeIds) : [];
  }

  /** Whether the promise stands after the commits so far; a table may show an open commit. */
  hasPromise(saga: string, service: string, nodeId: string): boolean {
    return this.#standing.has(keyOf(saga, service, nodeId));
  }

  #promised(op: string, args: Json, nodeIds: readonly string[]): void {
    const { saga = '', service = '' } = args as {
      readonly saga?: string;
      readonly service?: string;
    };
    const keys = nodeIds.map((nodeId) => keyOf(saga, service, nodeId));
    if (op === 'promise' && (args as JsonObject)['state'] === 'ok') {
      for (const nodeId of nodeIds) addTo(this.story(saga).promised, service, nodeId);
      for (const key of keys) this.#standing.add(key);
    }
    if (op === 'fulfil')
      for (const key of keys) if (this.#standing.delete(key)) this.#fulfilled.add(key);
    if (op !== 'release') return;
    const ofService = `${keyOf(saga, service).slice(0, -1)},`;
    for (const key of this.#standing) if (key.startsWith(ofService)) this.#standing.delete(key);
  }

  #added(service: string, nodeId: string): Event {
    const node = this.#tables.nodes.get(nodeId);
    const depends = node === undefined ? [] : dependencesOf(this.#tables, node);
    const before = this.#dependences.get(nodeId) ?? [];
    this.#dependences.set(nodeId, depends);
    return {
      what: 'added',
      service,
      nodeId,
      dependsOn: depends.filter((id) => !before.includes(id)),
    };
  }

  #adopted({ service, from, nodeIds, on, leaves }: LedgerWrites['adopt']['args']): void {
    for (const nodeId of nodeIds) {
      this.living.set(nodeId, service);
      this.#listed('unsubscribe', { nodeId, subscriber: service });
    }
    for (const { nodeId } of on) this.#listed('subscribe', { nodeId, subscriber: service });
    for (const nodeId of [...on.map((one) => one.nodeId), ...leaves])
      this.#listed('unsubscribe', { nodeId, subscriber: from });
  }

  #listed(op: 'subscribe' | 'unsubscribe', { nodeId, subscriber }: JsonObject): void {
    if (op === 'subscribe') addTo(this.lists, String(nodeId), String(subscriber));
    else if (!listOf(this.#ledger, String(nodeId)).some(({ service }) => service === subscriber))
      this.lists.get(String(nodeId))?.delete(String(subscriber));
  }

  #removed(service: string, story: SagaStory, nodeIds: readonly string[]): readonly Event[] {
    const gone = nodeIds.filter((nodeId) => this.living.has(nodeId) && !this.isThere(nodeId));
    return gone.map((nodeId) => {
      const owner = this.living.get(nodeId) ?? null;
      this.living.delete(nodeId);
      story.removed.add(nodeId);
      return { what: 'removed', story, service, nodeId, owner };
    });
  }

  /** Nodes that the commit removed without naming them; they count for its last write. */
  #removedUnnamed(turns: readonly TurnCommit[]): readonly Event[] {
    const removals = turns.flatMap(({ address, writes }) =>
      writes.filter(({ op }) => op === 'removed').map(({ args }) => ({ address, args })),
    );
    const last = removals.at(-1);
    if (last === undefined) return [];
    const gone = [...this.living.keys()].filter((nodeId) => !this.isThere(nodeId));
    return this.#removed(
      last.address.service,
      this.story(String((last.args as JsonObject)['saga'])),
      gone,
    );
  }

  #noted({ topic, address: { service }, line }: HistoryLine): readonly Event[] {
    const { what, role, action, nodes, voter, nodeId } = line as {
      what?: string;
      voter?: string;
      nodeId?: string;
      role?: string;
      action?: string;
      nodes?: readonly (string | { id: string })[];
    };
    const nodeIds = (nodes ?? []).map((node) => (typeof node === 'string' ? node : node.id));
    if (what === 'engaged' && role === 'root')
      Object.assign(this.story(topic), { owner: service, verb: action });
    if (what === 'asked' && action?.startsWith('may') === true) this.story(topic).rounds += 1;
    if (what === 'skipped') addTo(this.story(topic).skipped, nodeId ?? '', voter ?? '');
    if (role === undefined) return [];
    const story = this.story(topic);
    if (what === 'decided' && role === 'root') return this.#decided(story, service, nodeIds);
    if (what === 'called off') return this.#calledOff(story, service, role);
    if (what === 'deleted' || what === 'updated') return this.#ended(story, service, role, nodeIds);
    return [];
  }

  #decided(story: SagaStory, service: string, nodeIds: readonly string[]): readonly Event[] {
    story.decisions += 1;
    this.decisions += 1;
    const agreement = this.#agreement('decided', story, service, nodeIds);
    for (const [nodeId, names] of agreement.lists)
      for (const name of names) addTo(story.listed, nodeId, name);
    return [agreement];
  }

  #agreement(
    what: Agreement['what'],
    story: SagaStory,
    service: string,
    nodeIds: readonly string[],
  ): Agreement {
    const lists = new Map(nodeIds.map((nodeId) => [nodeId, [...(this.lists.get(nodeId) ?? [])]]));
    return { what, story, service, nodeIds, lists, fulfilled: this.#fulfilled };
  }

  #calledOff(story: SagaStory, service: string, role: string): readonly Event[] {
    story.offBy.add(service);
    if (role === 'root') story.ended = 'called off';
    return [{ what: 'called off', story, service, role }];
  }

  #ended(
    story: SagaStory,
    service: string,
    role: string,
    nodeIds: readonly string[],
  ): readonly Event[] {
    if (role === 'root') story.ended = 'done';
    return [{ what: 'ended', story, service, role, nodeIds }];
  }

  #sent({ address: { service }, properties, body }: OutboxRow): readonly Event[] {
    const { messageId = '', type = '' } = properties;
    this.committed.add(messageId);
    if (type === 'answer') {
      // A message whose answer is not recorded is in no inbox.
      this.handled.add(questionOf(messageId));
      return this.#answered(service, questionOf(messageId), body);
    }
    const saga = properties.headers?.['consent-saga'];
    if (typeof saga !== 'string') return [];
    const story = this.story(saga);
    const nodeIds = idList(((body as JsonObject)['data'] as NodesData).id);
    const { doing, done, off } = wordsOf(type);
    if (type === doing)
      for (const nodeId of nodeIds)
        addTo(story.told, nodeId, messageId.slice(messageId.lastIndexOf('/') + 1));
    if (type !== done && type !== off) return [];
    // A deletion that takes a reference out announces the update of the referring node.
    if (type === 'updated' && story.verb === 'delete') return [];
    const what = type === done ? 'announced' : 'taken back';
    for (const nodeId of nodeIds) (type === done ? story.announced : story.taken).add(nodeId);
    return nodeIds.map((nodeId) => ({ what, story, service, nodeId }));
  }

  #answered(service: string, asked: string, body: Json): readonly Event[] {
    const [, saga, tag] = questionId.exec(asked) ?? [];
    if (saga === undefined || tag === undefined) return [];
    const story = this.story(saga);
    const question = `${asked} by ${service}`;
    const answer = answerText(body);
    const before = story.answers.get(question);
    story.answers.set(question, answer);
    story.voted.add(service);
    if (answer.includes('no')) story.noBy.add(service);
    return [{ what: 'voted', story, question, answer, before }];
  }
}

function wordsOf(type: string): {
  readonly doing: string;
  readonly done: string;
  readonly off: string;
} {
  return verbOf(type).name === 'update'
    ? { doing: 'updating', done: 'updated', off: 'notUpdated' }
    : { doing: 'deleting', done: 'deleted', off: 'notDeleted' };
}

/** The id of the question, in the message id of its answer. */
function questionOf(answerId: string): string {
  return /^(.*)@[^@]*\/answer$/.exec(answerId)?.[1] ?? '';
}

/** The responses, in order. */
function answerText(body: Json): string {
  const results = (body as JsonObject | null)?.['results'];
  const ids = typeof results === 'object' && results !== null ? Object.keys(results).sort() : [''];
  return [...readAnswers(body, ids).values()].map(({ response }) => response).join(' ');
}

/** The stored state of the actor itself. */
export function rootOf({ family }: { readonly family: Json }): JsonObject {
  return (family as JsonObject)['root'] as JsonObject;
}

/** `waiting.subscribing` for the nested value of XState. */
function stateText(value: Json | undefined): string {
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.entries(value)
    .map(([name, below]) => `${name}.${stateText(below)}`)
    .join(' ');
}
