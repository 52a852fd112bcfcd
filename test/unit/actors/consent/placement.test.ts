/** Whether a node may be created, and what must be subscribed to first: `placement.ts`. */

import { attributeLists } from '../../../../actors/consent/given-attributes.ts';
import type { LinkState } from '../../../../actors/consent/ledger/store.ts';
import {
  dependsOn,
  excludingHolds,
  isGivenUp,
  type Placement,
  placementProblem,
  referencedIds,
  upstreamOf,
} from '../../../../actors/consent/placement.ts';
import { createRefusal } from '../../../../actors/model-crud/messages.ts';
import { assert, suite } from '../../../support/suite.ts';
import { id, methodsSettings } from '../consent/sample.ts';

const test = suite('placement');

function link(number: number, more: Partial<LinkState> = {}): LinkState {
  return {
    nodeId: id(number),
    entity: 'constants',
    version: 1,
    generation: 1,
    givenUp: 0,
    tombstoned: false,
    promises: [],
    ...more,
  };
}
const constants = { [id(5)]: 'prsConstant' };

function place(objectClass: string, more: Partial<Placement> = {}): Placement {
  return {
    parent: { id: id(1), objectClass, version: 1, isBase: false },
    above: [],
    classes: { [id(1)]: objectClass, ...constants },
    holds: [],
    links: [],
    ...more,
  };
}
const base: Placement = {
  parent: { id: id(9), objectClass: 'prsModelNode', version: 1, isBase: true },
  above: [],
  classes: {},
  holds: [],
  links: [],
};
const promise = { saga: 'S', nodeId: id(5), service: 's', mode: 'D', state: 'collecting' } as const;

test('references: from the attributes that are references, each id once', () => {
  assert.equal(
    referencedIds(methodsSettings, { prsConstantId: [id(5), id(6), id(5)], other: id(7) }),
    [id(5), id(6)],
  );
  assert.equal(referencedIds(methodsSettings, { prsConstantId: id(5) }), [id(5)]);
  assert.equal(referencedIds(methodsSettings, { prsConstantId: [null, 3] }), []);
  assert.equal(referencedIds(methodsSettings, undefined), []);
});

test('it depends on a foreign parent and on what it refers to, not on the base node nor on a parent of its own class', () => {
  assert.equal(dependsOn(methodsSettings, place('prsTag'), [id(5)]), [id(1), id(5)]);
  assert.equal(dependsOn(methodsSettings, place('prsMethod'), [id(5)]), [id(5)]);
  assert.equal(dependsOn(methodsSettings, base, []), []);
  assert.equal(dependsOn(methodsSettings, place('prsTag'), [id(1)]), [id(1)]);
});

test('the owner is found by the node’s class', () => {
  assert.is(upstreamOf(methodsSettings, place('prsTag'), id(5))?.entity, 'constants');
  assert.is(upstreamOf(methodsSettings, place('prsTag', { classes: {} }), id(5)), undefined);
});

const cases: readonly [
  string,
  Placement,
  string | undefined,
  readonly string[],
  number | undefined,
][] = [
  ['below a tag', place('prsTag'), id(1), [], undefined],
  ['below the base node', base, undefined, [], undefined],
  [
    'a parent that is missing',
    { parent: null, above: [], classes: {}, holds: [], links: [] },
    id(1),
    [],
    404,
  ],
  [
    'a parent that is deleted',
    { parent: null, above: [], classes: {}, holds: [], links: [link(1, { tombstoned: true })] },
    id(1),
    [],
    410,
  ],
  [
    'a parent its service has heard is going',
    place('prsTag', { links: [link(1, { tombstoned: true })] }),
    id(1),
    [],
    410,
  ],
  ['a parent of a class that is not allowed', place('prsObject'), id(1), [], 409],
  ['a reference that is good', place('prsTag', { links: [link(5)] }), id(1), [id(5)], undefined],
  [
    'a reference that is deleted',
    place('prsTag', { links: [link(5, { tombstoned: true })] }),
    id(1),
    [id(5)],
    410,
  ],
  ['a reference to nothing', place('prsTag', { classes: {} }), id(1), [id(5)], 404],
  [
    'a reference to what this service is not subscribed to',
    place('prsTag', { classes: { [id(5)]: 'prsObject' } }),
    id(1),
    [id(5)],
    404,
  ],
  [
    'a reference to a node of another entity',
    place('prsTag', { classes: { [id(5)]: 'prsAlert' } }),
    id(1),
    [id(5)],
    409,
  ],
];
for (const [name, where, parentId, references, code] of cases) {
  test(`${name}: ${code ?? 'allowed'}`, () => {
    assert.is(
      placementProblem(methodsSettings, where, parentId, { prsConstantId: references })?.code,
      code,
    );
  });
}

test('held: by any hold at its place, and by a promise about what it depends on, not about anything else', () => {
  const held = { nodeId: id(1), saga: 'S', service: 's', mode: 'D', state: 'asking' } as const;
  assert.is(excludingHolds(place('prsTag', { holds: [held] }), []).length, 1);
  const promised = place('prsTag', { links: [link(5, { promises: [promise] })] });
  assert.is(excludingHolds(promised, [id(5)]).length, 1);
  assert.equal(excludingHolds(promised, [id(1)]), []);
});

test('a subscription is given back from its generation on', () => {
  const back = place('prsTag', { links: [link(5, { givenUp: 3 })] });
  assert.ok(isGivenUp(back, { [id(5)]: 3 }));
  assert.not.ok(isGivenUp(back, { [id(5)]: 4 }));
});

test('attributes are kept as lists; a refusal has a null id', () => {
  assert.equal(attributeLists({ cn: 'a', many: ['b', 1], gone: null }), {
    cn: ['a'],
    many: ['b', 1],
    gone: [null],
  });
  const error = { code: 409, name: 'refused', message: 'no' } as const;
  assert.equal(createRefusal(error), { id: null, error });
});

test.run();
