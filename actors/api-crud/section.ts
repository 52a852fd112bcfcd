/** The section `api_crud` of an exchange config. */
import { Type } from 'typebox';

export const apiCrudSection = Type.Object(
  {
    timeout_ms: Type.Optional(
      Type.Integer({
        minimum: 1,
        default: 30_000,
        description: 'How long the model service may take to answer, milliseconds.',
      }),
    ),
    links: Type.Optional(
      Type.Array(Type.String({ pattern: '^[A-Z][A-Za-z0-9]*$' }), {
        uniqueItems: true,
        description:
          'Names of the links of the model service, whose messages the gateway takes too.',
      }),
    ),
  },
  {
    additionalProperties: false,
    description:
      'A gateway: takes create, read, update and delete, asks the model service, hands its answer back.',
  },
);
