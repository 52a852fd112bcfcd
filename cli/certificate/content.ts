/**
 * The content of a certificate of deletion: the request, the agreements, the removals and the
 * receipts of a saga or of a card, made from the history of its services. Pure.
 *
 * 1. Only a deletion that is over has a certificate. A deletion that was called off has none.
 * 2. The certificate is complete: votes that an operator skipped, gaps of old peers and files that
 *    could not be removed are in it.
 */
import { type Static, Type } from 'typebox';
import { sagaRecord } from '../../actors/consent/saga-record.ts';
import { type SagaRecord, SagaRecordSchema } from '../../actors/consent/saga-record-schema.ts';
import { Refused } from '../../runtime/ports/errors.ts';
import type { HistoryLine } from '../../runtime/ports/journal-rows.ts';
import type { JsonObject } from '../../runtime/ports/json.ts';

export const certificateFormat = 'unanimous/deletion-certificate/1';

const AtMs = Type.Number({ description: 'Milliseconds since the epoch.' });
const Text = Type.String();
const MaybeText = Type.Union([Type.String(), Type.Null()]);
const closed = { additionalProperties: false };
const Line = Type.Unsafe<JsonObject>(Type.Object({ service: Text, atMs: AtMs, what: Text }));

const Thing = Type.Object(
  { kind: Type.Enum(['node', 'card']), id: Text, name: Text, service: Text, atMs: AtMs },
  closed,
);
const Receipt = Type.Object(
  {
    file: Text,
    url: Text,
    outcome: Type.Enum(['removed', 'absent', 'kept', 'not removed']),
    bytes: Type.Union([Type.Number(), Type.Null()]),
    sha256: MaybeText,
    evidence: Type.Union([Type.Unsafe<JsonObject>(Type.Object({})), Type.Null()]),
    note: MaybeText,
    service: Text,
    atMs: AtMs,
  },
  closed,
);

export const CertificateContentSchema = Type.Object(
  {
    format: Type.Literal(certificateFormat),
    subject: Type.Object({ kind: Type.Enum(['saga', 'card']), id: Text }, closed),
    issuedAtMs: AtMs,
    asked: Type.Object({ by: MaybeText, service: MaybeText, atMs: AtMs }, closed),
    agreed: Type.Array(
      Type.Object({ by: Text, about: Text, answer: Text, reason: MaybeText, atMs: AtMs }, closed),
      { description: 'The votes, and the answers of the transactions service.' },
    ),
    removed: Type.Array(Thing),
    receipts: Type.Array(Receipt, { description: 'Of the files.' }),
    transaction: Type.Union([
      Type.Object({ address: Text, lines: Type.Array(Line) }, closed),
      Type.Null(),
    ]),
    endedAtMs: AtMs,
    record: Type.Union([SagaRecordSchema, Type.Null()], {
      description: 'The whole record of a saga.',
    }),
    history: Type.Array(Line, { description: 'The whole history of a card and of the files.' }),
  },
  closed,
);

export type CertificateContent = Static<typeof CertificateContentSchema>;

/**
 * `lines`: the history of `id` in all journals.
 * @throws Refused for an id that is unknown, not over, called off, or an update
 */
export function certificateContent(
  id: string,
  lines: readonly HistoryLine[],
  issuedAtMs: number,
): CertificateContent {
  const inOrder = lines.toSorted((a, b) => a.atMs - b.atMs);
  const isCard = inOrder.some(({ line }) => line['card'] === id);
  const record = isCard ? undefined : sagaRecord(id, inOrder);
  if (isCard) return ofCard(id, inOrder, issuedAtMs);
  if (record !== undefined) return ofSaga(record, inOrder, issuedAtMs);
  throw new Refused(
    'not-found',
    `no journal knows a saga or a card '${id}'; of a deleted node, unanimous why <node> names the saga`,
  );
}

