/**
 * The routes of one entity: POST, GET, PUT and DELETE become the messages `create`, `read`, `update`
 * and `delete`.
 *
 * - late: a deletion or update that takes longer than the client waits is answered 202 with the
 *   place of its saga.
 * - unpublished: no route answers before the message is in a queue.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type LinkAction, linkActions } from '../../actors/model-crud/messages.ts';
import { isJsonObject } from '../../config/json.ts';
import type { Json, JsonObject } from '../../runtime/ports/json.ts';
import type { Entity } from './entities.ts';
import { entityTag, isKnownTag } from './entity-tag.ts';
import { answerTo, Late, withHeaders } from './exchange.ts';
import { requestIdentity } from './idempotency.ts';
import { takeJson } from './input.ts';
import { entityOperations, linkOperations, withOperation } from './operations.ts';
import { ProblemError, plainProblem } from './problem.ts';
import { type AskingOptions, questionFrom } from './question.ts';

export interface EntityRoutesOptions extends AskingOptions {
  readonly sagasPath: string;
}

type Input = { readonly Params: { readonly id?: string } };
type Request = FastifyRequest<Input>;

/** Adds the routes under the prefix of `app`. */
export async function entityRoutes(
  app: FastifyInstance,
  options: EntityRoutesOptions,
): Promise<void> {
  takeJson(app, options.entity.limits);
  const {
    create,
    createAlias,
    copy,
    read,
    readOne,
    update,
    updateOne,
    delete: remove,
    deleteOne,
  } = entityOperations;
  app.post<Input>('/', withOperation(create), (request, reply) =>
    createNode(request, reply, options),
  );
  app.post<Input>('/aliases', withOperation(createAlias), async (request, reply) => {
    void reply.code(201);
    return answerTo(options.client, questionFrom('createAlias', request, options));
  });
  app.post<Input>('/:id/copies', withOperation(copy), (request, reply) =>
    copyNode(request, reply, options),
  );
  app.get<Input>('/', withOperation(read), (request) => readNodes(request, options));
  app.get<Input>('/:id', withOperation(readOne), (request, reply) =>
    readNode(request, reply, options),
  );
  const changing = (action: 'update' | 'delete') => (request: Request, reply: FastifyReply) =>
    change(action, request, reply, options);
  app.put<Input>('/', withOperation(update), changing('update'));
  app.put<Input>('/:id', withOperation(updateOne), changing('update'));
  app.delete<Input>('/', withOperation(remove), changing('delete'));
  app.delete<Input>('/:id', withOperation(deleteOne), changing('delete'));
  for (const name of options.entity.links) linkRoutes(app, name, options);
}

/** `/:id/links/Tags`: GET, PUT and DELETE are `getLinkedTags`, `linkTags` and `unlinkTags`. */
function linkRoutes(app: FastifyInstance, name: string, options: EntityRoutesOptions): void {
  const actions = linkActions(name);
  const { read, link, unlink } = linkOperations(name);
  const path = `/:id/links/${name}`;
  const asked = (action: LinkAction) => (request: Request) =>
    answerTo(options.client, questionFrom(action, request, options));
  app.get<Input>(path, withOperation(read), asked(actions.read));
  app.put<Input>(path, withOperation(link), asked(actions.link));
  app.delete<Input>(path, withOperation(unlink), asked(actions.unlink));
}

function createNode(
  request: Request,
  reply: FastifyReply,
  options: EntityRoutesOptions,
): Promise<JsonObject> {
  const path = request.routeOptions.url?.replace(/\/?$/, '/') ?? '';
  return made('create', path, request, reply, options);
}

function copyNode(
  request: Request,
  reply: FastifyReply,
  options: EntityRoutesOptions,
): Promise<JsonObject> {
  const path = request.routeOptions.url?.replace(/:id\/copies\/?$/, '') ?? '';
  return made('copy', path, request, reply, options);
}

/** The answer about a new node, with its place below the path. */
async function made(
  action: 'create' | 'copy',
  path: string,
  request: Request,
  reply: FastifyReply,
  options: EntityRoutesOptions,
): Promise<JsonObject> {
  const question = questionFrom(action, request, options);
  const whenLate = { idempotencyKey: question.messageId };
  const answer = await answerTo(options.client, { ...question, whenLate });
  void reply.code(201).header('location', `${path}${encodeURIComponent(String(answer['id']))}`);
  return answer;
}

function readNodes(request: Request, options: EntityRoutesOptions): Promise<JsonObject> {
  return answerTo(options.client, questionFrom('read', request, options));
}

/** The node, with its version as the entity tag; 304 for a client that has the version. */
async function readNode(
  request: Request,
  reply: FastifyReply,
  options: EntityRoutesOptions,
): Promise<Json> {
  const question = questionFrom('read', request, options);
  const asked = isJsonObject(question.data)
    ? { ...question.data, getVersion: true }
    : question.data;
  const { data } = await answerTo(options.client, { ...question, data: asked });
  const [found] = Array.isArray(data) ? data : [];
  if (isJsonObject(found)) {
    const { version, ...node } = found;
    const tag = entityTag(Number(version));
    void reply.header('etag', tag);
    if (!isKnownTag(request.headers['if-none-match'], tag)) return node;
    void reply.code(304);
    return null;
  }
  const detail = `${options.entity.name}: no node has the id ${request.params.id}`;
  throw new ProblemError(plainProblem(404, detail));
}

async function change(
  action: 'update' | 'delete',
  request: Request,
  reply: FastifyReply,
  options: EntityRoutesOptions,
): Promise<JsonObject> {
  const { client, entity } = options;
  const question = questionFrom(action, request, options);
  const location = sagaLocation(entity, question.messageId, options);
  if (question.waitMs === 0) {
    const { destination } = entity;
    const { data, messageId } = question;
    const options = { messageId, mandatory: true, ...withHeaders(question) };
    await client.send(destination, { action, data }, options);
    return accepted(reply, location);
  }
  try {
    return await answerTo(client, { ...question, whenLate: { saga: location } });
  } catch (error) {
    if (error instanceof Late) return accepted(reply, location);
    throw error;
  }
}

function accepted(reply: FastifyReply, location: string): JsonObject {
  void reply.code(202).headers({ location, 'retry-after': '1' });
  return { saga: location };
}

function sagaLocation(
  entity: Entity,
  messageId: string,
  { sagasPath }: EntityRoutesOptions,
): string {
  return `${sagasPath}/${encodeURIComponent(requestIdentity(entity, messageId))}`;
}
