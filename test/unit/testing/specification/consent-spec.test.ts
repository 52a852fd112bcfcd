/** Questions of the protocol to definitions of participants and owners, with rows in place of tables. */
import { Type } from 'typebox';
import { defineParticipant, defineTable } from '../../../../index.ts';
import { caller, given, message } from '../../../../testing.ts';
import { assert, suite } from '../../../support/suite.ts';
import { id } from '../../actors/consent/sample.ts';
import { crm } from '../../docs/customers/crm.ts';
import { shop } from '../../docs/customers/orders.ts';
import { maintenance, workOrders } from '../../docs/maintenance/maintenance.ts';
import { orders as plainService } from '../../docs/shop/orders.ts';

const test = suite('specification: consent');

const [pump, valve] = [id(1), id(2)];
const open = { id: 'w1', version: 1, objectId: pump, title: 'oil', state: 'open' };
const closed = { ...open, id: 'w2', version: 2, state: 'closed' };

test('a reason against one of several nodes is the answer, and nothing is promised', () => {
  const spec = given(maintenance, { rows: { objects: [open, closed] } });
  spec
    .asked('mayDelete', [valve, pump])
    .thenNo(/oil/)
    .then({ writes: [{ op: 'release' }] });
  spec
    .asked('mayDelete', [valve])
    .thenOk({ writes: [] })
    .then({ writes: [{ op: 'promise' }] });
});

test('a decision about a node that the service refuses is a failed expectation', () => {
  const spec = given(maintenance, { rows: { objects: [open] } });
  assert.throws(() => spec.asked('deleting', [pump]), /the answer to 'mayDelete' is a no: .*oil/);
});

test('each node is asked about once, and only the rows of decided nodes are cleaned up', () => {
  const other = { ...closed, id: 'w3', objectId: valve };
  const agreed = given(maintenance, { rows: { objects: [closed, other] } })
    .asked('mayDelete', [pump, valve])
    .thenOk();
  agreed
    .asked('deleting', [valve])
    .thenOk({ writes: [workOrders.change(other, { state: 'archived' })] })
    .asked('deleting', [pump])
    .thenOk({ writes: [workOrders.change(closed, { state: 'archived' })] });
});

test('an expectation that does not hold says what was answered', () => {
  const spec = given(maintenance, { rows: { objects: [closed] } }).asked('mayDelete', [pump]);
  assert.throws(() => spec.thenNo('oil'), /expected a no because of oil, found an ok/);
  const refused = given(maintenance, { rows: { objects: [open] } }).asked('wouldDelete', [pump]);
  assert.throws(() => refused.thenOk(), /expected an ok, found a no: work order w1 is open/);
  assert.throws(() => refused.thenNo('other'), /expected the reason other, found work order w1/);
  const planned = given(maintenance, { rows: { objects: [closed] } }).asked('wouldDelete', [pump]);
  assert.throws(() => planned.thenOk({ takes: [] }), /takes/);
  assert.throws(
    () => given(plainService).asked('mayDelete', [pump]),
    /'orders' is asked nothing: begin with a definition of defineParticipant or defineOwner/,
  );
});

test('updates have rules of their own, and rows are typed by their entity', () => {
  const locks = defineTable('spec-locks', {
    row: Type.Object({ objectId: Type.String(), by: Type.String(), seen: Type.Number() }),
    by: ['objectId'],
  });
  const guards = defineParticipant({
    name: 'guards',
    stores: [locks],
    dependsOn: {
      objects: {
        rows: locks.by('objectId'),
        mayUpdate: ({ dependants: [lock] }) =>
          lock?.by === 'ann' ? `locked by ${lock.by}` : undefined,
        updating: ({ dependants }) =>
          dependants.map((lock) => locks.change(lock, { seen: lock.seen + 1 })),
      },
      tags: { rows: locks.by('objectId') },
    },
  });
  const lock = { id: 'l1', version: 4, objectId: pump, by: 'x', seen: 1 };
  given(guards, { rows: { objects: [{ ...lock, by: 'ann' }] } })
    .asked('mayUpdate', [pump])
    .thenNo('locked by ann');
  given(guards, { rows: { objects: [lock] } })
    .asked('updating', [pump])
    .thenOk({ writes: [locks.change(lock, { seen: 2 })] });
  given(guards).asked('mayDelete', [pump]).thenOk();
  // @ts-expect-error: a lock has the member `by`
  given(guards, { rows: { objects: [{ id: 'l1', version: 4, objectId: pump, seen: 1 }] } });
  // @ts-expect-error: the participant depends on no users
  given(guards, { rows: { users: [lock] } });
});

test('an owner refuses by its own rule, and a deletion waits for the subscribers of the row', () => {
  const ann = { id: id(5), version: 1, name: 'Ann' };
  given(crm, { owned: [{ ...ann, hold: 'audit' }] })
    .asked('delete', [ann.id])
    .thenNo(/legal hold: audit/);
  given(crm, { owned: [ann] })
    .asked('plan', [ann.id])
    .thenOk({ takes: [ann.id] });
  given(crm, { owned: [ann] })
    .asked('delete', [ann.id])
    .thenOk();
  const asking = given(crm, { owned: [ann], subscribers: ['orders'] }).asked('delete', [ann.id]);
  asking.then({ asks: [{ action: 'mayDelete', routingKey: 'orders' }] });
  assert.throws(() => asking.thenOk(), /the last step gave no answer; asked were .*mayDelete/);
  asking
    .answers({ action: 'mayDelete' }, { response: 'no', message: 'unpaid', service: 'orders' })
    .thenNo('unpaid');
});

test('rows that go along are removed with the node, after their subscribers have agreed', () => {
  const order = { id: id(6), version: 1, customerId: pump, item: 'lamp' };
  const rows = { customers: [order] };
  given(shop, { rows })
    .asked('wouldDelete', [pump])
    .thenOk({ takes: [order.id] });
  given(shop, { rows })
    .asked('deleting', [pump])
    .thenOk({
      writes: [
        { store: 'orders', op: 'expect', args: { id: order.id }, expect: { version: 1 } },
        { store: 'orders', op: 'drop', args: { id: order.id } },
      ],
    });
  given(shop, { rows, subscribers: ['invoices'] })
    .asked('mayDelete', [pump])
    .then({ asks: [{ action: 'mayDelete' }], replies: [] })
    .answers({ action: 'mayDelete' }, { response: 'ok' })
    .thenOk();
});

test('a request subscribes first, and then writes', () => {
  const data = { id: 'w9', objectId: pump, title: 'oil' };
  given(maintenance)
    .when(message('open', data, { replyTo: caller('q1') }))
    .then({ asks: [{ action: 'subscribe' }], replies: [] })
    .answers({ action: 'subscribe' }, { response: 'ok' })
    .then({
      writes: [{ op: 'depend' }, { store: 'work-orders', op: 'add' }],
      replies: [{ to: caller('q1'), body: {} }],
    });
});

test.run();
