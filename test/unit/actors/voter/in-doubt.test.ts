import { caller, message } from '../../../../testing.ts';
import { assert, suite } from '../../../support/suite.ts';
import { id, no, ok, subscription, under } from '../consent/sample.ts';
import {
  agreed,
  collecting,
  dependants,
  event,
  promised,
  released,
  service,
  to,
  views,
  voter,
} from './voter-scenario.ts';

const test = suite('voter: in doubt');

test('called off: everything under T is released, and told to its own', () => {
  const off = agreed.when(event('notDeleted', [1], { oneWay: true }));
  off.then({
    state: 'released',
    writes: [released, released],
    publishes: [{ ...views, action: 'notDeleted' }],
    replies: [],
  });
  off.thenEnded();
});

test('called off while it still collects', () => {
  collecting
    .when(event('notDeleted', [1], { oneWay: true }))
    .then({ state: 'released', publishes: [views] })
    .thenEnded();
});

test('called off by one owner: the question of another owner in the circle is answered no', () => {
  const circle = collecting.when(event('mayDelete', [2], { exchange: 'alerts' }));
  const body = no(service, 'another owner has called the saga off');
  circle.when(event('notDeleted', [2], { exchange: 'alerts', oneWay: true })).then({
    state: 'released',
    replies: [{ to: to('mayDelete', 1), body }],
  });
  circle.when(event('notDeleted', [1], { oneWay: true })).then({ state: 'released', replies: [] });
});

test('nothing is called off after the decision', () => {
  agreed
    .when(event('deleting', [1]))
    .when(event('notDeleted', [1], { oneWay: true }))
    .then({ state: 'engaged', writes: [], publishes: [] });
});

const inquiry = { action: 'isDeleting' };

test('silence until the deadline and five seconds: it inquires; then doubling up to five minutes', () => {
  promised.waits(14_999).then({ asks: [] });
  let spec = promised.waits(15_000).then({
    asks: [
      {
        ...inquiry,
        exchange: 'tags',
        routingKey: 'tags_model_crud_consume',
        data: { id: id(1) },
      },
    ],
  });
  for (const seconds of [10, 20, 40, 80, 160, 300, 300, 300]) {
    spec = spec.waits(seconds * 1_000 - 1).then({ asks: [] });
    spec = spec.waits(1).then({ state: 'engaged', writes: [], asks: [inquiry] });
  }
});

test("a deadline of a thousand years counts as the voter's own, so the voter inquires all the same", () => {
  const headers = under('T', { 'consent-deadline-ms': 10 ** 15 });
  const forged = voter().when(event('mayDelete', [1], { headers }));
  forged.then({ state: 'engaged' });
  forged.waits(14_999).then({ asks: [] });
  forged.waits(15_000).then({ asks: [inquiry] });
});

test('each inquiry has an id of its own', () => {
  promised.waits(25_000).then({
    asks: [
      { messageId: `T/${id(1)}/isDeleting/tags/${service}/1` },
      { messageId: `T/${id(1)}/isDeleting/tags/${service}/2` },
    ],
  });
});

test('`no`: presumed abort, all is released', () => {
  promised
    .waits(15_000)
    .answers(inquiry, no('tags', 'never heard of it'))
    .then({ state: 'released', writes: [released] })
    .thenEnded();
});

for (const [name, body] of [
  ['ok', ok],
  ['wait', { response: 'wait' }],
  ['what is no answer', {}],
] as const) {
  test(`${name}: the promise stands`, () => {
    promised.waits(15_000).answers(inquiry, body).then({ state: 'engaged', writes: [] });
  });
}

test('an owner that cannot be reached leaves the promise as it is: it never expires by a clock', () => {
  promised.waits(15_000).returns(inquiry).then({ state: 'engaged', writes: [] });
  promised.waits(24 * 3_600_000).then({ state: 'engaged', writes: [] });
});

test('two owners: each is asked about what was promised to it', () => {
  const diamond = promised.when(event('mayDelete', [2], { exchange: 'alerts' }));
  diamond.waits(15_000).then({
    asks: [
      { ...inquiry, exchange: 'tags', data: { id: id(1) } },
      { ...inquiry, exchange: 'alerts', data: { id: id(2) } },
    ],
  });
});

/** Asked by two owners: `tags` does not answer the inquiry, the question of `alerts` is open. */
const inDoubt = promised.waits(15_000).when(
  event('mayDelete', [2], {
    exchange: 'alerts',
    found: dependants(2, [subscription(20, 'views')]),
  }),
);

test('called off by the answer of one owner: the question of another owner is answered no', () => {
  const body = no(service, 'another owner has called the saga off');
  inDoubt
    .answers(inquiry, no('tags', 'called off'))
    .then({ state: 'released', replies: [{ to: to('mayDelete', 2), body }] });
});

test('released by an operator: an open question is answered no, with the name and the reason', () => {
  const data = { saga: 'T', operation: 'release', by: 'ada', why: 'it is gone' };
  const body = no(service, 'ada released it: it is gone');
  inDoubt
    .when(message('operatePart', data, { replyTo: caller('o1') }))
    .then({ state: 'released', replies: [{ body: {} }, { to: to('mayDelete', 2), body }] });
});

test('a late `no` changes nothing after the decision', () => {
  const cleaning = agreed.waits(15_000).when(event('deleting', [1]));
  cleaning.answers(inquiry, no('tags', 'never heard of it')).then({ state: 'engaged', writes: [] });
});

test('after the decision nothing is inquired about', () => {
  const cleaning = agreed.when(event('deleting', [1])).waits(600_000);
  assert.not.ok(cleaning.asked().some(({ action }) => action === 'isDeleting'));
});

test('of two promises one is decided: the other is still inquired about', () => {
  const one = agreed
    .when(event('mayDelete', [2], { exchange: 'alerts' }))
    .when(event('deleting', [2], { exchange: 'alerts' }));
  one.waits(15_000).then({ asks: [{ ...inquiry, exchange: 'tags', data: { id: id(1) } }] });
});

test.run();
