/** The races of `actors/hierarchy/store.ts` on two connections: the later one always finds out. */
import { ledgerWrite } from '../../../actors/consent/ledger/store.ts';
import { hierarchyWrite } from '../../../actors/hierarchy/store.ts';
import { Conflict, Refused } from '../../../runtime/ports/errors.ts';
import type { Write } from '../../../runtime/ports/store.ts';
import { HierarchyWorld, idOf } from '../../contract/hierarchy-world.ts';
import { assert, suite } from '../../support/suite.ts';
import { postgresBench } from './benches.ts';
import { type Ending, race, raceHeldUp } from './race.ts';

const test = suite('hierarchy races on PostgreSQL', { needs: ['postgres'] });
let world: HierarchyWorld;
test.before.each(async () => {
  world = new HierarchyWorld(await postgresBench.fresh());
  await world.plant();
});
test.after(() => postgresBench.end());

const refused = (code: string) => (error: unknown) =>
  error instanceof Refused && error.code === code;

type Writes = readonly Write[];

async function raced(first: Writes, second: Writes, ending?: Ending): Promise<void> {
  await race(await postgresBench.database(), first, second, ending);
}

async function freeze(saga: string, mode: 'D' | 'U', ...names: string[]): Promise<Writes> {
  const { epochs, versions = {} } = await world.epochs(...names);
  const nodeIds = names.map(idOf);
  return [
    ledgerWrite(
      'freeze',
      { saga, service: 'objects', mode, nodeIds, above: [], through: [] },
      { epochs },
    ),
    hierarchyWrite('lock', {}, { versions }),
  ];
}

async function promise(name: string): Promise<Writes> {
  const links = await world.versions('tags', name);
  const args = {
    saga: 'T',
    service: 'tags',
    mode: 'D',
    nodeIds: [idOf(name)],
    state: 'ok',
  } as const;
  return [ledgerWrite('promise', args, { links })];
}

async function subscribe(name: string, despite?: readonly string[]): Promise<Writes> {
  const { epochs } = await world.epochs(name);
  const args = { nodeId: idOf(name), subscriber: 'tags', generation: 1, consent: true };
  const free = despite === undefined ? {} : { despite };
  return [
    ledgerWrite('subscribe', { service: 'objects', above: [], ...args, ...free }, { epochs }),
    hierarchyWrite('list', { id: idOf('subscription'), ...args }, null),
  ];
}

async function decide(...names: string[]): Promise<Writes> {
  const { epochs, versions = {} } = await world.epochs(...names);
  return [
    ledgerWrite('decide', { saga: 'T', service: 'objects', nodeIds: names.map(idOf) }, { epochs }),
    hierarchyWrite('lock', {}, { versions }),
  ];
}

function remove(...names: string[]): Writes {
  const nodeIds = names.map(idOf);
  return [
    ledgerWrite('removed', { saga: 'T', service: 'tags', nodeIds, atMs: 1 }, null),
    hierarchyWrite('remove', { nodeIds, beside: [] }, null),
  ];
}

function move(name: string, to: string): Writes {
  const change = { id: idOf(name), attributes: {}, parentId: idOf(to) };
  return [hierarchyWrite('modify', change, { versions: {} })];
}

test('a freeze sees the create that came first', async () => {
  await assert.rejects(
    raced(
      await world.adding('tags', 'late', 'section'),
      await freeze('T', 'D', 'shop', 'section', 'mill'),
    ),
    Conflict,
  );
});

test('a create sees the freeze that came first', async () => {
  await assert.rejects(
    raced(await freeze('T', 'D', 'shop', 'section'), await world.adding('tags', 'late', 'section')),
    Conflict,
  );
});

test('a freeze that is rolled back is seen by nobody', async () => {
  await raced(
    await freeze('T', 'D', 'section'),
    await world.adding('tags', 'late', 'section'),
    'rollback',
  );
  assert.equal(await world.found({ filter: { cn: ['late'] } }), ['late']);
});

test('a create sees the promise that came first, also where there was no link', async () => {
  for (const upstream of ['mill', 'shop']) {
    const create = await world.adding('tags', 'late', 'plant', { dependsOn: [upstream] });
    await assert.rejects(raced(await promise(upstream), create), Conflict);
  }
});

