/**
 * Why a saga waits, as a document made from its record, the parts of the services in the ledgers,
 * and their actors. Pure.
 *
 * - Never unknown: a saga that is not over has at least one reason. Where no actor is found, the
 *   open questions of the record tell.
 * - `blockers` are the ends of the chains: a service that itself waits for others is no blocker.
 *
 * Boundary: `composition/why-saga.ts` reads the sources.
 */
import type { Hold, SagaPart } from '../consent/ledger/store.ts';
import { isToGo, isUnremoved } from '../consent/saga-record-files.ts';
import type { SagaRecord } from '../consent/saga-record-schema.ts';
import type { ActorRows } from './machine-view.ts';
import { named, type Reason, type WaitingVoter } from './reason.ts';
import { type SagaOperation, sagaOperations } from './saga-operations.ts';
import type { WaitingPart } from './waiting-part.ts';
import { waitingReasons } from './waiting-reason.ts';

/** Another saga that holds a node of this saga, or a node above. */
export type Holder = Pick<Hold, 'nodeId' | 'saga' | 'service' | 'mode' | 'state'>;

export type SagaWaiting = {
  readonly saga: string;
  readonly verb: SagaRecord['verb'];
  /** `waiting`: the saga has not begun to ask. */
  readonly state: 'waiting' | SagaRecord['state'];
  readonly owner: string | null;
  readonly requestedBy: string | null;
  readonly requestedAtMs: number | null;
  readonly nodes: readonly Pick<
    SagaRecord['nodes'][number],
    'id' | 'cn' | 'objectClass' | 'service'
  >[];
  /** One sentence without a full stop. */
  readonly text: string;
  /**
   * The services that must do something before anything goes on. Empty: the saga is over, or waits
   * for a time.
   */
  readonly blockers: readonly string[];
  readonly sinceMs: number | null;
  readonly untilMs: number | null;
  readonly next: string | null;
  readonly parts: readonly WaitingPart[];
  readonly voters: readonly (WaitingVoter & { readonly askedBy: string })[];
  readonly holders: readonly Holder[];
  /** The latest obstacle or failure. */
  readonly error: {
    readonly service: string;
    readonly text: string;
    readonly atMs: number | null;
  } | null;
  /** The latest alarm about a wait that is not over. */
  readonly level: 'none' | SagaRecord['alarms'][number]['level'];
  readonly operations: readonly SagaOperation[];
};

export type SagaSources = {
  readonly saga: string;
  /** undefined: no journal has a line of the saga. */
  readonly record: SagaRecord | undefined;
  readonly parts: readonly { readonly part: SagaPart; readonly rows: ActorRows | undefined }[];
  readonly holders: readonly Holder[];
};

export function sagaWaiting({ saga, record, parts: found, holders }: SagaSources): SagaWaiting {
  const parts = found.map(({ part, rows }) => waitingPart(part, rows));
  const reasons = parts.flatMap((part) => part.reasons.map((reason) => ({ part, reason })));
  const state = stateOf(record, parts);
  const blockers = blockersOf(parts, record);
  const told = reasons.find(({ part }) => part.role === 'owner') ?? reasons[0];
  return {
    saga,
    verb: verbOf(found, record),
    state,
    owner: record?.owner ?? parts.find(({ role }) => role === 'owner')?.service ?? null,
    requestedBy: record?.requestedBy ?? null,
    requestedAtMs: record?.requestedAtMs ?? uuidAtMs(saga),
    nodes: nodesOf(record),
    text: textOf({ state, record, told, holders }),
    blockers,
    sinceMs: told?.reason.sinceMs ?? (isOver({ state }) ? null : sinceOf(record, saga)),
    untilMs: told?.reason.untilMs ?? null,
    next: told?.reason.next ?? null,
    parts,
    voters: votersOf(parts, record),
    holders,
    error: errorOf(parts, record),
    level: isOver({ state }) ? 'none' : (record?.alarms.at(-1)?.level ?? 'none'),
    operations: sagaOperations({ saga, parts, blockers }),
  };
}

