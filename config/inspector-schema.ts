/** The format of the section `inspector`. `inspector-settings.ts` has the rules between its keys. */
import { type Static, Type } from 'typebox';
import { closed, mapOf } from './schema-parts.ts';

export const inspectorDefaults = { host: '127.0.0.1', port: 0 } as const;
const inspectorToken = Type.Object(
  {
    sha256: Type.String({
      pattern: '^[0-9a-fA-F]{64}$',
      description:
        'The SHA-256 of the token, in hexadecimal digits. The token is a long random text.',
    }),
  },
  closed,
);
export const inspectorSchema = Type.Object(
  {
    host: Type.Optional(
      Type.String({
        minLength: 1,
        default: inspectorDefaults.host,
        description:
          'The address on which the inspector listens. An address that other machines reach needs ' +
          '`names`, and `readers` or `operators`.',
      }),
    ),
    port: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 65_535,
        default: inspectorDefaults.port,
        description: 'The port of the inspector; 0: a free one, which the start line names.',
      }),
    ),
    names: Type.Optional(
      Type.Array(Type.String({ pattern: '^[A-Za-z0-9.-]+$' }), {
        examples: [['inspector.shop.example']],
        description:
          'Host names under which browsers reach the inspector, besides those of the loopback ' +
          'address. A request with another name is refused.',
      }),
    ),
    readers: Type.Optional(
      mapOf(inspectorToken, 'People who may look, each with a token, by name.'),
    ),
    operators: Type.Optional(
      mapOf(
        inspectorToken,
        'People who may also act (overrides of sagas, dead letters), each with a token, by name.',
      ),
    ),
  },
  {
    ...closed,
    description:
      'Serve the inspector, a page about the services of the process, in the process of this ' +
      'service. Configs of one process that have the section must agree.',
  },
);

export type InspectorOptions = Static<typeof inspectorSchema>;
