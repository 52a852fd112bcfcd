/** The adoption of nodes of a service that does not come back: what forbids it, and its one commit. */
import type { LinkState } from '../../../../actors/consent/ledger/store.ts';
import type { AdoptableNode, Nodes } from '../../../../actors/consent/nodes.ts';
import { adoptionMachine } from '../../../../actors/peer/adoption-machine.ts';
import {
  type Adopting,
  adoptionProblem,
  subscriptionsFor,
} from '../../../../actors/peer/adoption-rules.ts';
import type { Json, JsonObject } from '../../../../runtime/ports/json.ts';
import { caller, given, type MachineSpec, message } from '../../../../testing.ts';
import { assert, suite } from '../../../support/suite.ts';
import { asJson, id, methodsSettings, plainNodes } from '../consent/sample.ts';

const test = suite('adoption');
const service = 'methods_model_crud';
const operator = caller('o1');
const audit = { by: 'ada', why: 'it was uninstalled' };

const tag = { id: id(1), objectClass: 'prsTag', service: 'tags_model_crud' };
const constant = { id: id(2), objectClass: 'prsConstant', service: 'constants_model_crud' };

function adoptable(number: number, more: Partial<AdoptableNode> = {}): AdoptableNode {
  return {
    ...{ id: id(number), cn: `n${number}`, objectClass: 'prsFormula', version: number },
    ...{ parent: tag, belowId: null, references: [], mentions: [], referrer: null },
    ...more,
  };
}
function link(nodeId: string, more: Partial<LinkState> = {}): LinkState {
  return {
    ...{ nodeId, entity: null, version: 0, generation: 0, givenUp: 0, tombstoned: false },
    ...{ promises: [], ...more },
  };
}
function adopting(more: Partial<Adopting> = {}): Adopting {
  return { nodes: [adoptable(11)], listing: [], holds: [], links: [], ...more };
}
function nameOf(found: Adopting): unknown {
  const problem = adoptionProblem(methodsSettings, 'formulas', found);
  return problem && [problem.code, problem.name];
}

test('nodes below allowed nodes, with references to allowed ones, can be adopted', () => {
  const references = [{ attribute: 'prsConstantId', ...constant }];
  const nodes = [adoptable(11, { references }), adoptable(12, { parent: null })];
  assert.is(nameOf(adopting({ nodes })), undefined);
});

const forbidden: readonly [string, Partial<Adopting>, number, string][] = [
  ['a service without nodes', { nodes: [] }, 404, 'not-found'],
  [
    'a node below a class that the successor keeps no nodes below',
    { nodes: [adoptable(11, { parent: constant })] },
    409,
    'wrong-class',
  ],
  [
    'a node that refers to a node of another entity',
    { nodes: [adoptable(11, { references: [{ attribute: 'prsConstantId', ...tag }] })] },
    409,
    'wrong-class',
  ],
  [
    'a node that depends on another one by an attribute which is no reference of the successor',
    { nodes: [adoptable(11, { mentions: [{ attribute: 'prsObjectId', ...tag }] })] },
    409,
    'wrong-class',
  ],
  [
    'a node that a node of the successor refers to',
    { nodes: [adoptable(11, { referrer: { id: id(12), cn: 'n12' } })] },
    409,
    'wrong-class',
  ],
  [
    'a node that a saga has decided about',
    {
      holds: [{ nodeId: id(11), saga: 'T', service: 'formulas', mode: 'D', state: 'decided' }],
    },
    423,
    'frozen',
  ],
  [
    'a node below one of the successor that a saga has decided about',
    {
      listing: [id(5)],
      holds: [{ nodeId: id(5), saga: 'T', service, mode: 'D', state: 'decided' }],
    },
    423,
    'frozen',
  ],
  [
    'a node below one that the successor has promised',
    {
      links: [
        link(id(1), {
          promises: [{ saga: 'T', nodeId: id(1), service, mode: 'D', state: 'ok' }],
        }),
      ],
    },
    423,
    'frozen',
  ],
];
for (const [what, found, code, name] of forbidden) {
  test(`${what} forbids the adoption`, () => {
    assert.equal(nameOf(adopting(found)), [code, name]);
  });
}

