/**
 * What a `Web3Wrapper` must do on every chain, as tests. Run on the chain in this process and on anvil.
 * So the chain in this process answers as a real node does.
 */
import type { Token } from '../../actors/chain/token.ts';
import type { Hex } from '../../actors/chain/viem/viem-package.ts';
import { ViemWeb3Wrapper } from '../../actors/chain/viem/viem-web3-wrapper.ts';
import type {
  BurnCheck,
  BurnOrder,
  BurnSight,
  SignedBurn,
} from '../../actors/chain/web3-wrapper.ts';
import type { JsonRpc } from '../../runtime/ports/json-rpc.ts';
import { assert, type SuiteOptions, suite } from '../support/suite.ts';
import { TokenWorld, testKey } from '../support/token-world.ts';

export interface ChainBench {
  readonly chain: number;
  /** A chain of its own, with only its first block. */
  fresh(): Promise<JsonRpc>;
  end(): Promise<void>;
}

const operatorKey = testKey(1);
const holderKey = testKey(2);

export function web3Contract(name: string, bench: ChainBench, options: SuiteOptions = {}): void {
  const test = suite(`web3 on ${name}`, { deadlineMs: 60_000, ...options });
  let world: TokenWorld;
  let wrapper: ViemWeb3Wrapper;
  let operator: Hex;
  let holder: Hex;
  let deed: Token;
  let coupons: Token;

  test.before.each(async () => {
    const rpc = await bench.fresh();
    world = new TokenWorld(rpc, bench.chain);
    wrapper = new ViemWeb3Wrapper({
      chain: bench.chain,
      nodes: [{ name: 'node', rpc }],
      finality: 3,
      maxFeeLimit: null,
      key: async () => operatorKey,
    });
    operator = await world.funded(operatorKey);
    holder = await world.funded(holderKey);
    const shared = { chain: bench.chain, id: '7', account: holder } as const;
    deed = { ...shared, standard: 'erc721', contract: await world.deploy(holderKey, 'deeds') };
    coupons = {
      ...shared,
      standard: 'erc1155',
      amount: '5',
      contract: await world.deploy(holderKey, 'coupons'),
    };
    await world.mint(holderKey, deed);
    await world.mint(holderKey, coupons);
  });
  test.after(() => bench.end());

  const possible = async (token: Token): Promise<Extract<BurnCheck, { kind: 'possible' }>> => {
    const check = await wrapper.check(token);
    if (check.kind === 'impossible') throw new Error(check.reason);
    return check;
  };
  const reason = async (token: Token): Promise<string> => {
    const check = await wrapper.check(token);
    return check.kind === 'impossible' ? check.reason : 'possible';
  };
  const orderOf = async (token: Token): Promise<BurnOrder> => {
    const { nonce, gas, fees } = await possible(token);
    return { token, nonce, gas, fees };
  };
  const sightOf = async (order: BurnOrder, ...signed: SignedBurn[]): Promise<BurnSight> => {
    const { sights } = await wrapper.look({
      token: order.token,
      nonce: order.nonce,
      account: operator.toLowerCase(),
      hashes: signed.map(({ hash }) => hash),
      since: 0,
    });
    const [sight] = sights;
    if (sight === undefined) throw new Error('there is no sight');
    return sight;
  };

  test('an approved burn of ERC-721 is possible, and burns the token', async () => {
    await world.approve(holderKey, deed, operator);
    const order = await orderOf(deed);
    const signed = await wrapper.sign(order);
    assert.is((await wrapper.broadcast(signed.raw)).kind, 'accepted');
    await world.mine();
    const { mined } = await sightOf(order, signed);
    assert.is(mined?.outcome, 'burned');
    assert.is(mined?.hash, signed.hash);
    assert.is(await world.balance(deed), 0n);
  });

  test('a burn of ERC-1155 takes the amount from the account', async () => {
    await world.approveAll(holderKey, coupons, operator);
    const order = await orderOf({ ...coupons, amount: '3' });
    const signed = await wrapper.sign(order);
    await wrapper.broadcast(signed.raw);
    await world.mine();
    assert.is((await sightOf(order, signed)).mined?.outcome, 'burned');
    assert.is(await world.balance(coupons), 2n);
  });

  test('a burn says beforehand why it cannot succeed', async () => {
    assert.match(await reason(deed), /is not approved/);
    assert.match(await reason({ ...deed, id: '8' }), /there is no token 8/);
    assert.match(await reason({ ...deed, account: operator }), /belongs to/);
    assert.match(await reason({ ...deed, contract: operator.toLowerCase() }), /no contract/);
    assert.match(await reason({ ...coupons, amount: '6' }), /has 5 of the token 7, not 6/);
    await world.approveAll(holderKey, deed, operator);
    await world.funded(operatorKey, 1_000n);
    assert.match(await reason(deed), /has 1000 wei/);
  });

  test('the same order is signed as the same bytes', async () => {
    await world.approveAll(holderKey, deed, operator);
    const order = await orderOf(deed);
    assert.equal(await wrapper.sign(order), await wrapper.sign(order));
  });

  test('bytes that a node has already are no error', async () => {
    await world.approveAll(holderKey, deed, operator);
    await world.automine(false);
    const order = await orderOf(deed);
    const signed = await wrapper.sign(order);
    await wrapper.broadcast(signed.raw);
    assert.is((await wrapper.broadcast(signed.raw)).kind, 'known');
    await world.mine();
    assert.ok(['known', 'nonce-used'].includes((await wrapper.broadcast(signed.raw)).kind));
  });

  test('other bytes of a waiting nonce take its place only with higher fees', async () => {
    await world.approveAll(holderKey, deed, operator);
    await world.automine(false);
    const order = await orderOf(deed);
    const first = await wrapper.sign(order);
    await wrapper.broadcast(first.raw);
    const { maxFee, tip } = order.fees;
    const cheap = { maxFee: String(BigInt(maxFee) - 1n), tip };
    const bid = { maxFee: String(BigInt(maxFee) * 2n), tip: String(BigInt(tip) * 2n) };
    const low = await wrapper.sign({ ...order, fees: cheap });
    assert.is((await wrapper.broadcast(low.raw)).kind, 'underpriced');
    const high = await wrapper.sign({ ...order, fees: bid });
    assert.is((await wrapper.broadcast(high.raw)).kind, 'accepted');
    await world.mine();
    assert.is((await sightOf(order, first, high)).mined?.hash, high.hash);
  });

  test('a transaction waits, is dropped, stands in a block, and becomes final', async () => {
    await world.approveAll(holderKey, deed, operator);
    await world.automine(false);
    const order = await orderOf(deed);
    const signed = await wrapper.sign(order);
    assert.is((await sightOf(order, signed)).isKnown, false);
    await wrapper.broadcast(signed.raw);
    assert.is((await sightOf(order, signed)).isKnown, true);
    await world.drop(signed.hash);
    assert.is((await sightOf(order, signed)).isKnown, false);
    await wrapper.broadcast(signed.raw);
    await world.mine();
    const young = await sightOf(order, signed);
    assert.ok((young.mined?.block ?? 0) > young.final);
    await world.mine(2);
    const old = await sightOf(order, signed);
    assert.ok((old.mined?.block ?? Infinity) <= old.final);
  });

  test('a reorganisation takes a mined burn back', async () => {
    await world.approveAll(holderKey, deed, operator);
    await world.mine(3);
    const order = await orderOf(deed);
    const signed = await wrapper.sign(order);
    await wrapper.broadcast(signed.raw);
    await world.mine(1);
    assert.is((await sightOf(order, signed)).mined?.outcome, 'burned');
    await world.reorg(2);
    assert.is((await sightOf(order, signed)).mined, null);
    assert.is(await world.balance(deed), 1n);
  });

  test('another transaction with the nonce is named when it is final', async () => {
    await world.approveAll(holderKey, deed, operator);
    await world.automine(false);
    const order = await orderOf(deed);
    const signed = await wrapper.sign(order);
    const foreign = await world.signed(operatorKey, holder, '0x');
    const hash = await world.rpc.request('eth_sendRawTransaction', [foreign]);
    await world.mine();
    const young = await sightOf(order, signed);
    assert.is(young.foreign, null);
    assert.is(young.nonce, order.nonce + 1);
    await world.mine(3);
    assert.is((await sightOf(order, signed)).foreign, hash);
    assert.is((await wrapper.broadcast(signed.raw)).kind, 'nonce-used');
  });

  test('own-call: a burn whose bytes with a higher fee are forgotten is no foreign use of its nonce', async () => {
    await world.approveAll(holderKey, coupons, operator);
    await world.automine(false);
    const order = await orderOf({ ...coupons, amount: '2' });
    const first = await wrapper.sign(order);
    const { maxFee, tip } = order.fees;
    const fees = { maxFee: String(BigInt(maxFee) * 2n), tip: String(BigInt(tip) * 2n) };
    const forgotten = await wrapper.sign({ ...order, fees });
    await wrapper.broadcast(forgotten.raw);
    await world.mine(4);
    const { mined, foreign, isKnown } = await sightOf(order, first);
    assert.equal(
      { hash: mined?.hash, outcome: mined?.outcome, foreign, isKnown },
      { hash: forgotten.hash, outcome: 'burned', foreign: null, isKnown: true },
    );
  });

  test('own-call: the burn of another amount with the nonce is a foreign use', async () => {
    await world.approveAll(holderKey, coupons, operator);
    const order = await orderOf({ ...coupons, amount: '2' });
    const signed = await wrapper.sign(order);
    const other = await wrapper.sign({ ...order, token: { ...coupons, amount: '1' } });
    await wrapper.broadcast(other.raw);
    await world.mine(4);
    const { mined, foreign } = await sightOf(order, signed);
    assert.equal({ mined, foreign }, { mined: null, foreign: other.hash });
  });

  test('a burn that reverts in its block is told from a burn', async () => {
    await world.approveAll(holderKey, deed, operator);
    await world.automine(false);
    const order = await orderOf(deed);
    const signed = await wrapper.sign(order);
    await world.transfer(holderKey, deed, await world.addressOf(testKey(3)));
    await wrapper.broadcast(signed.raw);
    await world.mine();
    assert.is((await sightOf(order, signed)).mined?.outcome, 'reverted');
  });

  test('a contract that only says that it has burned is found out', async () => {
    const contract = await world.deploy(holderKey, 'pretender');
    const token: Token = { ...deed, contract };
    const order = { token, nonce: 0, gas: '100000', fees: await wrapper.fees() };
    const signed = await wrapper.sign(order);
    await wrapper.broadcast(signed.raw);
    await world.mine();
    assert.is((await sightOf(order, signed)).mined?.outcome, 'unburned');
  });

  test('a node that names another chain id is not believed', async () => {
    const lying = new ViemWeb3Wrapper({
      chain: bench.chain + 1,
      nodes: [{ name: 'node', rpc: world.rpc }],
      finality: 3,
      maxFeeLimit: null,
      key: async () => operatorKey,
    });
    await assert.rejects(lying.check({ ...deed, chain: bench.chain + 1 }), /one of the chain/);
  });

  test.run();
}
