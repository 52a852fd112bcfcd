/**
 * One decision about nodes of several questions. A step reads only what was there before the step, so
 * two parts that finish in one step would make the turn conflict with itself for ever.
 */
import { voterMachine } from '../../../../actors/voter/voter-machine.ts';
import type { Json } from '../../../../runtime/ports/json.ts';
import { given } from '../../../../testing.ts';
import { suite } from '../../../support/suite.ts';
import {
  asJson,
  detachedReference,
  id,
  methodsSettings,
  node,
  ok,
  plainDetachment,
} from '../consent/sample.ts';
import { dependants, event, fulfil, machine, reads, saga, to } from './voter-scenario.ts';

const test = suite('voter: parts of one decision');

const late = event('deleting', [1, 2], { found: dependants(2, [], 22) });
/** Nobody is subscribed to the nodes 21 and 22. */
const free = {
  ...reads,
  'consent.roster': (args: Json) => {
    const { nodeIds } = args as { readonly nodeIds: readonly string[] };
    const nodes = [21, 22].filter((number) => nodeIds.includes(id(number)));
    return {
      nodes: asJson(nodes.map((number) => node(number, { objectClass: 'prsMethod' }))),
      subscriptions: [],
    };
  },
  'consent.dependants': () => late.$.read,
  'rows.detached': () => asJson([detachedReference(21, 2)]),
};
const voter = given(machine, { key: 'T', reads: free });
const onNode1 = event('mayDelete', [1], { found: dependants(1, [], 21) });
const onNode2 = event('mayDelete', [2], { found: dependants(2, [], 22) });
const decision = event('deleting', [1, 2]);

function removing(number: number) {
  return [
    { op: 'decide', args: { saga: 'T', service: 'methods_model_crud', nodeIds: [id(number)] } },
    { op: 'decide' },
    { op: 'removed' },
    { store: 'rows', op: 'remove', args: { nodeIds: [id(number)], beside: [] } },
  ];
}
const answer = {
  to: to('deleting', 1, 2),
  body: { results: { [id(1)]: ok, [id(2)]: ok } },
};

test('each of two promised parts is removed in a step of its own', () => {
  const decided = voter.when(onNode1).when(onNode2).when(decision);
  decided.then({ state: 'engaged', writes: [...removing(21), fulfil(1)], replies: [] });
  decided
    .waits(1)
    .then({ state: 'fulfilled', replies: [answer] })
    .then({ writes: [...removing(22), { op: 'fulfil' }] })
    .thenEnded();
});

test('a part that the decision overrules goes first, and the promised part in the next step', () => {
  const overruled = voter.when(onNode1).when(decision).answers({ action: 'isDeleting' }, ok);
  overruled.then({
    state: 'engaged',
    writes: [{ op: 'freeze' }, ...removing(22), fulfil(2)],
    replies: [],
  });
  overruled
    .waits(1)
    .then({ state: 'fulfilled', writes: [...removing(21), { op: 'fulfil' }], replies: [answer] })
    .thenEnded();
});

test('references are taken out of nodes in another step than the nodes are removed in', () => {
  const detaching = voterMachine(methodsSettings, { innerSaga: saga }, [], plainDetachment);
  const decided = given(detaching, { key: 'T', reads: free })
    .when(onNode1)
    .when(event('mayDelete', [2]))
    .when(decision);
  decided.then({
    state: 'engaged',
    writes: [{ op: 'detach', args: { nodeIds: [id(2)] } }, fulfil(2)],
    replies: [],
  });
  decided
    .waits(1)
    .then({ writes: [...removing(21), { op: 'detach' }, { op: 'fulfil' }], replies: [answer] })
    .thenEnded();
});

test('a part whose writes are refused in its own step is tried again, and the other part stays done', () => {
  const decided = voter.when(onNode1).when(onNode2).when(decision).waits(1);
  const refused = { type: 'error.write', error: { code: 409, name: 'refused', message: 'in use' } };
  const apart = voter
    .when(onNode1)
    .when(onNode2)
    .when(decision)
    .tells(['g2'], asJson({ ...refused, cause: { type: 'timer' } }) as never);
  apart.then({ state: 'engaged', writes: [], replies: [] });
  apart.waits(4_999).then({ state: 'engaged', replies: [] });
  apart.waits(5_000).then({ state: 'fulfilled', replies: [answer] });
  decided.then({ state: 'fulfilled' });
});

test.run();