function ofSaga(
  record: SagaRecord,
  lines: readonly HistoryLine[],
  issuedAtMs: number,
): CertificateContent {
  const { saga, verb, state, owner, requestedBy, requestedAtMs, removed } = record;
  if (verb !== 'delete')
    throw new Refused('refused', `the saga '${saga}' is an ${verb}; only a deletion is certified`);
  if (state !== 'done') throw notOver('saga', saga, state);
  const receipts = receiptsIn(lines);
  const ended = new Set<unknown>(receipts.map(({ file }) => file));
  const [open] = lines.filter(
    ({ line }) => line['what'] === 'file queued' && !ended.has(line['file']),
  );
  if (open !== undefined) throw notOver('saga', saga, `removing the file ${open.line['url']}`);
  const ends = [...removed, ...record.answers, ...record.decisions].map(({ atMs }) => atMs);
  return {
    format: certificateFormat,
    subject: { kind: 'saga', id: saga },
    issuedAtMs,
    asked: { by: requestedBy, service: owner, atMs: requestedAtMs },
    agreed: record.answers.map(({ voter, nodeId, question, answer, reason, atMs }) => ({
      by: voter,
      about: `${question} ${nodeId}`,
      answer,
      reason,
      atMs,
    })),
    removed: removed.map(({ cn, ...node }) => ({ kind: 'node', name: cn, ...node })),
    receipts,
    transaction: null,
    endedAtMs: Math.max(requestedAtMs, ...ends, ...receipts.map(({ atMs }) => atMs)),
    record,
    history: fileLines(lines),
  };
}

function ofCard(id: string, lines: readonly HistoryLine[], issuedAtMs: number): CertificateContent {
  const marked = lines.findLast(isMark);
  const removal = lines.findLast(({ line }) => line['what'] === 'card removed');
  const receipts = receiptsIn(lines);
  if (marked === undefined || removal === undefined) throw notOver('card', id, stateOf(lines));
  const ended = new Set(receipts.map(({ url }) => url));
  const open = textsIn(removal.line['files']).filter((url) => !ended.has(url));
  if (open.length > 0) throw notOver('card', id, `removing ${open.length} files, ${open[0]} first`);
  const address = lines
    .map(({ line }) => textOf(line['transaction']))
    .find((text) => text !== null);
  const ofTransaction = lines.filter(({ line }) => line['what'] === 'transaction');
  return {
    format: certificateFormat,
    subject: { kind: 'card', id },
    issuedAtMs,
    asked: { by: textOf(marked.line['by']), service: marked.address.service, atMs: marked.atMs },
    agreed: ofTransaction.map(({ address: { service }, line, atMs }) => ({
      by: service,
      about: `transaction ${textOf(line['transaction']) ?? ''}`,
      answer: textOf(line['state']) ?? '',
      reason: null,
      atMs,
    })),
    removed: [{ kind: 'card', id, name: id, service: removal.address.service, atMs: removal.atMs }],
    receipts,
    transaction: address == null ? null : { address, lines: ofTransaction.map(plainLine) },
    endedAtMs: Math.max(removal.atMs, ...receipts.map(({ atMs }) => atMs)),
    record: null,
    history: lines.map(plainLine),
  };
}

function isMark({ line }: HistoryLine): boolean {
  return line['what'] === 'card state' && line['state'] === 'deleted';
}

function stateOf(lines: readonly HistoryLine[]): string {
  const last = lines.findLast(({ line }) => line['what'] === 'card state');
  return textOf(last?.line['state']) ?? 'active';
}

type Outcome = CertificateContent['receipts'][number]['outcome'];

const outcomes: ReadonlyMap<unknown, Outcome> = new Map([
  ['file kept', 'kept'],
  ['file removed', 'removed'],
  ['file absent', 'absent'],
  ['file not removed', 'not removed'],
]);

/** The last end of each file; a removal that failed and was replayed counts once. */
function receiptsIn(lines: readonly HistoryLine[]): CertificateContent['receipts'] {
  const receipts = new Map<string, CertificateContent['receipts'][number]>();
  for (const { line, atMs, address } of lines) {
    const outcome = outcomes.get(line['what']);
    const [file, url] = [textOf(line['file']), textOf(line['url'])];
    if (outcome === undefined || file === null || url === null) continue;
    const { bytes, evidence } = line;
    receipts.set(file, {
      file,
      url,
      outcome,
      bytes: typeof bytes === 'number' ? bytes : null,
      sha256: textOf(line['sha256']),
      evidence: (evidence as JsonObject | undefined) ?? null,
      note: textOf(line['note']),
      service: address.service,
      atMs,
    });
  }
  return [...receipts.values()];
}

function fileLines(lines: readonly HistoryLine[]): JsonObject[] {
  return lines.filter(({ line }) => line['file'] !== undefined).map(plainLine);
}

function plainLine({ address: { service }, atMs, line }: HistoryLine): JsonObject {
  return { ...line, service, atMs };
}

function notOver(kind: string, id: string, state: string): Refused {
  return new Refused(
    'refused',
    `the deletion of the ${kind} '${id}' is not over or was called off: ${state}`,
  );
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function textsIn(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
