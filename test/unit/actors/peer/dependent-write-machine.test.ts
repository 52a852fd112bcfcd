/** A write that makes rows depend on nodes of other services: subscribed first, and never under a promise. */
import type { ConsentReads } from '../../../../actors/consent/consent-reads.ts';
import { type LinkState, ledgerWrite } from '../../../../actors/consent/ledger/store.ts';
import { dependentWrite } from '../../../../actors/peer/dependent-write-machine.ts';
import { errorBody, Refused } from '../../../../runtime/ports/errors.ts';
import type { Json } from '../../../../runtime/ports/json.ts';
import { caller, explore, given, type MachineSpec } from '../../../../testing.ts';
import { assertExplored } from '../../../support/explored.ts';
import { assert, suite } from '../../../support/suite.ts';
import { asJson, asObject, id, no, ok } from '../consent/sample.ts';

const test = suite('dependent write');

const owner = { exchange: 'objects', routingKey: 'objects' };
const added = { store: 'orders', op: 'add', args: { id: 'o1' } };
const input = { on: { objects: [id(1)] }, writes: [added], answerTo: caller('q1') };
const promise = { saga: 'S', nodeId: id(1), service: 'shop', mode: 'D', state: 'ok' } as const;

type Own = Pick<ConsentReads['dependency']['result'], 'holds' | 'removed' | 'leaving' | 'due'>;

function found(link: Partial<LinkState> = {}, to: Json = owner, own: Partial<Own> = {}): Json {
  const plain = {
    nodeId: id(1),
    entity: null,
    version: 0,
    generation: 0,
    givenUp: 0,
    tombstoned: false,
    promises: [],
  };
  const nodes = [{ entity: 'objects', owner: to, link: { ...plain, ...link } }];
  const free: Own = { holds: [], removed: [], leaving: [] };
  return asJson({ service: 'shop', known: ['tags'], nodes, ...free, ...own } satisfies Omit<
    ConsentReads['dependency']['result'],
    'nodes'
  > & { nodes: unknown });
}

/** The machine with what the look-ups find one after another; the last stands for all later ones. */
function writing(...looks: readonly Json[]): MachineSpec {
  let look = 0;
  const next = () => looks[Math.min(look++, looks.length - 1)] ?? null;
  return given(dependentWrite, { input: asObject(input), reads: { 'consent.dependency': next } });
}

function problem(spec: MachineSpec, code: number, name: string, message: string): void {
  const body = { error: { code, name, message } };
  spec.then({ state: 'over', writes: [], replies: [{ to: caller('q1'), body }] }).thenEnded();
}

test('the subscription is noted and asked for before anything is written', () => {
  const asked = writing(found());
  asked.then({
    state: { working: 'subscribing' },
    writes: [
      ledgerWrite(
        'link',
        { service: 'shop', nodeId: id(1), entity: 'objects', generation: 1 },
        null,
      ),
    ],
    asks: [{ exchange: 'objects', action: 'subscribe' }],
  });
  asked.answers({ action: 'subscribe' }, ok).then({
    state: 'over',
    writes: [{ op: 'depend', expect: { subscribed: { [id(1)]: 1 } } }, added],
    replies: [{ to: caller('q1'), body: {} }],
  });
});

test('an owner that says wait is asked again', () => {
  const waiting = writing(found()).answers({ action: 'subscribe' }, { response: 'wait' });
  waiting.waits(499).then({ state: { working: 'askingAgain' } });
  waiting.waits(500).then({ asks: [{ action: 'subscribe' }] });
});

test('while a promise stands nothing is written; afterwards everything is', () => {
  const parked = writing(found(), found({ promises: [promise] }), found())
    .answers({ action: 'subscribe' }, ok)
    .then({ state: { working: 'parked' }, writes: [] });
  parked.waits(250).then({ state: 'over', writes: [{ op: 'depend' }, added] });
});

test('a subscription that was given back meanwhile is made again, under a later generation', () => {
  writing(found(), found({ generation: 1, givenUp: 1 }))
    .answers({ action: 'subscribe' }, ok)
    .then({
      state: { working: 'subscribing' },
      writes: [
        ledgerWrite(
          'link',
          { service: 'shop', nodeId: id(1), entity: 'objects', generation: 2 },
          null,
        ),
      ],
      asks: [{ action: 'subscribe' }],
    });
});

test('a deleted node, an entity of no subscription, a refusal and an owner out of reach are named', () => {
  problem(writing(found({ tombstoned: true })), 410, 'gone', `the node ${id(1)} is deleted`);
  const unknown =
    "shop writes rows that depend on 'objects'; the config's section 'subscribe' names tags";
  problem(writing(found({}, null)), 500, 'config-invalid', unknown);
  const asked = writing(found());
  const refused = asked.answers({ action: 'subscribe' }, no('objects', 'no such node'));
  const because = `the service of objects refuses the subscription to ${id(1)}: no such node`;
  problem(refused, 409, 'refused', because);
  const away = asked.returns({ action: 'subscribe' });
  const nobody =
    "the service of objects cannot be reached: no queue takes a message to the exchange 'objects' with the routing key 'objects'";
  problem(away, 503, 'not-reachable', nobody);
});

test('nodes that are no lists by entity are named, in place of a turn that is tried again', () => {
  for (const [on, shown] of [
    [{ objects: id(1) }, `{"objects":"${id(1)}"}`],
    [[id(1)], `["${id(1)}"]`],
    [null, 'null'],
  ] satisfies [Json, string][])
    assert.throws(
      () =>
        given(dependentWrite, {
          input: { ...asObject(input), on },
          reads: { 'consent.dependency': found() },
        }),
      (error: unknown) => String(error).includes(`the input 'on' of 'dependentWrite' is ${shown};`),
    );
});

