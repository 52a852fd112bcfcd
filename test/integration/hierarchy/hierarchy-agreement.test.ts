/**
 * Memory and PGlite agree: every sequence of writes ends alike on both (same kind of error or none), and every read finds the same.
 */
import fc from 'fast-check';
import { ledgerStoreName } from '../../../actors/consent/ledger/store.ts';
import {
  type Attributes,
  hierarchyStoreName,
  hierarchyWrite,
} from '../../../actors/hierarchy/store.ts';
import { UnanimousError } from '../../../runtime/ports/errors.ts';
import type { Json } from '../../../runtime/ports/json.ts';
import type { Write } from '../../../runtime/ports/store.ts';
import {
  classes,
  type HierarchyUnderTest,
  HierarchyWorld,
  idOf,
  type ServiceName,
} from '../../contract/hierarchy-world.ts';
import { proofSize } from '../../support/proof-size.ts';
import { assert, seed, suite } from '../../support/suite.ts';
import { memoryBench, pgliteBench } from './benches.ts';

const sequencesTried = proofSize('hierarchy-agreement');
const test = suite('hierarchy: memory and PGlite agree', {
  deadlineMs: 60_000 + sequencesTried * 10_000,
});
test.after(() => pgliteBench.end());

const pool = ['a', 'b', 'c', 'd', 'e', 'f'];
const ids = pool.map(idOf);

const name = fc.constantFrom(...pool);
const id = name.map(idOf);
const place = fc.oneof(
  { weight: 2, arbitrary: fc.constant(idOf('objects')) },
  { weight: 5, arbitrary: id },
);
const service = fc.constantFrom<ServiceName>('objects', 'tags');
const saga = fc.constantFrom('T1', 'T2');
const mode = fc.constantFrom<'D' | 'U'>('D', 'U');
/** Of nodes that are not made by `add`; of the others only now and then. */
const otherId = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('u', 'v', 'w').map(idOf) },
  { weight: 1, arbitrary: id },
);
const some = fc.uniqueArray(id, { minLength: 1, maxLength: 3 });
const generation = fc.integer({ min: 1, max: 3 });
/** What of the epochs and versions of now a write expects: nothing, what is there, or something else. */
const expecting = fc.constantFrom('nothing', 'nothing', 'now', 'now', 'other');
const attributes: fc.Arbitrary<Attributes> = fc.record(
  {
    cn: fc.constantFrom(['x'], ['y'], ['x,y'], [], ['system']),
    prsDefault: fc.constantFrom([true], [false]),
    prsIndex: fc.constantFrom([1], ['2'], [3.5], ['none'], []),
    ref: fc.array(id, { maxLength: 2 }),
    note: fc.array(
      fc.oneof(fc.constantFrom('p', 'pq', 'q'), fc.integer({ min: 0, max: 2 }), fc.boolean()),
      { maxLength: 2 },
    ),
  },
  { requiredKeys: [] },
);

interface Step {
  readonly op: string;
  readonly args: Json;
  readonly nodes: readonly string[];
  readonly links: readonly string[];
  readonly expecting: string;
}

function step(
  op: string,
  shape: Record<string, fc.Arbitrary<unknown>>,
  nodes: readonly string[] = [],
  links: readonly string[] = [],
): fc.Arbitrary<Step> {
  return fc.record({ args: fc.record(shape), expecting }).map(({ args, expecting: expected }) => ({
    op,
    args: args as Json,
    nodes: nodes.flatMap((key) => (args[key] ?? []) as string | string[]),
    links: links.flatMap((key) => (args[key] ?? []) as string | string[]),
    expecting: expected,
  }));
}

const owner = { service, objectClass: fc.constant('') };
const added = step(
  'add',
  {
    ...owner,
    id,
    parentId: place,
    attributes,
    systemNode: fc.boolean(),
  },
  ['parentId'],
);
const engaged = { saga, service, nodeIds: some };
const above = { above: fc.array(id, { maxLength: 2 }) };
const subscription = { nodeId: place, subscriber: service, generation, consent: fc.boolean() };
const ofTree = new Set(['add', 'modify', 'addAlias', 'remove', 'lock', 'list', 'unlist']);
const steps: fc.Arbitrary<Step>[] = [
  added,
  added,
  step('modify', { id, attributes }, ['id']),
  step('modify', { id, attributes, parentId: place }, ['id', 'parentId']),
  step('addAlias', {
    id: otherId,
    parentId: place,
    targetId: id,
    cn: fc.constantFrom('x', 'alias'),
  }),
  step('freeze', { ...engaged, ...above, mode, through: fc.array(id, { maxLength: 1 }) }, [
    'nodeIds',
  ]),
  step('promised', engaged, ['nodeIds']),
  step('decide', engaged, ['nodeIds']),
  step('removed', { ...engaged, atMs: fc.constant(1) }),
  step('remove', { nodeIds: some, beside: fc.array(id, { maxLength: 2 }) }),
  step('lock', {}, []),
  step('depend', { service, on: fc.array(id, { maxLength: 2 }) }, [], ['on']),
  step('release', { saga, service }),
  step('disengage', engaged),
  step(
    'promise',
    { ...engaged, mode, state: fc.constantFrom('collecting', 'ok') },
    [],
    ['nodeIds'],
  ),
  step('fulfil', { ...engaged, gone: fc.boolean(), atMs: fc.constant(1) }),
  step('subscribe', { service, ...above, ...subscription }, ['nodeId']),
  step('list', { id: otherId, ...subscription }),
  step('unsubscribe', { nodeId: place, subscriber: service, generation }),
  step('unlist', { nodeIds: some, subscriber: service, generation }),
  step('link', { service, nodeId: id, generation }, [], ['nodeId']),
];