function waitingPart(part: SagaPart, rows: ActorRows | undefined): WaitingPart {
  const { service, role, actor, states, nodeIds, promised } = part;
  const reasons = rows === undefined ? [] : waitingReasons(rows);
  return { service, role, actor, states, nodeIds, promised, reasons };
}

/** The record tells the verb when it has the line of the owner; else the holds and promises tell. */
function verbOf(parts: SagaSources['parts'], record: SagaRecord | undefined): SagaRecord['verb'] {
  if (parts.length === 0 || (record !== undefined && record.owner !== null))
    return record?.verb ?? 'delete';
  return parts.some(({ part }) => part.mode !== 'D') ? 'update' : 'delete';
}

function stateOf(
  record: SagaRecord | undefined,
  parts: readonly WaitingPart[],
): SagaWaiting['state'] {
  const owner = parts.find(({ role }) => role === 'owner');
  if (owner?.states.includes('waiting')) return 'waiting';
  if (owner?.states.includes('decided')) return 'decided';
  if (record?.state === 'called off') return 'called off';
  if (parts.length > 0 && isOver(record)) return 'asking';
  return record?.state ?? 'asking';
}

function isOver(record: Pick<SagaWaiting, 'state'> | undefined): boolean {
  return record?.state === 'done' || record?.state === 'called off';
}

function nodesOf(record: SagaRecord | undefined): SagaWaiting['nodes'] {
  return (record?.nodes ?? []).map(({ id, cn, objectClass, service }) => ({
    id,
    cn,
    objectClass,
    service,
  }));
}

/**
 * The ends of the chains. A part that waits for others is no end; a service without its own part,
 * or with a part that waits for itself, is an end.
 */
function blockersOf(
  parts: readonly WaitingPart[],
  record: SagaRecord | undefined,
): readonly string[] {
  const waits = parts.flatMap(({ reasons, service }) =>
    reasons.map(({ waitsFor }) => ({ service, waitsFor })),
  );
  const fromActors = waits.flatMap(({ waitsFor }) => waitsFor);
  const wanted = fromActors.length > 0 ? fromActors : openInRecord(record);
  const passesOn = new Set(
    waits.flatMap(({ service, waitsFor }) =>
      waitsFor.some((name) => name !== service) ? [service] : [],
    ),
  );
  const all = [...new Set(wanted)].sort();
  const ends = all.filter((service) => !passesOn.has(service));
  return ends.length > 0 ? ends : all;
}

function openInRecord(record: SagaRecord | undefined): readonly string[] {
  return (record?.open ?? []).flatMap(({ waitingFor }) => waitingFor);
}

type ToTell = {
  readonly state: SagaWaiting['state'];
  readonly record: SagaRecord | undefined;
  readonly told: { readonly part: WaitingPart; readonly reason: Reason } | undefined;
  readonly holders: readonly Holder[];
};

function textOf({ state, record, told, holders }: ToTell): string {
  if (state === 'called off') return calledOffText(record, told);
  if (told !== undefined) {
    const held = holders.map(({ nodeId, saga, service }) => `${nodeId} by ${saga} of ${service}`);
    const by = held.length === 0 ? '' : ` (held: ${named(held)})`;
    return `${told.part.service} ${told.reason.text}${by}`;
  }
  if (state === 'done') return doneText(record);
  const [open] = record?.open ?? [];
  return open === undefined
    ? 'is under way: the actors of its services are in databases that were not read'
    : `${open.service} waits for ${named(open.waitingFor)} (${open.question}); its actor is in a database that was not read`;
}

/** A service that has not heard of the end still keeps its promise. */
function calledOffText(record: SagaRecord | undefined, told: ToTell['told']): string {
  const off = record?.decisions.findLast(({ what }) => what === 'called off');
  const when = off === undefined ? '' : ` ${new Date(off.atMs).toISOString()}`;
  const rest =
    told === undefined ? '' : `; ${told.part.service} has not heard of it: ${told.reason.text}`;
  return `was called off${when}: ${named(calledOffBecause(record))}${rest}`;
}

