/**
 * Whether responses are those of the OpenAPI document: the path, the method, the status, the content
 * type and the schema of the body are in the document.
 */
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { LightMyRequestResponse } from 'fastify';

interface Described {
  readonly content?: Readonly<Record<string, { readonly schema: object }>>;
}

export interface OpenApiDocument {
  readonly servers: readonly { readonly url: string }[];
  readonly paths: Readonly<
    Record<
      string,
      Readonly<Record<string, { readonly responses: Readonly<Record<string, Described>> }>>
    >
  >;
  readonly components: { readonly schemas: { readonly Problem: object } };
}

/** The difference between a response and the document; undefined if there is none. */
export type Conformance = (
  method: string,
  url: string,
  response: LightMyRequestResponse,
) => string | undefined;

export function conformanceTo(document: OpenApiDocument): Conformance {
  const ajv = new Ajv2020({ strict: false, formats: { uuid: true, 'routing-key': true } });
  ajv.addSchema(document.components.schemas.Problem, 'problem');
  const patterns = Object.entries(document.paths).map(
    ([path, item]) => [new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}/?$`), item] as const,
  );
  return (method, url, response) => {
    const [path = ''] = url.split('?');
    const item = patterns.find(([pattern]) => pattern.test(path))?.[1];
    const operation = item?.[method.toLowerCase()];
    if (operation === undefined) return `${method} ${path} is in no path`;
    const { responses } = operation;
    const described = responses[response.statusCode] ?? responses['default'];
    const type = String(response.headers['content-type']).split(';')[0] ?? '';
    const schema = described?.content?.[type]?.schema;
    if (schema === undefined) return `${method} ${path}: ${response.statusCode} ${type}`;
    const isProblem = type === 'application/problem+json';
    if (
      type === 'text/event-stream' ||
      ajv.validate(isProblem ? 'problem' : schema, response.json())
    )
      return undefined;
    return `${method} ${path}: ${response.statusCode} ${ajv.errorsText()}`;
  };
}
