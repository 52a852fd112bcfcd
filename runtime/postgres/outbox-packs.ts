/**
 * Packs of outbox rows: a long run of messages of one turn that differ in key, message id and body
 * alone is stored as few rows. The removal of thousands of nodes publishes such a run.
 *
 * Invariants:
 * - Whole: a pack is deleted when the transport has confirmed all its messages. A process that
 *   adopts a pack publishes all of them again, under the same message ids.
 * - Apart from the outbox: a process of an earlier version reads the outbox only, and leaves packs
 *   to processes that know them.
 */
import type { ActorAddress } from '../ports/address.ts';
import type { OutboxRow, TurnCommit } from '../ports/journal-rows.ts';
import type { Json } from '../ports/json.ts';
import { encodeDocument } from './documents.ts';
import { strings } from './sql-documents.ts';

type PackedMessage = readonly [id: string, routingKey: string, messageId: string, body: Json];

export interface OutboxPack {
  /** The id of its first row. */
  readonly id: string;
  readonly address: ActorAddress;
  readonly messages: {
    readonly exchange: string;
    readonly mandatory: boolean;
    /** Without the message id. */
    readonly properties: Omit<OutboxRow['properties'], 'messageId'>;
    readonly rows: readonly PackedMessage[];
  };
}

/** Shorter runs are stored as they are. */
const packMin = 64;
/** The messages of a window of the relay. */
export const packMax = 256;

/** The columns of a message in the view `outbox_messages`. */
const message = `json_build_object('exchange', p.messages -> 'exchange', 'routingKey', r -> 1,
  'mandatory', p.messages -> 'mandatory', 'body', r -> 3,
  'properties', (p.messages -> 'properties')::jsonb || jsonb_build_object('messageId', r -> 2))`;

/** `outbox_messages`: every message, packed or not. */
export function outboxPackTables(schema: string): readonly string[] {
  const address = ['service', 'machine', 'key', 'instance'];
  const columns = address.map((name) => `${name} text collate "C" not null`).join(', ');
  return [
    `create table ${schema}.outbox_packs (id text collate "C" primary key, ${columns},
      messages json not null)`,
    `create index outbox_packs_of_instance on ${schema}.outbox_packs (instance, id)`,
    `create view ${schema}.outbox_messages as
      select id, ${address.join(', ')}, message from ${schema}.outbox union all
      select (r ->> 0) collate "C", ${address.map((name) => `p.${name}`).join(', ')}, ${message}
      from ${schema}.outbox_packs p cross join lateral json_array_elements(p.messages -> 'rows') r`,
  ];
}

export function unpackedOutbox(schema: string): readonly string[] {
  return [
    `insert into ${schema}.outbox (id, service, machine, key, instance, message)
      select m.id, m.service, m.machine, m.key, m.instance, m.message
      from ${schema}.outbox_messages m
      where not exists (select from ${schema}.outbox t where t.id = m.id)`,
    `drop view ${schema}.outbox_messages`,
    `drop table ${schema}.outbox_packs`,
  ];
}

export function packStatements(schema: string) {
  return {
    /** For the holder `$1`. */
    addPacks: `insert into ${schema}.outbox_packs (id, service, machine, key, instance, messages)
      select id, service, machine, key, $1, messages from json_to_recordset($2::json)
        as r(id text, service text, machine text, key text, messages json)`,
    dropPacks: `delete from ${schema}.outbox_packs where id in (select ${strings('$1')})`,
  };
}

export function mayBePacked({ outbox }: Pick<TurnCommit, 'outbox'>): boolean {
  return outbox.length >= packMin;
}

/** The turns without the messages that become packs. */
export function withoutPacks(turns: readonly TurnCommit[]): {
  readonly rest: readonly TurnCommit[];
  readonly added: readonly OutboxPack[];
} {
  if (!turns.some(mayBePacked)) return { rest: turns, added: [] };
  const added: OutboxPack[] = [];
  const rest = turns.map((turn) => {
    if (!mayBePacked(turn)) return turn;
    const runs = runsOf(turn.outbox);
    added.push(...runs.filter(isLong).map(packOf));
    return { ...turn, outbox: runs.filter((run) => !isLong(run)).flat() };
  });
  return { rest, added };
}

function isLong(run: readonly OutboxRow[]): boolean {
  return run.length >= packMin;
}

/** Rows side by side that are alike, at most `packMax` in a run. */
function runsOf(rows: readonly OutboxRow[]): readonly (readonly OutboxRow[])[] {
  const runs: OutboxRow[][] = [];
  for (const row of rows) {
    const last = runs.at(-1);
    const [first] = last ?? [];
    if (last !== undefined && first !== undefined && last.length < packMax && areAlike(first, row))
      last.push(row);
    else runs.push([row]);
  }
  return runs;
}

