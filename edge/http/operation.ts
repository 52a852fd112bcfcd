/**
 * One operation of the OpenAPI document, as a route carries it in its config. The document is made
 * from the routes that are there.
 */
import type { TSchema } from 'typebox';

type SchemaPart = TSchema | { readonly $ref: string };

export interface Parameter {
  readonly name: string;
  readonly in: 'query' | 'path' | 'header';
  readonly required?: true;
  readonly description?: string;
  readonly schema?: SchemaPart;
  readonly content?: Content;
}

type Content = Readonly<Record<string, { readonly schema: SchemaPart }>>;

export interface Body {
  readonly description: string;
  readonly content?: Content;
  readonly headers?: Readonly<Record<string, { readonly schema: SchemaPart }>>;
}

export interface Operation {
  readonly summary: string;
  readonly parameters: readonly Parameter[];
  readonly requestBody?: { readonly required?: boolean; readonly content: Content };
  /** By status. */
  readonly responses: Readonly<Record<string, Body>>;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    operation?: Operation;
  }
}

export const problemReference = { $ref: '#/components/schemas/Problem' };

export function inJson(schema: SchemaPart): Content {
  return { 'application/json': { schema: withoutId(schema) } };
}

/** The response of every route to a request that cannot be done. */
export const problemResponse: Body = {
  description: 'The request was not done; `status` and `detail` say why.',
  content: { 'application/problem+json': { schema: problemReference } },
};

/** A document may have a schema more than once, so the schema has no id there. */
function withoutId(schema: SchemaPart): SchemaPart {
  const { $id: _, ...rest } = schema as TSchema & { readonly $id?: string };
  return rest as SchemaPart;
}
