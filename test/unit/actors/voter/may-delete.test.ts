import { voterMachine } from '../../../../actors/voter/voter-machine.ts';
import { given } from '../../../../testing.ts';
import { suite } from '../../../support/suite.ts';
import {
  asJson,
  detachedReference,
  id,
  methodsSettings,
  no,
  ok,
  plainDetachment,
  subscription,
  under,
} from '../consent/sample.ts';
import {
  agreed,
  collecting,
  dependants,
  event,
  fulfil,
  links,
  promise,
  promised,
  reads,
  released,
  saga,
  service,
  to,
  views,
  voter,
} from './voter-scenario.ts';

const test = suite('voter: questions');

test('it takes references out in the commit that says ok, and announces each changed node once', () => {
  const lost = [detachedReference(30, 1), detachedReference(30, 1), detachedReference(31, 1)];
  const detaching = voterMachine(methodsSettings, { innerSaga: saga }, [], plainDetachment);
  const spec = given(detaching, {
    key: 'T',
    reads: { ...reads, 'rows.detached': () => asJson(lost) },
  });
  const fact = (number: number, routingKey: string) => ({
    exchange: 'methods',
    routingKey,
    action: 'updated',
    data: { id: id(number) },
    messageId: `T%2F${id(1)}/${id(number)}/updated/${routingKey === id(number) ? 'node' : 'all'}`,
    headers: { 'consent-saga': 'T' },
  });
  const broadcast = 'methods_model_crud_publish';
  spec
    .when(event('mayDelete', [1]))
    .then({ writes: [promise('ok', [1])], publishes: [] })
    .when(event('deleting', [1]))
    .then({
      writes: [{ store: 'rows', op: 'detach', args: { nodeIds: [id(1)] } }, fulfil(1)],
      publishes: [fact(30, broadcast), fact(30, id(30)), fact(31, broadcast), fact(31, id(31))],
      replies: [{ to: to('deleting', 1), body: ok }],
    });
});

test('nothing depends on it: the promise is written, expecting the link as read, and answered in the same step', () => {
  promised.then({
    state: 'engaged',
    writes: [promise('ok', [1])],
    replies: [{ to: to('mayDelete', 1), body: ok }],
  });
});

test('a tombstoned id is ok, nothing is recorded and nothing is left', () => {
  const done = voter().when(event('mayDelete', [1], { found: { links: links([id(1)], true) } }));
  done.then({ state: 'fulfilled', writes: [], replies: [{ body: ok }] }).thenEnded();
});

test('of several ids only those without a tombstone are promised', () => {
  const found = { links: [...links([id(1)], true), ...links([id(2)], false)] };
  voter()
    .when(event('mayDelete', [1, 2], { found }))
    .then({
      writes: [promise('ok', [2])],
      replies: [{ body: { results: { [id(1)]: ok, [id(2)]: ok } } }],
    });
});

test('what is in use is refused, with the reason and what it is used by', () => {
  const refusals = [
    {
      nodeId: id(1),
      reason: `it is in use by calc (${id(20)}, prsConstantId)`,
    },
  ];
  const refused = voter().when(event('mayDelete', [1], { found: { refusals } }));
  const reason = `it is in use by calc (${id(20)}, prsConstantId)`;
  refused.then({
    state: 'released',
    writes: [released],
    replies: [
      {
        to: to('mayDelete', 1),
        body: {
          response: 'no',
          message: reason,
          service,
          refusals: [{ service, nodeId: id(1), reason }],
        },
      },
    ],
  });
  refused.thenEnded();
});

test('what is being updated here is refused', () => {
  const conflicts = [{ nodeId: id(20), saga: 'S', service, mode: 'U', state: 'asking' }] as const;
  voter()
    .when(event('mayDelete', [1], { found: { ...dependants(1), conflicts } }))
    .then({ state: 'released', asks: [] });
});

test('a question that came over more than 64 services is refused', () => {
  voter()
    .when(event('mayDelete', [1], { headers: under('T', { 'consent-hops': 65 }) }))
    .then({ state: 'released' });
  voter()
    .when(event('mayDelete', [1], { headers: under('T', { 'consent-hops': 64 }) }))
    .then({ state: 'engaged' });
});

