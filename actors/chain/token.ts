/** A token on a chain, as a card names the token. JSON. */
import { type Static, Type } from 'typebox';

const address = (description: string) =>
  Type.String({ pattern: '^0x[0-9a-fA-F]{40}$', description });
/** Of an unsigned number of 256 bits. Decimal, because JSON numbers are exact up to 2^53 only. */
const uint = (description: string) => Type.String({ pattern: '^(0|[1-9]\\d{0,77})$', description });

export const tokenSchema = Type.Object(
  {
    chain: Type.Integer({ minimum: 1, description: 'The chain id.' }),
    contract: address('The contract of the token.'),
    standard: Type.Enum(['erc721', 'erc1155']),
    id: uint('The id of the token, decimal.'),
    amount: Type.Optional(
      uint('How many are burned, decimal. Default 1. Only `erc1155` has more.'),
    ),
    account: address('The account that holds the token.'),
  },
  { additionalProperties: false, description: 'The token of a card of the kind `erc`.' },
);
export type Token = Static<typeof tokenSchema>;

export const uint256Max = 2n ** 256n - 1n;

export function amountOf({ amount = '1' }: Token): bigint {
  return BigInt(amount);
}

/** Why no contract could burn this token; undefined for a token that can be named. */
export function tokenProblem(token: Token): string | undefined {
  if (BigInt(token.id) > uint256Max) return 'the id of the token has more than 256 bits';
  const amount = amountOf(token);
  if (amount === 0n) return 'the amount is 0';
  if (amount > uint256Max) return 'the amount has more than 256 bits';
  if (token.standard === 'erc721' && amount !== 1n)
    return 'a token of ERC-721 is one; the amount can only be 1';
  return undefined;
}

/** For a history or an error: `erc721 7 of 0x… on chain 1`. */
export function tokenText({ chain, contract, standard, id, amount }: Token): string {
  const many = amount === undefined || amount === '1' ? '' : `${amount} of `;
  return `${many}${standard} ${id} of ${contract} on chain ${chain}`;
}
