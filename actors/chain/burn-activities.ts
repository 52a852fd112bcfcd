/** The activities of a burn: each asks or tells the chain, and each may run again after a crash. */
import { Refused } from '../../runtime/ports/errors.ts';
import { activity } from '../../runtime/step/activity.ts';
import type { Token } from './token.ts';
import type {
  Broadcast,
  BurnCheck,
  BurnOrder,
  BurnQuery,
  BurnSights,
  Fees,
  SignedBurn,
  Web3Wrapper,
  Web3Wrappers,
} from './web3-wrapper.ts';

/** For ever: a chain that cannot be reached is waited for. */
const patient = {
  attemptsMax: Number.POSITIVE_INFINITY,
  firstDelayMs: 500,
  factor: 2,
  delayMaxMs: 30_000,
  timeoutMs: 60_000,
};
/** About ten seconds: somebody waits for the answer. */
const prompt = {
  attemptsMax: 5,
  firstDelayMs: 500,
  factor: 2,
  delayMaxMs: 5_000,
  timeoutMs: 30_000,
};

export function burnActivities(web3: Web3Wrappers) {
  const wrapper = (chain: number): Web3Wrapper => requireWrapper(web3, chain);
  return {
    checkBurn: activity<BurnCheck, { readonly token: Token }>(
      async ({ token }) => wrapper(token.chain).check(token),
      patient,
    ),
    signBurn: activity<SignedBurn, BurnOrder>(
      async (order) => wrapper(order.token.chain).sign(order),
      patient,
    ),
    broadcastBurn: activity<Broadcast, { readonly chain: number; readonly raw: string }>(
      async ({ chain, raw }) => wrapper(chain).broadcast(raw),
      patient,
    ),
    lookAtBurn: activity<BurnSights, BurnQuery>(
      async (query) => wrapper(query.token.chain).look(query),
      patient,
    ),
    askMarket: activity<Fees, { readonly chain: number }>(
      async ({ chain }) => wrapper(chain).fees(),
      patient,
    ),
  };
}

export function checkActivities(web3: Web3Wrappers) {
  return {
    checkToken: activity<BurnCheck, { readonly token: Token }>(
      async ({ token }) => requireWrapper(web3, token.chain).check(token),
      prompt,
    ),
  };
}

function requireWrapper(web3: Web3Wrappers, chain: number): Web3Wrapper {
  const found = web3(chain);
  if (found !== undefined) return found;
  throw chainUnknown(chain);
}

export function chainUnknown(chain: number): Refused {
  return new Refused('not-supported', `the chain ${chain} is not one of the config's networks`, {
    at: '/data/token/chain',
  });
}
