/** From a request to the question that HTTP asks the service of an entity. */
import type { FastifyRequest } from 'fastify';
import type { Ids } from '../../runtime/ports/ids.ts';
import { callerHeaders } from './caller.ts';
import type { Entity } from './entities.ts';
import type { Action, HttpClient, Question } from './exchange.ts';
import { idempotencyKey, messageIdOf } from './idempotency.ts';
import { dataFrom } from './input.ts';
import { preferredWaitMs } from './prefer.ts';

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
  { query, body, params, headers, unanimousCaller: caller }: Request,
  { entity, ids, waitMs }: AskingOptions,
): Question {
  const key = idempotencyKey(headers['idempotency-key']);
  return {
    entity,
    action,
    data: dataFrom(query, body, params.id),
    messageId: key === undefined ? ids.next() : messageIdOf(key, caller),
    waitMs: preferredWaitMs(headers['prefer']) ?? waitMs,
    ...callerHeaders(caller),
  };
}
