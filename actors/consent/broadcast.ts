/** Whose answer it is, where one question asks several peers. Pure. */

export type Asked = {
  /** Who is asked; several only when one broadcast question asks them all. */
  readonly voters: readonly string[];
  /** Of a broadcast: how many on the list of its node hear it, those who have answered an earlier one among them. */
  readonly hearers?: number;
};

/**
 * The voter an answer is from; undefined when that cannot be told. Whoever is asked alone need not say who it is; but what somebody else
 * says of a broadcast is not its answer, and without a name nobody can tell whose of several it is.
 */
export function answererAmong(
  { voters, hearers }: Asked,
  service: string | undefined,
): string | undefined {
  const isAlone =
    voters.length === 1 && (hearers === undefined || (hearers === 1 && service === undefined));
  return isAlone ? voters[0] : voters.find((voter) => voter === service);
}
