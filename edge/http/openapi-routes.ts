/**
 * The OpenAPI document of the routes of the plugin, and a page to read and try it.
 *
 * - complete: the document has every route of the plugin, because it is made from the routes; a
 *   route without an operation is no route of the API.
 * - typed: generators make types of the schemas, so an object with known members and other members
 *   is two schemas there. In one type of TypeScript, other members have the type of all members.
 * - own: the page loads nothing but the document.
 */
import type { FastifyInstance, RouteOptions } from 'fastify';
import { Type } from 'typebox';
import { isJsonObject } from '../../config/json.ts';
import type { Json, JsonObject } from '../../runtime/ports/json.ts';
import { docsPage } from './docs-page.ts';
import type { Operation } from './operation.ts';

type PathItem = { readonly [method: string]: Operation };

const Problem = Type.Object(
  {
    type: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String(),
    errors: Type.Optional(
      Type.Array(Type.Object({ pointer: Type.String(), detail: Type.String() })),
    ),
  },
  { description: 'RFC 9457, with the further members of the error of the message.' },
);

const pagePolicy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; ";

/** Adds the routes, and notes every route that is added to `app` later. */
export function openapiRoutes(app: FastifyInstance): void {
  const paths = new Map<string, PathItem>();
  app.addHook('onRoute', (route) => addRoute(paths, route));
  app.get('/openapi.json', { config: { isPublic: true } }, async () => openapiDocument(paths));
  app.get('/docs', { config: { isPublic: true } }, async (_request, reply) => {
    void reply.type('text/html; charset=utf-8');
    void reply.header('content-security-policy', `${pagePolicy}connect-src 'self'`);
    return docsPage;
  });
}

/** Fastify adds a route for each spelling of the slash at the end; one of them is in the document. */
function addRoute(paths: Map<string, PathItem>, { url, method, config }: RouteOptions): void {
  const operation = config?.operation;
  if (operation === undefined || method === 'HEAD') return;
  const path = url.replaceAll(/:(\w+)/g, '{$1}').replace(/(?<=.)\/$/, '');
  paths.set(path, { ...paths.get(path), [String(method).toLowerCase()]: operation });
}

function openapiDocument(paths: ReadonlyMap<string, PathItem>): Json {
  const document = {
    openapi: '3.1.0',
    info: { title: 'unanimous', version: '1' },
    // Paths are whole: they begin with the prefix of the plugin.
    servers: [{ url: '/' }],
    paths: Object.fromEntries(paths),
    components: { schemas: { Problem } },
  };
  // Schemas become plain JSON, without the members that only TypeBox sees.
  return JSON.parse(JSON.stringify(document), (_key, value: Json) =>
    isJsonObject(value) ? separated(value) : value,
  );
}

/** Known members apart from other members. The values of the known ones fit the others' schema too. */
function separated(schema: JsonObject): JsonObject {
  const { properties = {}, additionalProperties: others, ...rest } = schema;
  const isMixed = isJsonObject(properties) && Object.keys(properties).length > 0;
  if (!isMixed || !isJsonObject(others)) return schema;
  const type = 'object';
  return {
    ...rest,
    allOf: [
      { type, properties },
      { type, additionalProperties: others },
    ],
  };
}
