/**
 * From a request to the data of a message: the query, the body and the id of the path together.
 *
 * - unjudged: a value of the query that does not read as its type is passed on as text, and the
 *   service refuses the text with its place. Unknown keys are passed on too.
 * - no-body: many clients name a content type in every request, so a type without a body says nothing.
 * - one-reader: bodies are read as bodies of messages are, within the same limits.
 */
import { errorCodes, type FastifyInstance, type FastifyRequest } from 'fastify';
import { isJsonObject } from '../../config/json.ts';
import { type BodyLimits, decodeBody } from '../../runtime/messages/codec.ts';
import type { Draft } from '../../runtime/ports/draft.ts';
import type { MessageProperties } from '../../runtime/ports/envelope.ts';
import type { Json, JsonObject } from '../../runtime/ports/json.ts';
import { bodyTypes, misplaced } from './problem.ts';

/** Content types of bodies. A page of another origin cannot send these without being allowed to. */
const bodyPattern = new RegExp(`^(?:${bodyTypes.join('|')})\\b`);

const booleans: Readonly<Record<string, boolean>> = { true: true, false: false };
/** Keys of a query that are no text. */
const readers: Readonly<Record<string, (text: string) => Json | undefined>> = {
  scope: jsonOf,
  filter: jsonOf,
  deref: (text) => booleans[text],
  hierarchy: (text) => booleans[text],
  getParent: (text) => booleans[text],
  getVersion: (text) => booleans[text],
  limit: jsonOf,
  attributes: (text) => [text],
};

/** Lets the routes of `app` take bodies within the limits. */
export function takeJson(app: FastifyInstance, limits: BodyLimits): void {
  app.addContentTypeParser(
    bodyPattern,
    { parseAs: 'buffer', bodyLimit: limits.bodyBytes },
    async (request: FastifyRequest, body: Buffer) => bodyOf(request, body, limits),
  );
}

/**
 * Lets the routes of `app` take requests without a body, whatever their content type is. A body of a
 * type that no other parser reads is refused with 415.
 */
export function takeNoBody(app: FastifyInstance): void {
  app.addContentTypeParser('*', ({ headers }: FastifyRequest, _payload, done) => {
    const isEmpty =
      Number(headers['content-length'] ?? 0) === 0 && headers['transfer-encoding'] === undefined;
    done(isEmpty ? null : new errorCodes.FST_ERR_CTP_INVALID_MEDIA_TYPE(), undefined);
  });
}

/** The body of a request. Throws `Refused` as for a message; `undefined` for an empty body. */
function bodyOf({ headers }: FastifyRequest, body: Buffer, limits: BodyLimits): Json | undefined {
  if (body.byteLength === 0) return undefined;
  const properties: Draft<MessageProperties> = { persistent: false };
  const { 'content-type': contentType, 'content-encoding': contentEncoding } = headers;
  if (contentType !== undefined) properties.contentType = contentType;
  if (contentEncoding !== undefined) properties.contentEncoding = contentEncoding;
  const place = { queue: '', exchange: '', routingKey: '', redelivered: false };
  return decodeBody({ ...place, properties, body }, limits);
}

/** The data of the message. `id`: from the path. */
export function dataFrom(query: unknown, body: unknown, id?: string): Json {
  const given = body === undefined ? {} : (body as Json);
  if (!isJsonObject(given)) return given;
  const data = { ...queryData(query), ...given };
  return id === undefined ? data : withId(data, id);
}

function withId(data: JsonObject, id: string): JsonObject {
  const other = data['id'];
  if (other === undefined || other === null || other === id) return { ...data, id };
  throw misplaced(
    '/id',
    `the path names ${id}, and the body or the query ${JSON.stringify(other)}`,
  );
}

function queryData(query: unknown): JsonObject {
  const given = Object.entries(query as Readonly<Record<string, string | readonly string[]>>);
  return Object.fromEntries(
    given.map(([key, value]) => [key, typeof value === 'string' ? read(key, value) : [...value]]),
  );
}

function read(key: string, text: string): Json {
  return (Object.hasOwn(readers, key) ? readers[key]?.(text) : undefined) ?? text;
}

function jsonOf(text: string): Json | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
