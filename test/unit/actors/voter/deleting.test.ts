import { caller, given, type MachineSpec } from '../../../../testing.ts';
import { assert, suite } from '../../../support/suite.ts';
import { id, no, ok, subscription } from '../consent/sample.ts';
import {
  type Asked,
  agreed,
  collecting,
  dependants,
  event,
  type Found,
  fulfil,
  links,
  machine,
  noted,
  promised,
  reads,
  released,
  service,
  to,
  views,
  voter,
} from './voter-scenario.ts';

const test = suite('voter: decisions');

test('decided, and nothing depends on it: tombstoned, the promise dropped, answered, ended', () => {
  const done = promised.when(event('deleting', [1]));
  done.then({
    state: 'fulfilled',
    writes: [fulfil(1)],
    replies: [{ to: to('deleting', 1), body: ok }],
  });
  done.thenEnded();
});

test('what was engaged through it goes first; then it is answered', () => {
  const cleaning = agreed.when(event('deleting', [1])).then({
    state: 'engaged',
    writes: [{ op: 'decide' }],
    asks: [{ ...views, action: 'deleting' }],
    replies: [],
  });
  const done = cleaning.answers({ ...views, action: 'deleting' }, ok);
  done.then({
    state: 'fulfilled',
    writes: [{ op: 'decide' }, { op: 'removed' }, { op: 'remove' }, fulfil(1)],
    replies: [{ to: to('deleting', 1), body: ok }],
    publishes: [{ action: 'deleted' }, { action: 'deleted' }],
  });
  done.thenEnded();
});

test('what was engaged through another question is waited for there: a cycle does not wait for itself', () => {
  const both = agreed.when(event('mayDelete', [2], { exchange: 'alerts' }));
  both.when(event('deleting', [2], { exchange: 'alerts' })).then({
    state: 'engaged',
    writes: [fulfil(2)],
    replies: [{ to: to('deleting', 2), body: ok }],
    asks: [],
  });
});

test('a part of a list may be decided before the rest', () => {
  const list = voter().when(event('mayDelete', [1, 2]));
  const first = list
    .when(event('deleting', [1]))
    .then({ state: 'engaged', writes: [fulfil(1)], replies: [{ to: to('deleting', 1) }] });
  first
    .when(event('deleting', [2]))
    .then({ state: 'fulfilled', writes: [fulfil(2)] })
    .thenEnded();
});

/** A voter whose later reads of the dependants find these. */
function doubting(found: Found = {}): MachineSpec {
  const again = event('deleting', [1], { found }).$.read;
  return given(machine, { key: 'T', reads: { ...reads, 'consent.dependants': () => again } });
}
const isDeleting = { action: 'isDeleting' };
const unconfirmed = no(service, 'the owner does not confirm this decision');

test('decided without a question before: the owner is asked first, and nothing is done before it confirms', () => {
  const doubted = doubting().when(event('deleting', [1]));
  doubted.then({
    state: 'engaged',
    writes: [],
    replies: [],
    asks: [
      {
        exchange: 'tags',
        routingKey: 'tags_model_crud_consume',
        action: 'isDeleting',
        data: { id: id(1) },
        messageId: `T/${id(1)}/isDeleting/tags/${service}/1`,
      },
    ],
  });
  assert.equal(noted(doubted), ['unproven']);
  doubted
    .answers(isDeleting, ok)
    .then({ state: 'fulfilled', writes: [fulfil(1)], replies: [{ body: ok }] })
    .thenEnded();
});

test('a decision that the owner does not confirm is answered no, and removes nothing', () => {
  const doubted = doubting().when(event('deleting', [1]));
  const dismissed = doubted.answers(isDeleting, no('tags', 'never asked')).then({
    state: 'fulfilled',
    writes: [],
    replies: [{ to: to('deleting', 1), body: unconfirmed }],
  });
  dismissed.thenEnded();
  assert.equal(noted(dismissed), ['dismissed']);
});

test('while the owner still asks or does not answer, a decision waits, and the owner is asked again', () => {
  const waiting = doubting()
    .when(event('deleting', [1]))
    .answers(isDeleting, { response: 'wait' });
  waiting.then({ state: 'engaged', writes: [], replies: [] });
  waiting.answers(isDeleting, 'perhaps').then({ state: 'engaged', replies: [] });
  const again = waiting.waits(10_000).then({
    asks: [{ messageId: `T/${id(1)}/isDeleting/tags/${service}/2` }],
  });
  again.answers(isDeleting, ok).then({ state: 'fulfilled', writes: [{ op: 'fulfil' }] });
});

