/** Cards of the kind `erc` on the whole flow: the services, and the chain in this process. */
import { deletedCards } from '../../../actors/cards/deleted-cards.ts';
import type { Token } from '../../../actors/chain/token.ts';
import { ViemWeb3Wrapper } from '../../../actors/chain/viem/viem-web3-wrapper.ts';
import { LocalChain } from '../../../runtime/ethereum/local-chain.ts';
import type { JsonObject } from '../../../runtime/ports/json.ts';
import { assert, suite } from '../../support/suite.ts';
import { TokenWorld, testKey } from '../../support/token-world.ts';
import { CardWorld, places } from './card-world.ts';

const test = suite('cards of the kind erc', { deadlineMs: 60_000 });
const chain = 31_340;
const [operatorKey, holderKey] = [testKey(1), testKey(2)];
const all = ['mcards', 'transactions', 'file_remover', 'chains'] as const;
let world: CardWorld;
let tokens: TokenWorld;
let deed: Token;

test.before.each(async () => {
  world = await CardWorld.open();
  const rpc = new LocalChain({ chainId: chain });
  tokens = new TokenWorld(rpc, chain);
  const nodes = [{ name: 'node', rpc }];
  const key = async () => operatorKey;
  world.web3.set(chain, new ViemWeb3Wrapper({ chain, nodes, finality: 3, maxFeeLimit: null, key }));
  await tokens.funded(operatorKey);
  const account = await tokens.funded(holderKey);
  const contract = await tokens.deploy(holderKey, 'deeds');
  deed = { chain, contract, standard: 'erc721', id: '7', account };
  await tokens.mint(holderKey, deed);
});
test.after.each(() => world.close());

const create = async (urls: readonly string[] = []) =>
  world.request(places.cards, 'create', {
    id: 'c1',
    owner: 'kim',
    kind: 'erc',
    token: deed,
    transaction: 't1',
    metadata: { must_be_deleted_files: urls },
  });
const remove = () => world.request(places.cards, 'delete', { id: 'c1', owner: 'kim' });
const stateOf = async () => {
  const answer = (await world.request(places.cards, 'read', { id: 'c1' })) as JsonObject;
  return (answer['data'] as readonly JsonObject[])[0]?.['state'];
};
const transaction = async () => {
  const answer = await world.request(places.transactions, 'read', { transaction: 't1' });
  return ((answer as JsonObject)['data'] as readonly JsonObject[])[0];
};

test('the token is burned, and then row and files go', async () => {
  const urls = await world.writeFiles('a.png');
  await tokens.approve(holderKey, deed, await tokens.addressOf(operatorKey));
  await world.start(...all);
  await create(urls);
  const answered = remove();
  await world.told('burn in a block', 'c1');
  assert.equal(
    [await stateOf(), await tokens.balance(deed), await world.exists('a.png')],
    ['deleted', 0n, true],
  );
  await tokens.mine(2);
  assert.equal(await answered, {});
  assert.is((await transaction())?.['state'], 'confirmed');
  assert.equal([await stateOf(), await world.exists('a.png')], [undefined, false]);
});

test('a reorganisation before the end leads to one more block, and to one burn', async () => {
  await tokens.approve(holderKey, deed, await tokens.addressOf(operatorKey));
  await tokens.mine(3);
  await world.start(...all);
  await create();
  const answered = remove();
  await world.told('burn in a block', 'c1');
  await tokens.reorg(2);
  await world.told('burn in a block', 'c1', 2);
  assert.ok(world.story('c1').includes('chains: burn taken back by a reorganisation'));
  await tokens.mine(3);
  assert.equal(await answered, {});
  assert.is(world.story('c1').filter((line) => line === 'chains: burn signed').length, 1);
});

test('a burn that can never succeed leaves the card active and the transaction failed', async () => {
  const urls = await world.writeFiles('a.png');
  await world.start(...all);
  await create(urls);
  const refused = (await remove()) as JsonObject;
  assert.match(JSON.stringify(refused), /is not approved to burn/);
  assert.is(await stateOf(), 'active');
  const { state, reason } = (await transaction()) ?? {};
  assert.is(state, 'failed');
  assert.match(String(reason), /is not approved to burn/);
  assert.equal([await tokens.balance(deed), await world.exists('a.png')], [1n, true]);
});

test('after the approval the same card can be deleted', async () => {
  await world.start(...all);
  await create();
  await remove();
  await tokens.approve(holderKey, deed, await tokens.addressOf(operatorKey));
  const answered = remove();
  await world.told('burn in a block', 'c1');
  await tokens.mine(2);
  assert.equal(await answered, {});
  assert.is((await transaction())?.['state'], 'confirmed');
});

test('a replay in a restored world removes the card, and the chain burns no second token', async () => {
  const coupons = await tokens.deploy(holderKey, 'coupons');
  const five: Token = { ...deed, contract: coupons, standard: 'erc1155', amount: '5' };
  await tokens.mint(holderKey, { ...five, amount: '20' });
  await tokens.approveAll(holderKey, five, await tokens.addressOf(operatorKey));
  await world.start(...all);
  const card = { id: 'c1', owner: 'kim', kind: 'erc', token: five, transaction: 't1' };
  await world.request(places.cards, 'create', card);
  const answered = remove();
  await world.told('burn in a block', 'c1');
  await tokens.mine(2);
  assert.equal(await answered, {});
  const [deletion] = await deletedCards('c1', async () => world.history);
  const web3 = world.web3.get(chain);
  await world.close();
  world = await CardWorld.open();
  if (web3 !== undefined) world.web3.set(chain, web3);
  await world.start(...all);
  await world.request(places.cards, 'create', card);
  const replay = (burn: string) =>
    world.request(places.cards, 'replayDeletion', { id: 'c1', burn, by: 'ada', why: 'restored' });

  const denied = await replay(`0x${'9'.repeat(64)}`);
  assert.match(JSON.stringify(denied), /no node shows a burn of 5 of erc1155 7/);
  assert.equal([await stateOf(), (await transaction())?.['state']], ['active', undefined]);
  assert.equal(await replay(deletion?.burn ?? ''), {});
  assert.equal([await stateOf(), await tokens.balance(five)], [undefined, 15n]);
  assert.is((await transaction())?.['state'], 'confirmed');
  assert.equal(await replay(deletion?.burn ?? ''), { gone: true });
});

test('the key of the account stands in no row and in no line of the history', async () => {
  await tokens.approve(holderKey, deed, await tokens.addressOf(operatorKey));
  await world.start(...all);
  await create();
  const answered = remove();
  await world.told('burn in a block', 'c1');
  const actor = { service: 'chains', machine: 'tracer' } as const;
  const { burn } = world.history.find(({ line }) => line['what'] === 'burn signed')?.line ?? {};
  const key = String(burn);
  const rows = [
    await world.journals.chains.inspect({ ...actor, key }),
    await world.burns.read('signed', { burn: key }),
    world.history,
  ];
  assert.ok(JSON.stringify(rows).includes('0x02f8'));
  assert.not.ok(JSON.stringify(rows).includes(operatorKey.slice(2)));
  await tokens.mine(2);
  assert.equal(await answered, {});
});

test.run();
