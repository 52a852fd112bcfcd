/** From a request to the question that HTTP asks the service of an entity. */
import type { FastifyRequest } from 'fastify';
import { isJsonObject } from '../../config/json.ts';
import type { Ids } from '../../runtime/ports/ids.ts';
import type { Json } from '../../runtime/ports/json.ts';
import { requestHeaders } from './caller.ts';
import type { Entity } from './entities.ts';
import { versionsIn } from './entity-tag.ts';
import type { Action, HttpClient, Question } from './exchange.ts';
import { idempotencyKey, messageIdOf } from './idempotency.ts';
import { dataFrom } from './input.ts';
import { preferredWaitMs } from './prefer.ts';
import { isRead } from './straight-reads.ts';

/** What routes need to ask the service of an entity. */
export interface AskingOptions {
  readonly entity: Entity;
  readonly client: HttpClient;
  readonly ids: Ids;
  readonly waitMs: number;
}

type Request = FastifyRequest<{ readonly Params: { readonly id?: string } }>;

export function questionFrom(
  action: Action,
  request: Request,
  { entity, ids, waitMs }: AskingOptions,
): Question {
  const { query, body, params, headers, unanimousCaller: caller } = request;
  // A read that comes again is to see today's nodes, so that no key makes a read the earlier one.
  const key = isRead(action) ? undefined : idempotencyKey(headers['idempotency-key']);
  return {
    entity,
    action,
    data: withConditions(action, dataFrom(query, body, params.id), headers['if-match']),
    messageId: key === undefined ? ids.next() : messageIdOf(key, caller),
    waitMs: waitFor(action, headers['prefer']) ?? waitMs,
    ...requestHeaders(request),
  };
}

/** An answer to a read is waited for, whatever the client prefers: a read has no end to ask for. */
function waitFor(action: Action, header: Parameters<typeof preferredWaitMs>[0]) {
  return isRead(action) ? undefined : preferredWaitMs(header);
}

/** `If-Match` of a request that changes a node becomes the condition of the message. */
function withConditions(action: Action, data: Json, ifMatch: string | undefined): Json {
  if ((action !== 'update' && action !== 'delete') || !isJsonObject(data)) return data;
  const versions = versionsIn(ifMatch);
  return versions === undefined ? data : { ...data, if_version: versions };
}
