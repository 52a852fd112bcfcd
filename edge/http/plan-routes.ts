/** Plans of deletions: a question to the gateway of an entity, without an effect. */
import type { FastifyInstance } from 'fastify';
import { isJsonObject } from '../../config/json.ts';
import { limitDefaults } from '../../config/limit-schemas.ts';
import { shown } from '../../config/shown.ts';
import type { Ids } from '../../runtime/ports/ids.ts';
import type { Json, JsonObject } from '../../runtime/ports/json.ts';
import { requestHeaders } from './caller.ts';
import type { Entity } from './entities.ts';
import { answerTo, type HttpClient } from './exchange.ts';
import { dataFrom, takeJson } from './input.ts';
import { planOperation, withOperation } from './operations.ts';
import { preferredWaitMs } from './prefer.ts';
import { misplaced } from './problem.ts';

export interface PlanRoutesOptions {
  readonly entities: readonly Entity[];
  readonly client: HttpClient;
  readonly ids: Ids;
  readonly waitMs: number;
}

/** Adds the route under the prefix of `app`. */
export async function planRoutes(
  app: FastifyInstance,
  { entities, client, ids, waitMs }: PlanRoutesOptions,
): Promise<void> {
  const { body_bytes: bodyBytes, ...limits } = limitDefaults;
  takeJson(app, { bodyBytes, ...limits });
  app.post('/', withOperation(planOperation), (request) => {
    const { query, body, headers } = request;
    const { entity, data } = planned(dataFrom(query, body), entities);
    return answerTo(client, {
      entity,
      action: 'plan',
      data,
      messageId: ids.next(),
      waitMs: preferredWaitMs(headers['prefer']) ?? waitMs,
      ...requestHeaders(request),
    });
  });
}

function planned(
  given: Json,
  entities: readonly Entity[],
): { readonly entity: Entity; readonly data: JsonObject } {
  if (!isJsonObject(given)) throw misplaced('', 'the body must be an object');
  const { entity: name = null, ...data } = given;
  const entity = entities.find((known) => known.name === name);
  if (entity !== undefined) return { entity, data };
  const names = entities.map((known) => known.name).join(', ');
  throw misplaced('/entity', `found ${shown(name)}; allowed: ${names}`);
}