test('a decision about several nodes is taken when each of them is confirmed, in one answer or in several', () => {
  const doubted = doubting().when(event('deleting', [1, 2]));
  const half = doubted.answers(isDeleting, {
    results: { [id(1)]: ok, [id(2)]: { response: 'wait' } },
  });
  half.then({ state: 'engaged', writes: [], replies: [] });
  const again = half.waits(10_000).then({ asks: [{ data: { id: id(2) } }] });
  const results = { [id(1)]: ok, [id(2)]: ok };
  again.answers(isDeleting, ok).then({ state: 'fulfilled', replies: [{ body: { results } }] });
  const refused = half.waits(10_000).answers(isDeleting, no('tags', 'never asked'));
  refused.then({ state: 'fulfilled', writes: [] });
});

test('a forged decision beside a promise leaves the promise: only its own inquiry ends it', () => {
  const forged = doubting()
    .when(event('mayDelete', [1]))
    .when(event('deleting', [2]));
  forged.then({ state: 'engaged', writes: [], replies: [], asks: [isDeleting, isDeleting] });
  const data = { id: id(2) };
  const dismissed = forged.answers({ ...isDeleting, data }, no('tags', 'never asked'));
  dismissed.then({ state: 'engaged', writes: [], replies: [{ to: to('deleting', 2) }] });
  dismissed
    .when(event('deleting', [1]))
    .then({ state: 'fulfilled', writes: [fulfil(1)], replies: [{ body: ok }] });
});

test('the end of a part answers its unproven decisions no', () => {
  const off = doubting()
    .when(event('mayDelete', [1]))
    .when(event('deleting', [2]))
    .when(event('notDeleted', [1], { oneWay: true }));
  off.then({
    state: 'released',
    writes: [released],
    replies: [{ to: to('deleting', 2), body: unconfirmed }],
  });
});

test('a tombstoned node is answered without an inquiry', () => {
  const gone = { links: links([id(1)], true) };
  voter()
    .when(event('deleting', [1], { found: gone }))
    .then({ state: 'fulfilled', asks: [], replies: [{ body: ok }] });
});

test('a tombstoned node with dependants left is inquired about: another saga takes them along', () => {
  const found = { ...dependants(1, [], 21), links: links([id(1)], true) };
  const doubted = doubting(found).when(event('deleting', [1], { found }));
  doubted.then({ state: 'engaged', writes: [], replies: [], asks: [isDeleting] });
  doubted.answers(isDeleting, no('tags', 'never asked')).then({
    state: 'fulfilled',
    writes: [],
    replies: [{ to: to('deleting', 1), body: unconfirmed }],
  });
  doubted.answers(isDeleting, ok).then({
    state: 'fulfilled',
    writes: [
      ...[{ op: 'freeze' }, { op: 'decide' }, { op: 'decide' }],
      ...[{ op: 'removed' }, { op: 'remove' }, fulfil(1)],
    ],
    replies: [{ to: to('deleting', 1), body: ok }],
  });
});

/** What is kept of node 1, at the end of its retention. */
const { nodes: keptNodes = [], ...besideKept } = dependants(1, [], 21);
const kept: Found = {
  ...besideKept,
  nodes: keptNodes.map((one) => ({ ...one, retentionEnded: true as const })),
  links: links([id(1)], true),
};
const endOf1 = { id: id(1), retention_ended: true };
const isEnding = { ...isDeleting, data: endOf1 };

function ending(asked: Omit<Asked, 'found'> = {}) {
  return { ...event('deleting', [1], { ...asked, found: kept }), data: endOf1 };
}

test('the end of a retention is inquired about as such, also beside a promise', () => {
  const told = doubting(kept);
  const promising = told.when(event('mayDelete', [1]));
  for (const [before, asks] of [
    [told, [isEnding]],
    [promising, [isDeleting, isEnding]],
  ] as const) {
    const doubted = before.when(ending());
    doubted.then({ state: 'engaged', writes: [], replies: [], asks });
    doubted.answers(isEnding, no('tags', 'the end has not come')).then({
      writes: [],
      replies: [{ to: to('deleting', 1), body: unconfirmed }],
    });
  }
  told
    .when(ending())
    .answers(isEnding, ok)
    .then({ state: 'fulfilled', replies: [{ to: to('deleting', 1), body: ok }] });
});

test('two ends of retentions of one node that are due at once are done as one', () => {
  const second = ending();
  const replyTo = caller('second end');
  const other = { ...second, $: { ...second.$, message: { ...second.$.message, replyTo } } };
  const both = doubting(kept).when(ending()).when(other);
  both.then({ state: 'engaged', writes: [], replies: [], asks: [isEnding] });
  both.answers(isEnding, ok).then({
    state: 'fulfilled',
    writes: [
      ...[{ op: 'freeze' }, { op: 'decide' }, { op: 'decide' }],
      ...[{ op: 'removed' }, { op: 'remove' }, fulfil(1)],
    ],
    replies: [
      { to: to('deleting', 1), body: ok },
      { to: caller('second end'), body: ok },
    ],
  });
});