/** A tree to start from: each node below the base or one that came before it. */
const planted: fc.Arbitrary<Step[]> = fc.tuple(
  ...ids.map((node, at) => {
    const above = fc.constantFrom(idOf('objects'), ...ids.slice(0, at));
    const shape = {
      ...owner,
      id: fc.constant(node),
      parentId: above,
      attributes,
      systemNode: fc.boolean(),
    };
    return step('add', shape).map((one) => ({ ...one, expecting: 'nothing' }));
  }),
);
const sequences = fc
  .tuple(planted, fc.array(fc.oneof(...steps), { minLength: 3, maxLength: 25 }))
  .map((parts) => parts.flat());

/** The write of a step, with what it expects taken from the memory store. */
async function writeOf(
  world: HierarchyWorld,
  { op, args, nodes, links, expecting: expected }: Step,
): Promise<Write> {
  const given = args as { service?: ServiceName; objectClass?: string };
  const full =
    given.objectClass === undefined
      ? args
      : { ...given, objectClass: classes[given.service ?? 'objects'] };
  const store = ofTree.has(op) ? hierarchyStoreName : ledgerStoreName;
  const none = { epochs: {}, versions: {}, links: {} };
  if (expected === 'nothing') return { store, op, args: full as Json, expect: none };
  const by = expected === 'now' ? 0 : 1;
  const roster = await world.read('roster', { nodeIds: nodes });
  const { links: found } = await world.read('place', {
    service: given.service ?? 'objects',
    baseNode: '',
    references: links,
  });
  const epochs = Object.fromEntries(roster.nodes.map((node) => [node.id, node.epoch + by]));
  const versions = Object.fromEntries(roster.nodes.map((node) => [node.id, node.version + by]));
  const ofLinks = Object.fromEntries(found.map((link) => [link.nodeId, link.version + by]));
  return { store, op, args: full as Json, expect: { epochs, versions, links: ofLinks } };
}

async function outcome(store: HierarchyUnderTest, write: Write): Promise<string> {
  try {
    await store.apply([write]);
    return 'done';
  } catch (error) {
    return error instanceof UnanimousError ? `${error.name} ${error.code}` : String(error);
  }
}

const searches = [
  {},
  { deref: false },
  { base: idOf('a'), scope: 1 },
  { base: idOf('a'), scope: 2, hierarchy: true },
  { base: idOf('b'), scope: 2, deref: false, getParent: true, attributes: ['cn', 'note'] },
  { base: idOf('c'), scope: 0 },
  { base: 'cn=x,cn=objects,cn=prs' },
  { id: ids },
  { objectClass: classes.tags, filter: { note: ['p*', '1'] } },
  { filter: { note: ['p', 'true', '2'] } },
  { filter: { ref: [idOf('a'), null] }, base: idOf('objects') },
] as const;

/** Every read of a service, of both stores. */
async function seen(store: HierarchyUnderTest): Promise<readonly unknown[]> {
  const world = new HierarchyWorld(store);
  const found: unknown[] = [];
  for (const query of searches) found.push(await world.read('search', query));
  for (const of of ['objects', 'tags'] as const) found.push(...(await seenBy(world, of)));
  return found;
}

async function seenBy(world: HierarchyWorld, of: ServiceName): Promise<readonly unknown[]> {
  const own = { service: of, objectClass: classes[of], saga: 'T1', ids };
  const references = [
    { attribute: 'ref', onDelete: 'delete' },
    { attribute: 'note', onDelete: 'refuse' },
  ] as const;
  const place = { service: of, parentId: idOf('a'), baseNode: 'objects', references: ids };
  return [
    await world.read('engagement', { ...own, mode: 'D' }),
    await world.read('engagement', { ...own, mode: 'U', ids: ids.slice(0, 2) }),
    await world.read('dependants', { ...own, mode: 'D', ids: ids.slice(0, 2), references }),
    await world.read('place', place),
    await world.read('roster', { nodeIds: ids }),
    await world.read('engagementStates', { saga: 'T2', service: of, nodeIds: ids }),
    await world.read('subscription', { nodeId: idOf('b'), subscriber: of }),
    await world.read('orphanedLinks', { service: of, nodeIds: ids.slice(0, 2) }),
    await world.read('sagas', { service: of }),
    await world.read('subscriber', { service: of, subscriber: 'tags' }),
  ];
}

test('after any sequence of writes', async () => {
  const property = fc.asyncProperty(sequences, async (sequence) => {
    const [memory, pglite] = [await memoryBench.fresh(), await pgliteBench.fresh()];
    const world = new HierarchyWorld(memory);
    const base = hierarchyWrite(
      'ensureBase',
      { baseNode: 'objects', ids: [idOf('root'), idOf('objects')] },
      null,
    );
    for (const store of [memory, pglite]) await store.apply([base]);
    for (const one of sequence) {
      const write = await writeOf(world, one);
      assert.is(await outcome(pglite, write), await outcome(memory, write), JSON.stringify(write));
    }
    assert.equal(await seen(pglite), await seen(memory));
  });
  await fc.assert(property, { seed: seed(), numRuns: sequencesTried });
});

test.run();
