/**
 * What every consent ledger must do without any store of nodes beside it, as tests. Run on memory, PGlite and PostgreSQL; the
 * numbers are those of `actors/consent/ledger/store.ts`. The contracts of the hierarchy test the ledger together with the tree.
 */
import {
  type LedgerReads,
  type LedgerWrites,
  ledgerRead,
  ledgerWrite,
} from '../../actors/consent/ledger/store.ts';
import { Broken, Conflict } from '../../runtime/ports/errors.ts';
import { assert, type SuiteOptions, suite } from '../support/suite.ts';
import type { HierarchyBench, HierarchyUnderTest } from './hierarchy-world.ts';

const customer = 'customer 7';
const owner = 'customers';
const saga = { saga: 'T', service: owner, nodeIds: [customer] };
const mode = { mode: 'D', above: [], through: [] } as const;
const atNothing = { epochs: {} };

export function ledgerContract(kind: string, bench: HierarchyBench, options: SuiteOptions): void {
  const test = suite(`ledger on ${kind}`, options);
  let store: HierarchyUnderTest;
  test.before.each(async () => {
    store = await bench.fresh();
  });
  test.after(() => bench.end());

  async function read<Op extends keyof LedgerReads>(
    op: Op,
    args: LedgerReads[Op]['args'],
  ): Promise<LedgerReads[Op]['result']> {
    return (await store.read(ledgerRead(op, args))) as unknown as LedgerReads[Op]['result'];
  }
  function write<Op extends keyof LedgerWrites>(
    op: Op,
    args: LedgerWrites[Op]['args'],
    expect: LedgerWrites[Op]['expect'],
  ): Promise<void> {
    return store.apply([ledgerWrite(op, args, expect)]);
  }
  const subscribe = (subscriber: string, epoch: number): Promise<void> =>
    write(
      'subscribe',
      { service: owner, nodeId: customer, subscriber, generation: 1, consent: true, above: [] },
      { epochs: { [customer]: epoch } },
    );
  const linked = async () => (await read('links', { service: 'bills', nodeIds: [customer] }))[0];

  test('ids of any form have lists, links and promises', async () => {
    await subscribe('bills', 0);
    const { epochs, subscriptions } = await read('roster', { nodeIds: [customer, 'nobody'] });
    assert.equal([epochs, subscriptions.length], [{ [customer]: 1 }, 1]);
    const link = { service: 'bills', nodeId: customer, generation: 1, entity: 'customers' };
    await write('link', link, { links: { [customer]: 0 } });
    assert.is((await linked())?.entity, 'customers');
  });

  test('a later subscription that names no entity keeps the entity of the link', async () => {
    const link = { service: 'bills', nodeId: customer, generation: 1 };
    await write('link', { ...link, entity: 'customers' }, null);
    await write('link', { ...link, generation: 2 }, null);
    assert.equal([(await linked())?.entity, (await linked())?.generation], ['customers', 2]);
  });

  test('the epoch of a list that was never changed is 0', async () => {
    await write('freeze', { ...saga, ...mode }, { epochs: { [customer]: 0 } });
    assert.equal((await read('roster', { nodeIds: [customer] })).epochs, {});
    await subscribe('bills', 0);
    await assert.rejects(write('decide', saga, { epochs: { [customer]: 0 } }), Conflict);
    await write('decide', saga, { epochs: { [customer]: 1 } });
  });

  const states = async () =>
    (await read('engagementStates', saga)).map(({ nodeId, state }) => [nodeId, state]);
  const frozen = ledgerWrite('freeze', { ...saga, ...mode }, { epochs: { [customer]: 0 } });
  const promisedAt = (epoch: number) =>
    ledgerWrite('promised', saga, { epochs: { [customer]: epoch } });

  test('an engagement tells the hops of the saga, the earliest where it is engaged again', async () => {
    const freeze = { ...saga, ...mode };
    const engage = (args: typeof freeze & { readonly hops?: number }) =>
      write('freeze', args, { epochs: { [customer]: 0 } });
    const state = { nodeId: customer, state: 'asking' } as const;
    await engage({ ...freeze, hops: 3 });
    assert.equal(await read('engagementStates', saga), [{ ...state, hops: 3 }]);
    await engage({ ...freeze, hops: 5 });
    assert.equal(await read('engagementStates', saga), [{ ...state, hops: 3 }]);
    await write('release', { saga: saga.saga, service: owner }, null);
    await engage(freeze);
    assert.equal(await read('engagementStates', saga), [state]);
  });

  test('a subscriber leaves no held node, and a freeze knows of a subscriber that has left', async () => {
    await subscribe('bills', 0);
    const leaving = { nodeId: customer, subscriber: 'bills', generation: 1 };
    const freeze = () => write('freeze', { ...saga, ...mode }, { epochs: { [customer]: 1 } });
    await freeze();
    await assert.rejects(write('unsubscribe', leaving, null), Conflict);
    await write('unsubscribe', { ...leaving, subscriber: 'others' }, null);
    await write('release', { saga: saga.saga, service: owner }, null);
    await write('unsubscribe', leaving, null);
    await assert.rejects(freeze(), Conflict);
  });

  test('a freeze and its promise in one commit leave a promised engagement', async () => {
    await store.apply([frozen, promisedAt(0)]);
    assert.equal(await states(), [[customer, 'promised']]);
    await write('decide', saga, { epochs: { [customer]: 0 } });
    await store.apply([frozen, promisedAt(0)]);
    assert.equal(await states(), [[customer, 'decided']]);
  });

  test('a freeze raises an earlier engagement that asks to promised, with the promise', async () => {
    await store.apply([frozen]);
    await store.apply([frozen, promisedAt(0)]);
    assert.equal(await states(), [[customer, 'promised']]);
  });

  test('a decision and a removal in one commit keep the expectation of the decision', async () => {
    await subscribe('bills', 0);
    await write('freeze', { ...saga, ...mode }, { epochs: { [customer]: 1 } });
    const removed = ledgerWrite('removed', { ...saga, atMs: 5 }, null);
    const decided = (epoch: number) =>
      ledgerWrite('decide', saga, { epochs: { [customer]: epoch } });
    await assert.rejects(store.apply([decided(0), removed]), Conflict);
    assert.equal(await states(), [[customer, 'asking']]);
    await store.apply([ledgerWrite('decide', saga, null), decided(1), removed]);
    assert.equal(await states(), [[customer, 'tombstoned']]);
    assert.equal((await read('roster', { nodeIds: [customer] })).subscriptions, []);
  });

  test('nothing is placed below a held node, or below a node whose ancestor is held', async () => {
    await write('freeze', { ...saga, ...mode }, atNothing);
    const below = { nodeId: customer, above: [], despite: [] };
    const inner = { nodeId: 'contract 3', above: [customer], despite: [] };
    for (const place of [below, inner]) {
      const args = { service: 'bills', on: [], below: place };
      await assert.rejects(write('depend', args, {}), Conflict);
      await write('depend', { ...args, below: { ...place, despite: ['T'] } }, {});
    }
  });

  test('a dependant is added only on a live subscription, and beside no promise', async () => {
    const args = { service: 'bills', on: [customer] };
    const subscribed = { [customer]: 1 };
    await write('link', { service: 'bills', nodeId: customer, generation: 1 }, null);
    await write('depend', args, { subscribed });
    assert.is((await linked())?.version, 2);
    const promise = { saga: 'T', service: 'bills', nodeIds: [customer], mode: 'D' } as const;
    await write('promise', { ...promise, state: 'ok' }, { links: { [customer]: 2 } });
    await assert.rejects(write('depend', args, { subscribed }), Conflict);
    await write('release', { saga: 'T', service: 'bills' }, null);
    await write('depend', args, { subscribed });
    const version = (await linked())?.version ?? 0;
    const ended = { service: 'bills', nodeId: customer, generation: 1, atMs: 5 };
    await write('unlink', ended, { links: { [customer]: version } });
    await assert.rejects(write('depend', args, { subscribed }), Conflict);
  });

  test('what its owner has removed is gone for everybody, and is held and listed by nobody', async () => {
    await subscribe('bills', 0);
    await write('freeze', { ...saga, ...mode }, { epochs: { [customer]: 1 } });
    await write('removed', { ...saga, atMs: 5 }, null);
    const at = { service: 'bills', above: [customer], ids: [customer] };
    const { holds, links } = await read('place', at);
    assert.equal([holds, links.map(({ tombstoned }) => tombstoned)], [[], [true]]);
    const { subscriptions, removed } = await read('roster', { nodeIds: [customer, 'bill 1'] });
    assert.equal([subscriptions, removed], [[], [customer]]);
    await assert.rejects(subscribe('late', 0), Conflict);
    const again = { ...saga, ...mode, saga: 'S' };
    await assert.rejects(write('freeze', again, { epochs: { [customer]: 0 } }), Conflict);
    const decision = { ...saga, saga: 'S' };
    await assert.rejects(write('decide', decision, { epochs: { [customer]: 0 } }), Conflict);
    const args = { service: 'bills', on: [customer] };
    await assert.rejects(write('depend', args, { subscribed: { [customer]: 1 } }), Conflict);
  });

  test('what a voter has given up is gone for this voter only, until the owner removes it', async () => {
    const voted = { saga: 'T', service: 'bills', nodeIds: [customer] };
    await write('fulfil', { ...voted, gone: true, atMs: 5 }, null);
    const gone = async (service: string) =>
      (await read('place', { service, above: [], ids: [customer] })).links[0]?.tombstoned;
    assert.equal([await gone('bills'), await gone('orders')], [true, false]);
    await write('removed', { ...voted, atMs: 5 }, null);
    assert.is(await gone('orders'), true);
  });

  test('a service has done its part when it says so, and not when the owner removes the node', async () => {
    const done = async (service: string) =>
      (await read('asked', { service, saga: 'U', ids: [customer, 'nobody'] })).done;
    const voted = { saga: 'T', service: 'bills', nodeIds: [customer] };
    await write('removed', { saga: 'T', service: owner, nodeIds: [customer], atMs: 5 }, null);
    assert.equal([await done('bills'), await done(owner)], [[], []]);
    await write('fulfil', { ...voted, gone: true, atMs: 5 }, null);
    assert.equal([await done('bills'), await done('orders')], [[customer], []]);
  });

  test('the end of a retention is confirmed to its voter, from the end to the acknowledgement', async () => {
    const kept = { ...saga, voter: 'bills', until: '2036-01-01' };
    const confirmed = async (endFor: string) =>
      (await read('engagementStates', { ...saga, endFor })).map(({ state }) => state);
    await write('removed', { ...saga, atMs: 5 }, null);
    await write('retain', { ...kept, state: 'open' }, null);
    assert.equal(await confirmed('bills'), []);
    await write('retain', { ...kept, state: 'ended' }, null);
    await write('retain', { ...kept, state: 'open' }, null);
    assert.equal([await confirmed('bills'), await confirmed('orders')], [['ended'], []]);
    await write('retain', { ...kept, until: '2040-01-01', state: 'open' }, null);
    await write('retain', { ...kept, state: 'told' }, null);
    assert.equal(await confirmed('bills'), []);
    assert.equal(await states(), [[customer, 'tombstoned']]);
  });

  test('a tombstone stays while a voter keeps something of its node, until the end is acknowledged', async () => {
    const kept = { ...saga, voter: 'bills', until: '2036-01-01' };
    const others = { saga: 'T2', service: owner, nodeIds: [customer] };
    await write('removed', { ...saga, atMs: 5 }, null);
    await write('removed', { ...others, atMs: 5 }, null);
    await write('retain', { ...kept, state: 'ended' }, null);
    const tombstones = async () =>
      (await read('node', { nodeId: customer })).tombstones.map((one) => one.saga);
    await store.prune(6, 10);
    assert.equal(await tombstones(), ['T']);
    await write('retain', { ...kept, state: 'told' }, null);
    await store.prune(6, 10);
    assert.equal(await tombstones(), []);
  });

  test('an update is excluded by a deletion above, whatever store the nodes are in', async () => {
    await write('freeze', { ...saga, ...mode }, atNothing);
    const inner = { saga: 'U', service: owner, nodeIds: ['contract 3'], through: [] };
    const update = { ...inner, mode: 'U', above: [customer] } as const;
    await assert.rejects(write('freeze', update, atNothing), Conflict);
    await write('freeze', { ...update, mode: 'D' }, atNothing);
    const asked = { service: owner, saga: 'V', mode: 'U', absent: [] } as const;
    const { conflicts } = await read('owned', {
      ...asked,
      nodeIds: ['contract 3'],
      above: [customer],
    });
    assert.equal(conflicts.map((hold) => hold.saga).sort(), ['T', 'U']);
  });

  test('the decided nodes of a saga are found in every service', async () => {
    await write('freeze', { ...saga, ...mode }, atNothing);
    const nodeIds = [customer, 'nobody'];
    assert.equal(await read('decided', { saga: 'T', nodeIds }), []);
    await write('decide', saga, null);
    assert.equal(await read('decided', { saga: 'T', nodeIds }), [customer]);
  });

  test('the nodes that stay are those the saga does not engage and no saga has decided about', async () => {
    const nodeIds = ['nobody', customer, 'contract 3', 'nobody', '\0'];
    const staying = (of: string) => read('staying', { saga: of, nodeIds });
    assert.equal(await staying('T'), ['\0', 'nobody', customer, 'contract 3'].sort());
    await write('freeze', { ...saga, ...mode }, atNothing);
    const other = { saga: 'V', service: 'bills', nodeIds: ['contract 3'] };
    await write('freeze', { ...other, ...mode, nodeIds: other.nodeIds }, { epochs: {} });
    assert.equal(await staying('T'), ['\0', 'contract 3', 'nobody']);
    assert.equal(await staying('V'), ['\0', customer, 'nobody'].sort());
    await write('decide', other, null);
    assert.equal(await staying('T'), ['\0', 'nobody']);
  });

  const taken = { from: 'bills', service: 'orders', nodeIds: ['bill 1'] };
  const onCustomer = { nodeId: customer, owner, entity: 'customers', generation: 3 };
  const adopt = (version: number, more: object = {}) =>
    write(
      'adopt',
      { ...taken, on: [onCustomer], leaves: [], needed: [], ...more },
      { links: { [customer]: version } },
    );

  test('who adopts nodes stands on the lists and has the link in place of the former service', async () => {
    await subscribe('bills', 0);
    await write('link', { service: 'bills', nodeId: customer, generation: 1 }, null);
    await write(
      'subscribe',
      {
        ...{ service: 'bills', nodeId: 'bill 1', subscriber: 'dunning', above: [] },
        ...{ generation: 1, consent: true },
      },
      { epochs: {} },
    );
    await adopt(0);
    const { subscriptions, epochs } = await read('roster', { nodeIds: [customer] });
    assert.equal(subscriptions, [
      { nodeId: customer, service: 'orders', generation: 3, consent: true },
    ]);
    assert.is(epochs[customer], 2);
    const linkOf = async (service: string) =>
      (await read('links', { service, nodeIds: [customer] })).map(({ entity, generation }) => [
        entity,
        generation,
      ]);
    assert.equal([await linkOf('bills'), await linkOf('orders')], [[], [['customers', 3]]]);
    const { nodeIds } = await read('subscriber', { service: 'orders', subscriber: 'dunning' });
    assert.equal(nodeIds, ['bill 1'], 'the lists of the nodes have the new owner');
  });

  test('who adopts nodes below its own has the former service leave its lists', async () => {
    await subscribe('bills', 0);
    await write('link', { service: 'bills', nodeId: customer, generation: 1 }, null);
    const args = { ...taken, service: owner, on: [], leaves: [customer], needed: [] };
    await write('adopt', args, { links: {} });
    const { subscriptions, epochs } = await read('roster', { nodeIds: [customer] });
    assert.equal([subscriptions, epochs[customer]], [[], 2]);
    assert.equal(await read('links', { service: 'bills', nodeIds: [customer] }), []);
  });

  test('an adoption ends the undecided part of the former service, and no decided one', async () => {
    const part = { saga: 'T', service: 'bills', nodeIds: ['bill 1'] };
    await write('freeze', { ...part, ...mode, through: [customer] }, { epochs: {} });
    await write('promise', { ...part, nodeIds: [customer], mode: 'D', state: 'ok' }, null);
    await adopt(0);
    assert.equal(await read('sagas', { service: 'bills' }), []);
    await write('freeze', { ...part, service: 'orders', ...mode }, { epochs: {} });
    await write('decide', { ...part, service: 'orders' }, null);
    const back = { from: 'orders', service: 'bills' };
    await assert.rejects(adopt(0, back), Conflict);
  });

  test('an adoption below a node that the successor has promised since is a conflict, and so is one of promised nodes', async () => {
    await write('link', { service: 'orders', nodeId: customer, generation: 1 }, null);
    await assert.rejects(adopt(0), Conflict);
    const promised = { saga: 'T', service: 'orders', mode: 'D', state: 'ok' } as const;
    await write('promise', { ...promised, nodeIds: ['bill 1'] }, null);
    await assert.rejects(adopt(1), Conflict);
  });

  test('an adoption of what needs a node is a conflict once a saga with every ok deletes the node', async () => {
    await write('freeze', { ...saga, ...mode }, { epochs: {} });
    await adopt(0, { needed: [customer] });
    await write('promised', saga, { epochs: {} });
    await assert.rejects(adopt(1, { needed: [customer] }), Conflict);
    await write('decide', saga, null);
    await assert.rejects(adopt(1, { needed: [customer] }), Conflict);
    await adopt(1);
  });

  test('an adoption below an own node is a conflict once a saga with every ok deletes the node', async () => {
    const args = { ...taken, service: owner, on: [], leaves: [customer], needed: [] };
    await write('freeze', { ...saga, ...mode }, { epochs: {} });
    await write('promised', saga, { epochs: {} });
    await assert.rejects(write('adopt', args, { links: {} }), Conflict);
  });

  test('a service that adopts its own nodes is on the lists again', async () => {
    await adopt(0, { from: 'orders' });
    const { subscriptions } = await read('roster', { nodeIds: [customer] });
    assert.equal(
      subscriptions.map(({ service }) => service),
      ['orders'],
    );
  });

  test('nothing of a subscription outlives its node: links go with the tombstone of the owner, of every service', async () => {
    const link = { nodeId: customer, generation: 1 };
    for (const service of ['bills', 'orders']) await write('link', { service, ...link }, null);
    const promised = { service: 'orders', nodeIds: [customer], saga: 'S' };
    await write('promise', { ...promised, mode: 'D', state: 'ok' }, null);
    await write('removed', { ...saga, atMs: 5 }, null);
    assert.is(await store.prune(6, 9), 1);
    const linksOf = (service: string) => read('links', { service, nodeIds: [customer] });
    assert.equal([(await linksOf('bills')).length, (await linksOf('orders')).length], [0, 1]);
  });

  test('a link that was given back goes by age, unless it is subscribed again or promised', async () => {
    const nodeIds = ['a', 'b', 'c', 'd'];
    const service = 'bills';
    for (const nodeId of nodeIds) {
      await write('link', { service, nodeId, generation: 2 }, null);
      const generation = nodeId === 'd' ? 1 : 2;
      await write('unlink', { service, nodeId, generation, atMs: 5 }, { links: { [nodeId]: 1 } });
    }
    await write('link', { service, nodeId: 'b', generation: 3 }, null);
    const promised = { service, nodeIds: ['c'], saga: 'S' };
    await write('promise', { ...promised, mode: 'D', state: 'ok' }, null);
    const left = async () =>
      (await read('links', { service, nodeIds })).map(({ nodeId }) => nodeId);
    assert.is(await store.prune(5, 9), 0);
    assert.is(await store.prune(6, 9), 1);
    assert.equal(await left(), ['b', 'c', 'd'], 'd has a later subscription than it gave back');
    await write('release', { service, saga: 'S' }, null);
    assert.is(await store.prune(6, 9), 1);
    assert.equal(await left(), ['b', 'd']);
  });

  test('a part names its states in one order, whichever of its nodes was promised first', async () => {
    const part = { saga: 'T', service: owner, ...mode };
    await write('freeze', { ...part, nodeIds: ['a', 'b', 'c'] }, { epochs: {} });
    await write('promised', { saga: 'T', service: owner, nodeIds: ['a'] }, { epochs: {} });
    const [found] = await read('sagas', { service: owner });
    assert.equal(
      [found?.states, found?.nodeIds],
      [
        ['asking', 'promised'],
        ['a', 'b', 'c'],
      ],
    );
  });

  test('a saga whose id cannot be stored is found nowhere, and its writes change nothing', async () => {
    await write('freeze', { ...saga, ...mode }, { epochs: { [customer]: 0 } });
    const odd = { ...saga, saga: 'T\0' };
    assert.equal(await read('sagas', { service: owner, saga: odd.saga }), []);
    assert.equal(await read('engagementStates', odd), []);
    assert.equal((await read('asked', { ...odd, ids: [customer] })).engaged, []);
    await write('release', { saga: odd.saga, service: owner }, null);
    assert.equal(
      (await read('sagas', { service: owner, saga: saga.saga })).map(({ states }) => states),
      [['asking']],
    );
  });

  test('all that stands about a node is read at once, of every service', async () => {
    assert.equal(await read('node', { nodeId: customer }), {
      epoch: 0,
      ...{ subscriptions: [], engagements: [], promises: [], tombstones: [] },
    });
    await subscribe('bills', 0);
    await write('freeze', { ...saga, ...mode }, { epochs: { [customer]: 1 } });
    const link = { service: 'bills', nodeId: customer, generation: 1 };
    await write('link', link, { links: { [customer]: 0 } });
    const promise = { saga: 'T', service: 'bills', nodeIds: [customer], mode: 'D', state: 'ok' };
    await write('promise', promise as LedgerWrites['promise']['args'], {
      links: { [customer]: 1 },
    });
    const stands = await read('node', { nodeId: customer });
    const [subscription] = stands.subscriptions;
    assert.equal(
      [stands.epoch, subscription?.service, subscription?.owner, subscription?.generation],
      [1, 'bills', owner, 1],
    );
    const sinceMs = subscription?.sinceMs ?? null;
    assert.ok(kind === 'memory' ? sinceMs === null : Number(sinceMs) > Date.UTC(2020));
    assert.equal(
      stands.engagements.map(({ saga: id, service, state }) => [id, service, state]),
      [['T', owner, 'asking']],
    );
    assert.equal(
      stands.promises.map(({ service, state }) => [service, state]),
      [['bills', 'ok']],
    );
    await write('decide', saga, { epochs: { [customer]: 1 } });
    await write('removed', { ...saga, atMs: 5 }, null);
    const { tombstones, subscriptions } = await read('node', { nodeId: customer });
    assert.equal(
      [tombstones, subscriptions],
      [[{ nodeId: customer, service: owner, saga: 'T', removed: true, atMs: 5 }], []],
    );
  });

  test('an unknown read or write is a bug', async () => {
    await assert.rejects(store.apply([{ store: 'ledger', op: 'toString', args: {} }]), Broken);
    await assert.rejects(read('constructor' as 'roster', { nodeIds: [] }), Broken);
  });

  test.run();
}