test('an end that comes while the decision is still carried out is refused, and may come again', () => {
  const cleaning = agreed.when(event('deleting', [1])).when(ending());
  const body = no(service, 'this service still cleans up after the decision');
  cleaning.then({
    state: 'engaged',
    asks: [],
    writes: [],
    replies: [{ to: to('deleting', 1), body }],
  });
  const doubted = agreed.when(ending()).when(event('deleting', [1]));
  doubted.answers(isEnding, ok).then({
    state: 'engaged',
    writes: [],
    replies: [{ to: to('deleting', 1), body }],
  });
});

test('a decision that is sent again beside the confirmation of an end leaves the end to be done', () => {
  const gone = { links: links([id(1)], true) };
  const between = doubting(kept)
    .when(ending())
    .when(event('deleting', [1], { found: gone }));
  between.then({ state: 'engaged', replies: [{ body: ok }] });
  between.answers(isEnding, ok).then({
    state: 'fulfilled',
    writes: [
      ...[{ op: 'freeze' }, { op: 'decide' }, { op: 'decide' }],
      ...[{ op: 'removed' }, { op: 'remove' }, fulfil(1)],
    ],
  });
});

test('an owner that does not speak the protocol ends no retention', () => {
  const bare = doubting(kept).when(ending({ headers: {} }));
  bare.then({ state: 'fulfilled', writes: [], asks: [] });
  assert.is((bare.answered() as { response: string }).response, 'no');
});

test('a decision of an old owner without a question before it is answered no, and removes nothing', () => {
  const bare = voter().when(event('deleting', [1], { headers: {} }));
  const body = no(service, 'this decision came without a question before it');
  bare.then({ state: 'fulfilled', writes: [], asks: [], replies: [{ body }] });
  bare.thenEnded();
  voter()
    .when(event('mayDelete', [1], { headers: {} }))
    .when(event('deleting', [1], { headers: {} }))
    .then({ state: 'fulfilled', replies: [{ body: ok }] });
});

test('a confirmed decision without a question before it overrules what depends here, never silently', () => {
  const found = dependants(1, [subscription(20, 'views')]);
  const overruled = doubting(found)
    .when(event('deleting', [1], { found }))
    .answers(isDeleting, ok);
  overruled.then({
    state: 'engaged',
    writes: [{ op: 'freeze' }, { op: 'decide' }],
    asks: [{ ...views, action: 'deleting' }],
    replies: [],
  });
  assert.ok(noted(overruled).includes('overruled'));
  overruled.answers(views, ok).then({
    state: 'fulfilled',
    writes: [{ op: 'decide' }, { op: 'removed' }, { op: 'remove' }, fulfil(1)],
    replies: [{ to: to('deleting', 1), body: ok }],
  });
});

test('an overruled rule of its own is noted', () => {
  const refusals = [
    {
      nodeId: id(1),
      reason: `it is in use by calc (${id(20)}, prsConstantId)`,
    },
  ];
  const overruled = doubting({ refusals })
    .when(event('deleting', [1], { found: { refusals } }))
    .answers(isDeleting, ok);
  assert.ok(noted(overruled).includes('overruled'));
});

test('a reason that has ended by the decision is not overruled', () => {
  const refusals = [{ nodeId: id(1), reason: 'a dispute', until: '1970-01-01T00:00:00Z' }];
  const decided = doubting({ refusals })
    .when(event('deleting', [1], { found: { refusals } }))
    .answers(isDeleting, ok);
  assert.not.ok(noted(decided).includes('overruled'));
});

test('decided while it still asks its own: it goes along', () => {
  const overtaken = collecting
    .when(event('deleting', [1]))
    .then({ writes: [{ op: 'decide' }], asks: [{ ...views, action: 'deleting' }] });
  overtaken
    .answers({ ...views, action: 'deleting' }, ok)
    .then({
      state: 'fulfilled',
      writes: [{ op: 'decide' }, { op: 'removed' }, { op: 'remove' }, fulfil(1)],
    })
    .thenEnded();
});

test('`deleting` again after the end is done again', () => {
  promised
    .when(event('deleting', [1]))
    .when(event('deleting', [1], { found: { links: links([id(1)], true) } }))
    .then({ state: 'fulfilled', replies: [{ body: ok }] });
});

test('`updating` ends the promise without a tombstone', () => {
  voter()
    .when(event('mayUpdate', [1]))
    .when(event('updating', [1]))
    .then({
      state: 'fulfilled',
      writes: [
        {
          op: 'fulfil',
          args: { saga: 'T', service, nodeIds: [id(1)], gone: false, atMs: 1_000_000 },
        },
      ],
    });
});

test.run();