test('a decision about a node above forbids nothing: the deletion goes on with the successor', () => {
  const hold = { nodeId: id(1), saga: 'T', service: 'tags_model_crud', mode: 'D' } as const;
  assert.is(nameOf(adopting({ holds: [{ ...hold, state: 'decided' }] })), undefined);
});

const referring = [{ attribute: 'prsConstantId', ...constant }];
const onConstant = {
  nodeId: id(2),
  saga: 'T',
  service: 'constants_model_crud',
  mode: 'D',
} as const;
const onTag = { nodeId: id(1), saga: 'T', service: 'tags_model_crud', mode: 'D' } as const;
const decidedConstant = { ...onConstant, state: 'decided' } as const;

test('no node that refuses a deletion is adopted while an agreed saga deletes the referred node', () => {
  const nodes = [adoptable(11, { references: referring })];
  for (const state of ['promised', 'decided'] as const)
    assert.equal(nameOf(adopting({ nodes, holds: [{ ...onConstant, state }] })), [423, 'frozen']);
  const asking = { ...onConstant, state: 'asking' } as const;
  assert.is(nameOf(adopting({ nodes, holds: [asking] })), undefined, 'the successor is asked');
  const updated = { ...decidedConstant, mode: 'U' } as const;
  assert.is(nameOf(adopting({ nodes, holds: [updated] })), undefined);
});

test('a node that goes with the referred node, or loses the reference, is adopted', () => {
  const nodes = [adoptable(11, { references: referring })];
  for (const onDelete of ['delete', 'detach'] as const) {
    const references = methodsSettings.references.map((one) => ({ ...one, onDelete }));
    const found = adopting({ nodes, holds: [decidedConstant] });
    const problem = adoptionProblem({ ...methodsSettings, references }, 'formulas', found);
    assert.is(problem, undefined, onDelete);
  }
});

test('a node that goes with a node above needs no node that it refers to', () => {
  const nodes = [
    adoptable(11),
    adoptable(12, { parent: null, belowId: id(11), references: referring }),
  ];
  const holds = [decidedConstant, { ...onTag, state: 'decided' } as const];
  assert.is(nameOf(adopting({ nodes, holds })), undefined);
  const beside = adoptable(13, { parent: null, references: referring });
  assert.equal(nameOf(adopting({ nodes: [...nodes, beside], holds })), [423, 'frozen']);
});

test('a node below one of the successor that goes with an agreed saga is not adopted', () => {
  const hold = { nodeId: id(5), saga: 'T', service, mode: 'D', state: 'promised' } as const;
  assert.equal(nameOf(adopting({ listing: [id(5)], holds: [hold] })), [423, 'frozen']);
});

test('a service adopts its own nodes whatever their attributes name', () => {
  const nodes = [adoptable(11, { mentions: [{ attribute: 'note', ...tag }] })];
  assert.is(adoptionProblem(methodsSettings, service, adopting({ nodes })), undefined);
});

test('the refusal counts the nodes and names the first', () => {
  const nodes = [adoptable(10), adoptable(11, { parent: constant })];
  const problem = adoptionProblem(methodsSettings, 'formulas', adopting({ nodes }));
  assert.ok(
    problem?.message.endsWith(`1 of 2 nodes, first prsFormula n11 (${id(11)})`),
    problem?.message,
  );
});

test('the successor subscribes to each node once, under a new generation, at the owner of the node', () => {
  const references = [{ attribute: 'prsConstantId', ...constant }];
  const nodes = [adoptable(11, { references }), adoptable(12), adoptable(13, { parent: null })];
  const links = [link(id(1), { generation: 4 })];
  assert.equal(subscriptionsFor(methodsSettings, adopting({ nodes, links })), [
    { nodeId: id(1), owner: 'tags_model_crud', entity: 'tags', generation: 5 },
    { nodeId: id(2), owner: 'constants_model_crud', entity: 'constants', generation: 1 },
  ]);
});