/** Whether the rows differ in key, message id and body alone, and are neither question nor answer. */
function areAlike(one: OutboxRow, other: OutboxRow): boolean {
  return (
    one.exchange === other.exchange &&
    one.mandatory === other.mandatory &&
    isPlain(one) &&
    isPlain(other) &&
    haveSame(one.properties, other.properties)
  );
}

/** Whether the objects have the same members, a message id apart. */
function haveSame(one: object, other: object): boolean {
  const has = (holder: object, key: string, value: unknown): boolean => {
    const held = (holder as Readonly<Record<string, unknown>>)[key];
    if (held === value) return true;
    if (typeof held !== 'object' || typeof value !== 'object') return false;
    return held !== null && value !== null && haveSame(held, value);
  };
  const entries = Object.entries(one);
  return (
    entries.length === Object.keys(other).length &&
    entries.every(([key, value]) => key === 'messageId' || has(other, key, value))
  );
}

function isPlain({ properties, correlationId, orStraightToQueue }: OutboxRow): boolean {
  return (
    properties.messageId !== undefined &&
    correlationId === undefined &&
    orStraightToQueue === undefined
  );
}

function packOf(run: readonly OutboxRow[]): OutboxPack {
  const [first] = run as readonly [OutboxRow, ...OutboxRow[]];
  const { messageId: _own, ...properties } = first.properties;
  const { id, address, exchange, mandatory } = first;
  const rows = run.map((row): PackedMessage => {
    return [row.id, row.routingKey, row.properties.messageId ?? '', row.body];
  });
  return { id, address, messages: { exchange, mandatory, properties, rows } };
}

export function unpacked({ address, messages }: OutboxPack): readonly OutboxRow[] {
  const { exchange, mandatory, properties, rows } = messages;
  return rows.map(([id, routingKey, messageId, body]) => ({
    id,
    address,
    exchange,
    routingKey,
    mandatory,
    properties: { ...properties, messageId },
    body,
  }));
}

/** Rows that stand alone, and packs without an unconfirmed row. */
export interface Confirmed {
  readonly single: readonly string[];
  readonly dropped: readonly string[];
}

interface HeldPack {
  readonly rowIds: readonly string[];
  readonly unconfirmed: Set<string>;
}

/** The packs that this process has committed or adopted, until they are deleted. */
export class HeldPacks {
  readonly #packs = new Map<string, HeldPack>();
  /** The pack of each row. */
  readonly #packOf = new Map<string, string>();

  /** A pack that this process adopts from its former name keeps its confirmed rows. */
  hold(packs: readonly OutboxPack[]): void {
    for (const { id, messages } of packs) {
      if (this.#packs.has(id)) continue;
      const rowIds = messages.rows.map(([rowId]) => rowId);
      this.#packs.set(id, { rowIds, unconfirmed: new Set(rowIds) });
      for (const rowId of rowIds) this.#packOf.set(rowId, id);
    }
  }

  /** A row is given again when the commit that should have deleted its pack has failed. */
  confirmed(rowIds: readonly string[]): Confirmed {
    if (this.#packs.size === 0) return { single: rowIds, dropped: [] };
    const dropped = new Set<string>();
    const single = rowIds.filter((rowId) => {
      const pack = this.#packOf.get(rowId);
      if (pack === undefined) return true;
      const unconfirmed = this.#packs.get(pack)?.unconfirmed;
      unconfirmed?.delete(rowId);
      if (unconfirmed?.size === 0) dropped.add(pack);
      return false;
    });
    return { single, dropped: [...dropped] };
  }

  deleted(packs: readonly string[]): void {
    for (const id of packs) {
      for (const rowId of this.#packs.get(id)?.rowIds ?? []) this.#packOf.delete(rowId);
      this.#packs.delete(id);
    }
  }
}

/** The changes of packs by one transaction. `HeldPacks` learns of them when they are committed. */
export class PackChanges {
  readonly #held: HeldPacks;
  readonly #added: OutboxPack[] = [];
  readonly #dropped: string[] = [];

  constructor(held: HeldPacks) {
    this.#held = held;
  }

  confirmed(rowIds: readonly string[]): Confirmed {
    return this.#held.confirmed(rowIds);
  }

  took(added: readonly OutboxPack[], dropped: readonly string[]): void {
    this.#added.push(...added);
    this.#dropped.push(...dropped);
  }

  committed(): void {
    this.#held.hold(this.#added);
    this.#held.deleted(this.#dropped);
  }
}

/** The second parameter of `addPacks`. */
export function packRows(packs: readonly OutboxPack[]): string {
  return encodeDocument(packs.map(({ id, address, messages }) => ({ id, ...address, messages })));
}
