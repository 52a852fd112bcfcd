/** The activities of a burn: each asks or tells the chain, and each may run again after a crash. */
import { Refused, Transient } from '../../runtime/ports/errors.ts';
import { activity } from '../../runtime/step/activity.ts';
import { judgeSights } from './burn-verdict.ts';
import { type Token, tokenText } from './token.ts';
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

/** `burned`: the hash of a transaction that has perhaps burned the token; null: none is known. */
export type TokenQuestion = { readonly token: Token; readonly burned: string | null };
export type TokenCheck = BurnCheck | { readonly kind: 'burned' };

export function checkActivities(web3: Web3Wrappers) {
  return {
    checkToken: activity<TokenCheck, TokenQuestion>(async ({ token, burned }) => {
      const wrapper = requireWrapper(web3, token.chain);
      return burned === null ? wrapper.check(token) : checkBurned(wrapper, token, burned);
    }, prompt),
  };
}

/** Above every nonce: the nodes look for the transaction alone, not for another use of a nonce. */
const nonceMax = Number.MAX_SAFE_INTEGER;

/** @throws Transient `not-reachable` while the burn stands in a block that is not final. */
async function checkBurned(wrapper: Web3Wrapper, token: Token, hash: string): Promise<TokenCheck> {
  const account = await wrapper.account();
  const query = { token, account, nonce: nonceMax, hashes: [hash], since: 0 };
  const verdict = judgeSights((await wrapper.look(query)).sights, nonceMax);
  if (verdict.kind === 'burned') return { kind: 'burned' };
  const where = `the transaction ${hash} of the chain ${token.chain}`;
  if (verdict.kind === 'mined')
    throw new Transient('not-reachable', `${where} is in a block that is not final`);
  return { kind: 'impossible', reason: `no node shows a burn of ${tokenText(token)} in ${where}` };
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
