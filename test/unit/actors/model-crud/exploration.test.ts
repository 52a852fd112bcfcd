/** Everything that can become of the machines of a hierarchy service, but for those that ask for consent. */

import type { LinkState } from '../../../../actors/consent/ledger/store.ts';
import type { Placement } from '../../../../actors/consent/placement.ts';
import { baseNodeMachine } from '../../../../actors/model-crud/base-node-machine.ts';
import { nodeCreationMachine } from '../../../../actors/model-crud/node-creation-machine.ts';
import { inquiryMachine } from '../../../../actors/peer/inquiry-machine.ts';
import { subscriptionMachine } from '../../../../actors/peer/subscription-machine.ts';
import { errorBody, Refused } from '../../../../runtime/ports/errors.ts';
import { caller, explore, message } from '../../../../testing.ts';
import { assertExplored } from '../../../support/explored.ts';
import { suite } from '../../../support/suite.ts';
import { asJson, id, no, ok, plainNodes, tagsSettings, under } from '../consent/sample.ts';

const test = suite('model services, explored');
const replyTo = caller('q1');

const link: LinkState = {
  nodeId: id(1),
  entity: 'objects',
  version: 2,
  generation: 0,
  givenUp: 0,
  tombstoned: false,
  promises: [],
};
const below: Placement = {
  parent: { id: id(1), objectClass: 'prsObject', version: 3, isBase: false },
  above: [],
  classes: { [id(1)]: 'prsObject' },
  holds: [],
  links: [link],
};
const hold = {
  nodeId: id(1),
  saga: 'S',
  service: 'objects_model_crud',
  mode: 'D',
  state: 'asking',
} as const;
const base: Placement = {
  parent: { id: id(9), objectClass: 'prsModelNode', version: 3, isBase: true },
  above: [],
  classes: {},
  holds: [],
  links: [],
};
const nowhere: Placement = { parent: null, above: [], classes: {}, holds: [], links: [] };
const held: Placement = { ...below, holds: [hold] };
const givenBack: Placement = { ...below, links: [{ ...link, generation: 9, givenUp: 9 }] };

/** As `place`, of a copy of one node, which a saga may hold. */
function copying(place: Placement, ...sourceHolds: readonly (typeof hold)[]) {
  const attributes = { cn: ['old'], objectClass: ['prsTag'], prsDefault: [true] };
  const nodes = [
    { id: id(5), parentId: id(1), attributes },
    { id: id(6), parentId: id(5), attributes },
  ];
  return { ...place, source: { nodes, above: [id(1)], beneath: [], holds: sourceHolds } };
}

test('the creation of a node, and of copies', () => {
  const create = (read: Placement, parentId: string) =>
    message('create', { parentId, attributes: { cn: 'new' } }, { read, replyTo });
  const copy = (read: Placement, parentId: string) => {
    const data = { id: id(5), parentId, attributes: { cn: 'new' } };
    return message('copy', data, { read: asJson(copying(read)), replyTo });
  };
  const gone = { ...copying(below), source: { ...copying(below).source, nodes: [] } };
  const copied = [below, held, givenBack, nowhere].map((place) => asJson(copying(place)));
  const found = explore(nodeCreationMachine(tagsSettings), {
    alphabet: {
      events: [
        ...[create(below, id(1)), create(base, id(9)), create(nowhere, id(1))],
        ...[copy(below, id(1)), copy(base, id(9)), copy(nowhere, id(1))],
      ],
      answers: { subscribed: [ok, { response: 'wait' }, no('objects', 'why')] },
      reads: {
        'consent.place': [below, held, givenBack, nowhere].map(asJson),
        'consent.copying': [
          ...copied,
          asJson(copying(below, { ...hold, nodeId: id(5) })),
          asJson(gone),
        ],
      },
      writeErrors: [errorBody(new Refused('name-taken', 'there is one'))],
    },
    input: {},
    view: ({ depends, subscribed, problem, copy: isCopy }) => [
      depends ?? null,
      subscribed ?? null,
      problem ?? null,
      isCopy !== undefined,
    ],
  });
  // One request makes one actor: its key is the identity of the message.
  const unhandled = Object.fromEntries(
    ['askingAgain', 'parked', 'subscribing'].map((state) => [
      JSON.stringify({ waiting: state }),
      ['copy', 'create'],
    ]),
  );
  assertExplored(found, { unhandled });
});

test('subscriptions', () => {
  const node = { id: id(1), objectClass: 'prsTag', version: 1, above: [], epoch: 5 };
  const now = {
    nodeId: id(1),
    node,
    tombstoned: false,
    holds: [],
    existing: null,
    subscribers: 1,
  };
  const existing = { nodeId: id(1), service: 'alerts', generation: 1, consent: true };
  const states = [
    now,
    { ...now, node: null },
    { ...now, node: null, tombstoned: true },
    { ...now, holds: [hold] },
    { ...now, holds: [hold], existing },
  ];
  const data = { service: 'alerts', subscribe_to_id: [id(1)] };
  const asked = asJson([{ ...now, holds: [hold], existing }]);
  const found = explore(subscriptionMachine(tagsSettings, plainNodes), {
    alphabet: {
      events: ['subscribe', 'unsubscribe'].flatMap((action) => [
        ...states.map((read) => message(action, data, { read: asJson([read]), replyTo })),
        message(action, data, { read: asked }),
      ]),
      reads: { 'consent.subscriptions': [asked, asJson([now])] },
    },
    view: ({ leaving }) => leaving ?? null,
  });
  assertExplored(found);
});

test('inquiries', () => {
  const events = ['isDeleting', 'isUpdating'].map((action) =>
    message(
      action,
      { id: id(1) },
      {
        read: asJson([{ nodeId: id(1), state: 'tombstoned' }]),
        headers: under('T'),
        from: 'alerts',
        replyTo,
      },
    ),
  );
  assertExplored(explore(inquiryMachine(tagsSettings), { alphabet: { events } }));
});

test('the base node', () => {
  assertExplored(
    explore(baseNodeMachine(tagsSettings), { alphabet: { events: [message('ensure-base', {})] } }),
  );
});

test.run();
