/** A number as Ethereum's JSON-RPC writes numbers. */
export function quantity(value: bigint | number): `0x${string}` {
  return `0x${BigInt(value).toString(16)}`;
}
