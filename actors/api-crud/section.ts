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
  },
  {
    additionalProperties: false,
    description:
      'A gateway: takes create, read, update and delete, asks the model service, hands its answer back.',
  },
);
