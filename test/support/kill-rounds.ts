/** Rounds that each may kill a process, for proofs that want a number of kills. */
import { assert } from './suite.ts';

/** Plays rounds, from 1 on, until so many have killed a process in time. Fails after `roundsMax`. */
export async function expectKills(
  kills: number,
  roundsMax: number,
  play: (round: number) => Promise<boolean>,
): Promise<void> {
  let killed = 0;
  let round = 0;
  while (killed < kills && round < roundsMax) {
    round += 1;
    if (await play(round)) killed += 1;
  }
  assert.is(killed, kills, `${killed} of ${round} rounds killed a process in time`);
}
