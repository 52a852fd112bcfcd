/** The section `chains` of an exchange config: the service burns tokens on these chains. */
import { type Static, Type } from 'typebox';
import type { ExchangeConfig } from '../../config/exchange-config.ts';

const defaults = { poll_ms: 12_000, stuck_ms: 180_000 } as const;

/**
 * Without a pattern, because the refusal of a config shows the value, and the value may be a
 * misplaced key.
 */
const variable = (description: string) => Type.Optional(Type.String({ description }));

const network = Type.Object(
  {
    chain_id: Type.Integer({
      minimum: 1,
      description: 'A node that names another chain id is not believed.',
    }),
    rpc_urls: Type.Array(Type.String({ pattern: '^(https?|memory)://', maxLength: 1_000 }), {
      minItems: 1,
      maxItems: 10,
      description:
        'Nodes of the chain, asked all; a burn is final when each of them that answers says so. `memory://` is a chain in this process, for a trial.',
    }),
    confirmations: Type.Optional(
      Type.Union([Type.Integer({ minimum: 1, maximum: 100_000 }), Type.Literal('finalized')], {
        default: 'finalized',
        description:
          'A burn is final in so many blocks, its own included, or in a block that the chain itself calls finalized.',
      }),
    ),
    max_fee_gwei: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        maximum: 1_000_000,
        description:
          'No transaction offers more for a unit of gas. Without the key there is no limit.',
      }),
    ),
    key_env: variable('The environment variable with the private key of the account that signs.'),
    keystore: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 4_096,
        description: 'A keystore file (version 3) with that key, in the place of `key_env`.',
      }),
    ),
    keystore_password_env: variable('The environment variable with the password of the keystore.'),
  },
  { additionalProperties: false },
);
export type Network = Static<typeof network>;

export const chainsSection = Type.Object(
  {
    networks: Type.Optional(
      Type.Array(network, {
        default: [],
        maxItems: 50,
        description: 'The chains, one entry each. None: every burn is refused.',
      }),
    ),
    poll_ms: Type.Optional(
      Type.Integer({
        minimum: 1,
        default: defaults.poll_ms,
        description: 'The nodes are asked about an open burn every so many ms.',
      }),
    ),
    stuck_ms: Type.Optional(
      Type.Integer({
        minimum: 1,
        default: defaults.stuck_ms,
        description:
          'A transaction that waits so many ms for a block is replaced by a transaction with the same nonce and a higher fee.',
      }),
    ),
  },
  { additionalProperties: false, description: 'The service burns tokens.' },
);

export type ChainsSettings = {
  readonly networks: readonly Network[];
  readonly pollMs: number;
  readonly stuckMs: number;
};

export function chainsSettings({ sections }: Pick<ExchangeConfig, 'sections'>): ChainsSettings {
  const given: Static<typeof chainsSection> = {
    ...defaults,
    ...(sections['chains'] as Static<typeof chainsSection> | undefined),
  };
  return {
    networks: given.networks ?? [],
    pollMs: given.poll_ms ?? defaults.poll_ms,
    stuckMs: given.stuck_ms ?? defaults.stuck_ms,
  };
}