test('an id that no other service uses for the node is refused, so that no row is left out', () => {
  const on = (nodes: Json) =>
    given(dependentWrite, {
      input: { ...asObject(input), on: nodes },
      reads: { 'consent.dependency': found() },
    });
  const upper = id(1).toUpperCase().replace('0', 'A');
  problem(
    on({ objects: [upper] }),
    400,
    'bad-message',
    `the id ${JSON.stringify(upper)} of objects is no UUID in lower case; a member with the format 'uuid' in the schema of the request takes either case`,
  );
  problem(
    on({ objects: [id(1)], tags: [id(1)] }),
    400,
    'bad-message',
    `the node ${id(1)} is named as one of objects and as one of tags`,
  );
});

test('after twenty seconds the deadline names the open subscription, or the held node', () => {
  const open = `no answer to the subscription to ${id(1)}`;
  problem(writing(found()).waits(20_000), 504, 'timed-out', open);
  const held = writing(found({ promises: [promise] })).waits(20_000);
  problem(held, 504, 'timed-out', `an operation still holds one of ${id(1)}`);
});

const hold = { saga: 'S', nodeId: id(7), service: 'shop', mode: 'D', state: 'asking' } as const;

/** The same write, of a row that is a node itself. */
function writingOwn(...looks: readonly Json[]): MachineSpec {
  let look = 0;
  const next = () => looks[Math.min(look++, looks.length - 1)] ?? null;
  const own = { on: {}, own: [id(7)], writes: [added], answerTo: caller('q1') };
  return given(dependentWrite, { input: own, reads: { 'consent.dependency': next } });
}

function own(facts: Partial<Own>): Json {
  const { nodes: _nodes, ...others } = asObject(found({}, owner, facts));
  return { ...others, nodes: [] };
}

test('a row that an operation holds is written when the operation is over, and unheld', () => {
  const parked = writingOwn(own({ holds: [hold] }), own({}));
  parked.then({ state: { working: 'parked' }, writes: [] });
  const below = { nodeId: id(7), above: [], despite: [] };
  parked.waits(250).then({
    state: 'over',
    writes: [
      { op: 'depend', args: { service: 'shop', on: [] } },
      ledgerWrite('depend', { service: 'shop', on: [], below }, {}),
      added,
    ],
  });
  const late = writingOwn(own({ holds: [hold] })).waits(20_000);
  problem(late, 504, 'timed-out', `an operation still holds one of ${id(7)}`);
});

const link = {
  nodeId: id(2),
  entity: 'objects',
  version: 5,
  generation: 3,
  givenUp: 0,
  tombstoned: false,
  promises: [],
};
const depended = { op: 'depend', args: { service: 'shop', on: [] } };

test('the last row takes the subscription along, in its commit, under the version of the link', () => {
  writingOwn(own({ leaving: [{ owner, link, isNeeded: false }] })).then({
    state: 'over',
    writes: [
      depended,
      { op: 'depend' },
      {
        op: 'unlink',
        args: { service: 'shop', nodeId: id(2), generation: 3, atMs: 1_000_000 },
        expect: { links: { [id(2)]: 5 } },
      },
      added,
    ],
    publishes: [
      {
        exchange: 'objects',
        action: 'unsubscribe',
        data: { service: 'shop', subscribe_to_id: [id(2)] },
        headers: { 'consent-generation': 3, 'consent-protocol': 2 },
      },
    ],
  });
});

test('a row that leaves others behind raises the version, so that the other last row is seen', () => {
  writingOwn(own({ leaving: [{ owner, link, isNeeded: true }] })).then({
    state: 'over',
    writes: [
      depended,
      { op: 'depend' },
      ledgerWrite('depend', { service: 'shop', on: [id(2)] }, { links: { [id(2)]: 5 } }),
      added,
    ],
    publishes: [],
  });
});

test('a removal that the look-up leaves out is not written, because nobody knows the node of the row', () => {
  writingOwn(own({ due: [] })).then({
    state: 'over',
    writes: [depended, { op: 'depend' }],
    publishes: [],
    replies: [{ body: {} }],
  });
});

test('the id of a deleted row never comes again', () => {
  const again = `the row ${id(7)} is deleted; its id stays deleted`;
  problem(writingOwn(own({ removed: [id(7)] })), 410, 'gone', again);
});

test('a write that the store refuses is the problem', () => {
  const error = asJson(errorBody(new Refused('name-taken', 'there is an order o1')));
  const undone = { type: 'error.write', error, cause: { type: 'found' } };
  const refused = writing(found()).when(undone);
  refused.then({ state: 'over', writes: [], replies: [{ body: { error } }] });
});

test('everything that can become of it ends', () => {
  const looks = [
    found(),
    found({ promises: [promise] }),
    found({ tombstoned: true }),
    found({}, owner, { holds: [hold] }),
    found({}, owner, { removed: [id(7)] }),
    found({ generation: 1, givenUp: 1 }),
    found({}, owner, { leaving: [{ owner, link, isNeeded: false }] }),
  ];
  const all = explore(dependentWrite, {
    alphabet: {
      events: [],
      reads: { 'consent.dependency': looks },
      answers: { subscribed: [ok, { response: 'wait' }, no('objects', 'gone')] },
      writeErrors: [errorBody(new Refused('name-taken', 'taken'))],
    },
    input: asJson(input) as typeof input,
    view: ({ generations, subscribed, attempts }) =>
      asJson([generations, subscribed, Math.min(1, Number(attempts))]),
  });
  assertExplored(all);
  assert.ok(all.situations > 5);
});

test.run();