function doneText(record: SagaRecord | undefined): string {
  if (record?.verb === 'update') return 'is over: the change is written';
  const count = record?.removed.length ?? 0;
  const removed = count === 1 ? '1 node is removed' : `${count} nodes are removed`;
  return `is over: ${removed}${filesText(record?.files ?? [])}`;
}

/** The receipts of removed files are in the record. */
function filesText(files: SagaRecord['files']): string {
  const toGo = files.filter(isToGo).map(({ url }) => url);
  const left = files.filter(isUnremoved).map(({ url }) => url);
  const kept = files.filter(({ state }) => state === 'kept').map(({ url }) => url);
  return [
    toGo.length === 0 ? '' : `; to be removed: ${named(toGo)}`,
    kept.length === 0 ? '' : `; kept, because other rows list them: ${named(kept)}`,
    left.length === 0 ? '' : `; could not be removed: ${named(left)}`,
  ].join('');
}

function calledOffBecause(record: SagaRecord | undefined): readonly string[] {
  const reasons = (record?.decisions ?? []).flatMap((decision) => decision.reasons);
  const cancels = (record?.overrides ?? []).map(
    ({ operation, by, why }) => `${operation} by ${by}: ${why}`,
  );
  const all = [...reasons, ...cancels];
  return all.length === 0 ? ['no reason was recorded'] : all;
}

function sinceOf(record: SagaRecord | undefined, saga: string): number | null {
  const decided = record?.decisions.find(({ what }) => what === 'decided');
  const began = decided?.atMs ?? record?.open[0]?.sinceMs ?? record?.requestedAtMs;
  return began ?? uuidAtMs(saga);
}

/** The voters of the running machines; of a finished saga, the voters in its record. */
function votersOf(
  parts: readonly WaitingPart[],
  record: SagaRecord | undefined,
): SagaWaiting['voters'] {
  const running = parts.flatMap(({ service, reasons }) =>
    reasons.flatMap(({ voters }) => voters.map((voter) => ({ ...voter, askedBy: service }))),
  );
  return running.length > 0 ? running : (record?.answers ?? []).map(recorded);
}

function recorded({
  voter,
  askedBy,
  nodeId,
  question,
  answer,
  reason,
  atMs,
}: SagaRecord['answers'][number]): SagaWaiting['voters'][number] {
  const isDone = answer === 'ok' && !question.startsWith('may');
  const state = isDone ? 'done' : answer;
  return { askedBy, service: voter, question, nodeIds: [nodeId], state, reason, atMs };
}

function errorOf(
  parts: readonly WaitingPart[],
  record: SagaRecord | undefined,
): SagaWaiting['error'] {
  const now = parts.flatMap(({ service, reasons }) =>
    reasons.flatMap(({ error }) => (error === null ? [] : [{ service, text: error, atMs: null }])),
  );
  const before = [...(record?.alarms ?? []), ...(record?.blocked ?? [])].flatMap(
    ({ service, reason, atMs }) => (reason === null ? [] : [{ service, text: reason, atMs }]),
  );
  const answers = (record?.answers ?? []).flatMap(({ voter, answer, reason, atMs }) =>
    answer === 'no' && reason !== null ? [{ service: voter, text: reason, atMs }] : [],
  );
  const files = (record?.files ?? []).flatMap(({ service, url, state, reason, atMs }) =>
    isUnremoved({ state }) ? [{ service, text: `${url}: ${reason ?? state}`, atMs }] : [],
  );
  const known = [...before, ...answers, ...files].sort((a, b) => a.atMs - b.atMs).at(-1);
  const current = now[0];
  if (current === undefined) return known ?? null;
  return known?.text === current.text ? known : current;
}

/** The time in a UUIDv7; null for any other text. */
export function uuidAtMs(id: string): number | null {
  const match = /^([0-9a-f]{8})-([0-9a-f]{4})-7/.exec(id);
  return match === null ? null : Number.parseInt(`${match[1]}${match[2]}`, 16);
}
