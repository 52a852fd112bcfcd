/**
 * Burns over a chain that is reorganised and over processes that are killed, from seeds. The mutant
 * shows that the invariant sees a second burn.
 */
import { loadViem } from '../../actors/chain/viem/viem-package.ts';
import type { Web3Wrapper } from '../../actors/chain/web3-wrapper.ts';
import { loadEthereumjs } from '../../runtime/ethereum/ethereumjs.ts';
import { seededChance } from '../../runtime/simulated/seeded-chance.ts';
import { drawnFaultMix } from '../../testing/simulation/fault-mix.ts';
import type { Operation, Plan } from '../../testing/simulation/plan.ts';
import { runSeeds } from '../../testing/simulation/simulate-system.ts';
import type { System } from '../../testing/simulation/system.ts';
import { proofSize } from '../support/proof-size.ts';
import { assert, note, seed, suite } from '../support/suite.ts';
import type { TokenWorld } from '../support/token-world.ts';
import { BurnCast, chain, type Wrap } from './burns/burn-cast.ts';

type BurnOperation = Operation & { readonly id: number };

const test = suite('burns, simulated', { deadlineMs: 1_800_000 });
const place = { exchange: 'chains', routingKey: 'chains_consume' };
const idsMax = 3;
/** Among them is a seed under which bytes with a higher fee burn the token. */
const forgetfulSeeds = 10;

// A package that is loaded in the middle of a run would let the virtual time run away.
test.before(async () => {
  await loadViem();
  await loadEthereumjs(chain);
});

function systemOf(events: Map<string, number>, wrap?: Wrap): System<Plan<BurnOperation>> {
  return {
    plan: (planned) => {
      const chance = seededChance(planned, 8);
      const operations = Array.from({ length: 1 + Math.floor(chance() * idsMax) }, (_, id) => ({
        atMs: Math.floor(chance() * 30_000),
        id,
      }));
      const faults = { ...drawnFaultMix(chance), crash: chance() * 0.03 };
      return { seed: planned, services: ['chains'], operations, faults };
    },
    build: (plan) => {
      const cast = new BurnCast(seededChance(plan.seed, 9), events, wrap);
      return {
        services: [cast.service()],
        databases: [{ stores: [cast.store] }],
        invariants: [cast.invariant(plan.operations.map(({ id }) => id))],
        prepare: async () => {
          await cast.token(0);
        },
        perform: async ({ id }, world) => {
          const token = await cast.token(id);
          await world.ask(place, { action: 'burn', data: { id: `burn-${id}`, token } });
        },
      };
    },
  };
}

async function run(seeds: number, first: number, wrap?: Wrap) {
  const events = new Map<string, number>();
  const numbers = Array.from({ length: seeds }, (_, index) => first + index);
  const options = { stories: 0, untilFailure: true };
  const { failures } = await runSeeds(systemOf(events, wrap), numbers, options);
  return { failures, events };
}

test('a token is burned at most once, whatever the chain and the processes do', async () => {
  const seeds = proofSize('burn-seeds');
  const { failures, events } = await run(seeds, 1 + (seed() % 1_000));
  note(`${seeds} seeds: ${JSON.stringify(Object.fromEntries(events))}`);
  assert.equal(failures, []);
});

/** Takes the chain's next nonce, and sends the bytes before they are stored. */
function hasty(wrapper: Web3Wrapper, tokens: TokenWorld): Web3Wrapper {
  return {
    account: () => wrapper.account(),
    check: (token) => wrapper.check(token),
    fees: () => wrapper.fees(),
    broadcast: (raw) => wrapper.broadcast(raw),
    look: (query) => wrapper.look(query),
    sign: async (order) => {
      const account = await wrapper.account();
      const next = await tokens.rpc.request('eth_getTransactionCount', [account, 'latest']);
      const signed = await wrapper.sign({ ...order, nonce: Number(next) });
      await wrapper.broadcast(signed.raw);
      await tokens.mine();
      return signed;
    },
  };
}

function looking(wrapper: Web3Wrapper, look: Web3Wrapper['look']): Web3Wrapper {
  return {
    account: () => wrapper.account(),
    check: (token) => wrapper.check(token),
    fees: () => wrapper.fees(),
    sign: (order) => wrapper.sign(order),
    broadcast: (raw) => wrapper.broadcast(raw),
    look,
  };
}

test('a burn that is sent before its bytes are stored is found out', async () => {
  const { failures } = await run(40, 1, hasty);
  assert.equal(
    failures.map(({ invariant }) => invariant),
    ['at most one burn a token'],
  );
});

/** A database that was restored: the bytes after the first ones are forgotten. */
function forgetful(wrapper: Web3Wrapper): Web3Wrapper {
  return looking(wrapper, (query) => wrapper.look({ ...query, hashes: query.hashes.slice(0, 1) }));
}

test('a burn that has forgotten its bytes with a higher fee burns once', async () => {
  const { failures } = await run(forgetfulSeeds, 1, forgetful);
  assert.equal(failures, []);
});

/** Takes forgotten bytes for a foreign use of the nonce. */
function estranged(wrapper: Web3Wrapper): Web3Wrapper {
  return looking(wrapper, async (query) => {
    const [known] = query.hashes;
    const { sights, silent } = await forgetful(wrapper).look(query);
    const strange = sights.map((sight) => {
      const { mined, final } = sight;
      if (mined === null || mined.hash === known || mined.block > final) return sight;
      return { ...sight, mined: null, foreign: mined.hash };
    });
    return { sights: strange, silent };
  });
}

test('forgotten bytes that count as a foreign use are found out', async () => {
  const { failures } = await run(forgetfulSeeds, 1, estranged);
  assert.equal(
    failures.map(({ invariant }) => invariant),
    ['at most one burn a token'],
  );
});

test.run();