test('a promise sees the create that came first, also where there was no link', async () => {
  for (const upstream of ['mill', 'shop']) {
    const create = await world.adding('tags', `late ${upstream}`, 'plant', {
      dependsOn: [upstream],
    });
    await assert.rejects(raced(create, await promise(upstream)), Conflict);
  }
});

test('a create waits for a promise that has compared and not yet raised the version', async () => {
  const database = await postgresBench.database();
  const create = await world.adding('tags', 'late', 'plant', { dependsOn: ['mill'] });
  const rival = `insert into ${database.schemaOf('ledger')}.promises values ('tags', '${idOf('mill')}', 'T', 'D', 'ok')`;
  await assert.rejects(raceHeldUp(database, rival, await promise('mill'), create), Conflict);
});

test('a decision sees the subscription that came first', async () => {
  await world.freeze('T', 'objects', 'D', 'section', 'mill');
  await assert.rejects(raced(await subscribe('mill'), await decide('section', 'mill')), Conflict);
});

test('a subscription that expects no hold sees the freeze that came first', async () => {
  await assert.rejects(
    raced(await freeze('T', 'D', 'mill'), await subscribe('mill', [])),
    Conflict,
  );
});

test('a late subscription of an old peer is taken after the decision', async () => {
  await world.freeze('T', 'objects', 'D', 'mill');
  await raced(await decide('mill'), await subscribe('mill'));
  assert.is((await world.read('roster', { nodeIds: [idOf('mill')] })).subscriptions.length, 1);
});

test('of an update and a delete the later one finds the other', async () => {
  await assert.rejects(
    raced(await freeze('T1', 'U', 'mill'), await freeze('T2', 'D', 'section', 'mill')),
    Conflict,
  );
  await assert.rejects(
    raced(await freeze('T3', 'D', 'section', 'mill'), await freeze('T4', 'U', 'section')),
    Conflict,
  );
});

test('two deletes that name their nodes in opposite orders both pass', async () => {
  await raced(
    await freeze('T1', 'D', 'mill', 'section', 'shop'),
    await freeze('T2', 'D', 'shop', 'section', 'mill'),
  );
  assert.equal((await world.place('objects', 'mill')).holds.map(({ saga }) => saga).sort(), [
    'T1',
    'T1',
    'T1',
    'T2',
    'T2',
    'T2',
  ]);
});

test('a create finds that its parent has just gone', async () => {
  await world.remove('T', 'alerts', 'hot');
  await assert.rejects(
    raced(remove('load'), await world.adding('alerts', 'late', 'load')),
    Conflict,
  );
});

test('a removal finds what has just been created below', async () => {
  await world.remove('T', 'alerts', 'hot');
  await assert.rejects(
    raced(await world.adding('alerts', 'late', 'load'), remove('load')),
    refused('in-use'),
  );
});

test('two moves that pass each other, with no node in common, make no circle', async () => {
  await world.add('objects', 'annex', 'objects');
  await world.add('objects', 'hall', 'annex');
  await assert.rejects(raced(move('annex', 'mill'), move('shop', 'hall')), refused('refused'));
});

test('of two creates under one name one is refused', async () => {
  const named = async (id: string) => {
    const writes = await world.adding('tags', id, 'mill', { attributes: { cn: ['same'] } });
    return writes.flatMap((write) =>
      write.op === 'add' ? [{ ...write, expect: { versions: {} } }] : [],
    );
  };
  await assert.rejects(raced(await named('one'), await named('two')), refused('name-taken'));
});

test('two services that start at once make one root', async () => {
  world = new HierarchyWorld(await postgresBench.fresh());
  const base = (baseNode: string) => [
    hierarchyWrite(
      'ensureBase',
      { baseNode, ids: [idOf(`root of ${baseNode}`), idOf(baseNode)] },
      null,
    ),
  ];
  await raced(base('objects'), base('tags'));
  assert.equal((await world.found({})).sort(), ['objects', 'prs', 'tags']);
});

test.run();