const nodesPort: Nodes = {
  ...plainNodes,
  list: ({ nodeId, subscriber, generation }) => [
    { store: 'rows', op: 'list', args: { nodeId, subscriber, generation } },
  ],
  unlist: (nodeIds, subscriber) => [{ store: 'rows', op: 'unlist', args: { nodeIds, subscriber } }],
};
const machine = adoptionMachine(methodsSettings, nodesPort, {
  owned: (from) => ({ store: 'rows', op: 'owned', args: { from } }),
  take: (versions) => [{ store: 'rows', op: 'take', args: {}, expect: { versions } }],
});
function adopted(found: Adopting): MachineSpec {
  const data: Json = { service: 'formulas', ...audit };
  return given(machine).when(message('adopt', data, { read: asJson(found), replyTo: operator }));
}

test('nodes, lists and links change in one commit, which expects what was read', () => {
  const links = [link(id(1), { generation: 1, version: 7 })];
  const done = adopted(adopting({ links }));
  const on = [{ nodeId: id(1), owner: 'tags_model_crud', entity: 'tags', generation: 2 }];
  done.then({
    state: 'answered',
    writes: [
      {
        ...{ store: 'ledger', op: 'adopt' },
        args: { service, from: 'formulas', nodeIds: [id(11)], on, leaves: [], needed: [] },
        expect: { links: { [id(1)]: 7 } },
      },
      { op: 'take', expect: { versions: { [id(11)]: 11 } } },
      { op: 'unlist', args: { nodeIds: [id(1)], subscriber: 'formulas' } },
      { op: 'unlist', args: { nodeIds: [id(11)], subscriber: service } },
      { op: 'list', args: { nodeId: id(1), subscriber: service, generation: 2 } },
    ],
    replies: [{ to: operator, body: { adopted: 1 } }],
  });
  done.thenEnded();
});

test('the commit expects that no agreed saga deletes a node that the nodes need', () => {
  const nodes = [adoptable(11, { parent: null, references: referring })];
  const on = [{ nodeId: id(2), owner: 'constants_model_crud', entity: 'constants', generation: 1 }];
  adopted(adopting({ nodes })).then({
    writes: [
      {
        op: 'adopt',
        args: {
          ...{ service, from: 'formulas', nodeIds: [id(11)] },
          ...{ on, leaves: [], needed: [id(2)] },
        },
      },
      ...['take', 'unlist', 'unlist', 'list'].map((op) => ({ op })),
    ],
  });
});

test('the former service leaves all other lists', () => {
  const nodes = [adoptable(11, { parent: null })];
  adopted(adopting({ nodes, listing: [id(5)] })).then({
    writes: [
      {
        op: 'adopt',
        args: {
          ...{ service, from: 'formulas', nodeIds: [id(11)] },
          ...{ on: [], leaves: [id(5)], needed: [] },
        },
      },
      { op: 'take' },
      { op: 'unlist', args: { nodeIds: [id(5)], subscriber: 'formulas' } },
      { op: 'unlist', args: { nodeIds: [id(11)], subscriber: service } },
    ],
  });
});

test('the adoption stands in the history of the former service and of each saga that holds a node', () => {
  const hold = { nodeId: id(1), saga: 'T', service: 'tags_model_crud', mode: 'D' } as const;
  const line = {
    ...{ what: 'operator', operation: 'adopt', ...audit, voter: 'formulas' },
    nodes: [id(11)],
  };
  adopted(adopting({ holds: [{ ...hold, state: 'decided' }] })).then({
    records: [
      { topic: 'subscriber formulas', line },
      { topic: 'T', line },
    ],
  });
});

test('a refused adoption writes nothing', () => {
  const refused = adopted(adopting({ nodes: [] }));
  refused.then({ state: 'answered', writes: [], records: [] }).thenEnded();
  const { error } = refused.answered() as { error: JsonObject };
  assert.is(error['code'], 404);
});

test.run();
