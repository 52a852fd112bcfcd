/**
 * The file of finished deletions that `unanimous deletions export` writes and `deletions replay`
 * reads. Each line is a JSON text: the first line is a header, and each further line is for one
 * service and one saga, or for one card. Pure.
 *
 * - No personal data: ids, names of services and times, never a name of a node.
 * - Complete: a line has all nodes that the service has removed under the saga, parents first, and
 *   every new peer that has done its part for the nodes. An old peer is told again only while it is
 *   on a list. A line also has the ends of retentions, without a text about the kept data.
 */

import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { isoTime } from '../../config/iso-time.ts';
import { Refused } from '../../runtime/ports/errors.ts';
import { identityOf } from '../../runtime/ports/identity.ts';
import { NodeIdSchema } from './node-ids.ts';
import type { SagaRecord } from './saga-record-schema.ts';

const format = 'unanimous-deletions';
const version = 1;

const closed = { additionalProperties: false };
const HeaderSchema = Type.Object(
  {
    format: Type.Literal(format),
    version: Type.Literal(version),
    since: Type.String(),
    made: Type.String(),
  },
  closed,
);
/** What a voter had agreed to keep of nodes, up to a moment. */
export const RetainsSchema = Type.Array(
  Type.Object(
    {
      voter: Type.String({ minLength: 1, maxLength: 200 }),
      until: Type.String({ maxLength: 40, format: 'iso-8601' }),
      ids: Type.Array(NodeIdSchema, { minItems: 1 }),
    },
    closed,
  ),
);
type Retains = Static<typeof RetainsSchema>;

const LineSchema = Type.Object(
  {
    saga: Type.String({ minLength: 1, maxLength: 200 }),
    service: Type.String({ minLength: 1, maxLength: 200 }),
    deleted: Type.String(),
    ids: Type.Array(Type.String({ minLength: 1, maxLength: 200 }), { minItems: 1 }),
    voters: Type.Array(Type.String({ minLength: 1, maxLength: 200 })),
    retains: Type.Optional(RetainsSchema),
  },
  closed,
);

const CardLineSchema = Type.Object(
  {
    card: Type.String({ minLength: 1, maxLength: 200 }),
    service: Type.String({ minLength: 1, maxLength: 200 }),
    deleted: Type.String(),
    burn: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
  },
  closed,
);

const allowedLines =
  'an object with saga, service, deleted, ids and voters, or with card, service and deleted';

/** `since`, `made`: times of ISO 8601, from which removals are in the file, and of the export. */
export type DeletionFileHeader = Static<typeof HeaderSchema>;
/** The nodes that a service has removed under a saga. `deleted`: the last removal, ISO 8601. */
export type FinishedDeletion = Static<typeof LineSchema>;
/** A card that its service has removed. `burn`: the transaction that has burned its token. */
export type DeletedCard = Static<typeof CardLineSchema>;
export type DeletionFile = {
  readonly deletions: readonly FinishedDeletion[];
  readonly cards: readonly DeletedCard[];
};

export function deletionFileHeader(sinceMs: number, madeMs: number): DeletionFileHeader {
  return { format, version, since: isoTime(sinceMs), made: isoTime(madeMs) };
}

/** The finished deletions of a saga; those of services further down come first. */
export function finishedDeletions(record: SagaRecord): readonly FinishedDeletion[] {
  const { saga, removed, nodes } = record;
  const services = [...new Set(removed.map(({ service }) => service))];
  const found = services.map((service) => {
    const own = removed.filter((one) => one.service === service);
    const ids = [...new Set(own.map(({ id }) => id))];
    const lastMs = Math.max(...own.map(({ atMs }) => atMs));
    const isInner = nodes.some((node) => node.service === service && node.through.length > 0);
    return { service, ids, lastMs, isInner };
  });
  const order = found.sort((a, b) => a.lastMs - b.lastMs || Number(b.isInner) - Number(a.isInner));
  return order.map(({ service, ids, lastMs }) => {
    const retains = retainsOf(record, ids);
    return {
      saga,
      service,
      deleted: isoTime(lastMs),
      ids,
      voters: votersOf(record, service),
      ...(retains.length === 0 ? {} : { retains }),
    };
  });
}

/**
 * What voters had agreed to remove later. An end that a voter was told before the export counts, too:
 * a restored voter has again what it had removed at that end.
 */
function retainsOf({ retained }: SagaRecord, ids: readonly string[]): Retains {
  const own = new Set(ids);
  const found = new Map<string, Retains[number]>();
  for (const { service: voter, nodeId, until } of retained) {
    if (until === null || !own.has(nodeId)) continue;
    const key = identityOf(voter, until);
    const { ids: known = [] } = found.get(key) ?? {};
    found.set(key, { voter, until, ids: [...new Set([...known, nodeId])] });
  }
  return [...found.values()];
}

/** The new peers that this service has told to do their part. */
function votersOf({ answers, roster }: SagaRecord, service: string): string[] {
  const old = new Set(roster.filter(({ consent }) => !consent).map(({ voter }) => voter));
  const told = answers.filter(
    ({ askedBy, question, voter }) =>
      askedBy === service && question === 'deleting' && !old.has(voter),
  );
  return [...new Set(told.map(({ voter }) => voter))];
}

/**
 * The deletions of a file. Throws `Refused('bad-message')` with the number of the line: for another
 * format, a newer version, and a line that is no deletion. `name`: of the file, in the error.
 */
export function readDeletionFile(text: string, name = 'the file'): DeletionFile {
  const at = (number: number) => `${name}, line ${number}`;
  const lines = text
    .split('\n')
    .map((line, index) => ({ line, number: index + 1 }))
    .filter(({ line }) => line.trim() !== '');
  const { line: first, number: firstNumber } = lines.shift() ?? { line: '', number: 1 };
  if (!Value.Check(HeaderSchema, parsed(first, at(firstNumber))))
    throw wrongLine(
      at(firstNumber),
      first,
      `the header {"format":"${format}","version":${version},"since":…,"made":…}`,
    );
  const file = { deletions: [] as FinishedDeletion[], cards: [] as DeletedCard[] };
  for (const { line, number } of lines) {
    const found = parsed(line, at(number));
    if (Value.Check(LineSchema, found)) file.deletions.push(found);
    else if (Value.Check(CardLineSchema, found)) file.cards.push(found);
    else throw wrongLine(at(number), line, allowedLines);
  }
  return file;
}

function parsed(line: string, place: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw wrongLine(place, line, 'JSON');
  }
}

function wrongLine(place: string, found: string, allowed: string): Refused {
  const shown = found.length > 80 ? `${found.slice(0, 80)}…` : found;
  return new Refused('bad-message', `${place}: found ${shown}; allowed is ${allowed}`);
}
