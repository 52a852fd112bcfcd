/**
 * The routes of the services that keep cards and transactions: each method becomes one message. No
 * saga is behind the messages, so an answer that comes too late is always 504.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isJsonObject } from '../../config/json.ts';
import type { JsonObject } from '../../runtime/ports/json.ts';
import type { RecordKind } from './entities.ts';
import { type Action, answerTo } from './exchange.ts';
import { dataFrom, takeJson } from './input.ts';
import type { Operation } from './operation.ts';
import { cardOperations, transactionOperations, withOperation } from './operations.ts';
import { type AskingOptions, questionFrom } from './question.ts';

export interface RecordRoutesOptions extends AskingOptions {
  readonly kind: RecordKind;
}

interface Route {
  /** Default: `/`. */
  readonly url?: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** For a request with the parameter `id`, where it differs. */
  readonly byId?: Action;
  readonly action: Action;
  readonly operation: Operation;
}

const { create, read, delete: remove, undelete } = cardOperations;
const { create: begin, read: list, process } = transactionOperations;
const routes: Readonly<Record<RecordKind, readonly Route[]>> = {
  cards: [
    { method: 'POST', action: 'create', operation: create },
    { method: 'GET', action: 'list', byId: 'read', operation: read },
    { method: 'DELETE', action: 'delete', operation: remove },
    { method: 'POST', url: '/undelete', action: 'undelete', operation: undelete },
  ],
  transactions: [
    { method: 'POST', action: 'create', operation: begin },
    { method: 'GET', action: 'read', operation: list },
    { method: 'PUT', action: 'process', operation: process },
  ],
};

/** Adds the routes under the prefix of `app`. */
export async function recordRoutes(
  app: FastifyInstance,
  options: RecordRoutesOptions,
): Promise<void> {
  takeJson(app, options.entity.limits);
  for (const { url = '/', method, action, byId = action, operation } of routes[options.kind])
    app.route<{ Params: { readonly id?: string } }>({
      method,
      url,
      ...withOperation(operation),
      handler: (request, reply) => answer(hasId(request) ? byId : action, request, reply, options),
    });
}

function hasId({ query, body }: FastifyRequest): boolean {
  const data = dataFrom(query, body);
  return !isJsonObject(data) || Object.hasOwn(data, 'id');
}

async function answer(
  action: Action,
  request: FastifyRequest<{ Params: { readonly id?: string } }>,
  reply: FastifyReply,
  options: RecordRoutesOptions,
): Promise<JsonObject> {
  const question = questionFrom(action, request, options);
  const whenLate = { idempotencyKey: question.messageId };
  const found = await answerTo(options.client, { ...question, whenLate });
  if (action === 'create') void reply.code(201);
  return found;
}