test('what depends on it is engaged and asks its own first; there is no answer yet', () => {
  collecting.then({
    state: 'engaged',
    writes: [
      promise('collecting', [1]),
      {
        op: 'freeze',
        args: {
          saga: 'T',
          service,
          nodeIds: [id(20)],
          mode: 'D',
          above: [],
          through: [id(1)],
          hops: 1,
        },
        expect: { epochs: { [id(20)]: 20 } },
      },
    ],
    asks: [{ ...views, action: 'mayDelete', messageId: `T/${id(20)}/mayDelete/views` }],
    replies: [],
  });
});

test('it passes on what remains of the time, less the smaller of 500 ms and 5 %, and one hop more', () => {
  const headers = {
    'consent-protocol': 2,
    'consent-saga': 'T',
    'consent-epoch': 20,
    'consent-hops': 2,
    'consent-deadline-ms': 9_500,
  };
  collecting.then({ asks: [{ headers }] });
});

test('all of its own say ok: the promise is ok and the answer goes out, in one step', () => {
  agreed.then({
    writes: [{ op: 'promised' }, promise('ok', [1], null)],
    replies: [{ to: to('mayDelete', 1), body: ok }],
  });
});

test('any no of its own: all is released, `notDeleted` goes down, `no` goes up with who stands behind it', () => {
  const refused = collecting.answers(views, no('views', 'legal hold'));
  refused.then({
    state: 'released',
    writes: [released, released],
    publishes: [{ ...views, action: 'notDeleted' }],
    replies: [
      {
        body: {
          response: 'no',
          message: 'legal hold',
          service,
          refusals: [{ service: 'views', nodeId: id(20), reason: 'legal hold' }],
        },
      },
    ],
  });
  refused.thenEnded();
});

test('silence of its own is a no that names the silent', () => {
  collecting.waits(9_500).then({
    state: 'released',
    replies: [
      { body: { response: 'no', message: 'no answer from views', service, silent: ['views'] } },
    ],
  });
});

test('who cannot be reached is named too', () => {
  collecting.returns(views).then({
    replies: [
      { body: { response: 'no', message: 'no answer from views', service, silent: ['views'] } },
    ],
  });
});

test('what is engaged under T already does not ask again: ok at once', () => {
  // The read leaves out what is engaged under this saga.
  collecting.when(event('mayDelete', [2], { exchange: 'alerts' })).then({
    writes: [promise('ok', [2])],
    replies: [{ to: to('mayDelete', 2), body: ok }],
    asks: [],
  });
});

test('a second question with dependants of its own is a group of its own', () => {
  const second = collecting.when(
    event('mayDelete', [2], { exchange: 'alerts', found: dependants(2, [], 21) }),
  );
  second.then({
    writes: [
      promise('collecting', [2]),
      { op: 'freeze' },
      { op: 'promised' },
      promise('ok', [2], null),
    ],
    replies: [{ to: to('mayDelete', 2), body: ok }],
  });
});

test('a no to one question releases everything under T, also what was promised to others', () => {
  const refusals = [
    {
      nodeId: id(2),
      reason: `it is in use by calc (${id(21)}, prsConstantId)`,
    },
  ];
  const refused = agreed.when(event('mayDelete', [2], { exchange: 'alerts', found: { refusals } }));
  refused.then({
    state: 'released',
    writes: [released, released],
    publishes: [{ ...views, action: 'notDeleted' }],
    replies: [{ to: to('mayDelete', 2) }],
  });
});

test('a list is answered once, with results, when all of it is settled', () => {
  const list = voter().when(
    event('mayDelete', [1, 2], { found: dependants(1, [subscription(20, 'views')]) }),
  );
  list.then({ replies: [], writes: [promise('collecting', [1, 2]), { op: 'freeze' }] });
  list.answers(views, ok).then({
    replies: [{ to: to('mayDelete', 1, 2), body: { results: { [id(1)]: ok, [id(2)]: ok } } }],
  });
});

test('a question nobody wants answered is a promise all the same', () => {
  voter()
    .when(event('mayDelete', [1], { oneWay: true }))
    .then({ writes: [promise('ok', [1])], replies: [] });
});

test('`mayUpdate` is a promise in mode U', () => {
  voter()
    .when(event('mayUpdate', [1]))
    .then({
      writes: [
        { op: 'promise', args: { saga: 'T', service, mode: 'U', nodeIds: [id(1)], state: 'ok' } },
      ],
    });
});

test.run();
