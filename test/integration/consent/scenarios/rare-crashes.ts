/**
 * A process is killed in the states a deletion or an update comes to only when something else happens beside it.
 *
 * 1. Where no line of history says that the state is reached, what it has stored says so.
 */

import type { JsonObject } from '../../../../runtime/ports/json.ts';
import { assert } from '../../../support/suite.ts';
import type { ConsentBench } from '../bench.ts';
import { type Answered, expectEnding, recordOf } from './ending.ts';
import { agrees, buildPlant, errorOf, ok, restarted, type Scenario, voted } from './scenario.ts';

const objects = 'objects_model_crud';
const tags = 'tags_model_crud';

/** The new parent's service is down, so that it is not subscribed to yet. */
const subscribing: Scenario['play'] = async (bench) => {
  const { plant, tag } = await buildPlant(bench);
  const annex = await bench.create('objects', { attributes: { cn: `annex of ${plant}` } });
  await bench.kill(objects);
  const move = bench.ask('tags', 'update', { id: tag, parentId: annex });
  await bench.eventually(async () => {
    const { links } = await bench.read('place', {
      service: tags,
      baseNode: 'tags',
      references: [annex],
    });
    return links.some(({ nodeId, generation }) => nodeId === annex && generation === 1);
  });
  await bench.kill(tags);
  await bench.start(tags);
  await bench.start(objects);
  assert.equal(await bench.until(move), {});
  await expectMoved(bench, { tag, from: plant, to: annex });
};

/** The new parent is about to be deleted: who would subscribe to it is told to wait, and asks again. */
const subscribingAgain: Scenario['play'] = async (bench) => {
  const { plant, tag } = await buildPlant(bench);
  const annex = await bench.create('objects', { attributes: { cn: `annex of ${plant}` } });
  const keeper = await bench.peer({ service: 'keeper', exchange: 'objects' });
  await keeper.subscribe(annex);
  const deletion = bench.ask('objects', 'delete', { id: annex });
  const mayDelete = await keeper.next('mayDelete');
  const move = bench.ask('tags', 'update', { id: tag, parentId: annex });
  await bench.eventually(async () =>
    (await bench.stored(tags)).includes('delete-saga > dependency askingAgain'),
  );
  await bench.kill(tags);
  await bench.start(tags);
  await keeper.answer(mayDelete, { response: 'no', message: 'still needed' });
  assert.equal(errorOf(await bench.until(deletion))['refusals'], [
    { service: 'keeper', nodeId: annex, reason: 'still needed' },
  ]);
  assert.equal(await bench.until(move), {});
  await expectMoved(bench, { tag, from: plant, to: annex, beside: ['keeper'] });
};

/** It dies with the last answer to `updating`: the change is written, and what it leaves behind has not been looked for. */
const leaving: Scenario['play'] = async (bench) => {
  const { plant, tag } = await buildPlant(bench);
  const annex = await bench.create('objects', { attributes: { cn: `annex of ${plant}` } });
  const leaf = await bench.peer({ service: 'leaf', exchange: 'tags' });
  await leaf.subscribe(tag);
  for (const question of ['mayUpdate', 'updating']) leaf.always(question, ok);
  await bench.dieAfter(tags, 'cleaned');
  const move = bench.ask('tags', 'update', { id: tag, parentId: annex });
  await restarted(bench, tags);
  assert.equal(await bench.until(move), {});
  await expectMoved(bench, { tag, from: plant, to: annex });
};

interface Move {
  readonly tag: string;
  readonly from: string;
  readonly to: string;
  /** Who else is on the list of the new parent. */
  readonly beside?: readonly string[];
}

async function expectMoved(
  bench: ConsentBench,
  { tag, from, to, beside = [] }: Move,
): Promise<void> {
  await bench.eventually(async () => !(await bench.listOf(from)).includes(tags));
  assert.equal([...(await bench.listOf(to))].sort(), [...beside, tags].sort());
  assert.is((await bench.read('roster', { nodeIds: [tag] })).nodes[0]?.parentId, to);
  assert.equal(await bench.traces(tag, from, to), []);
  const { state, open } = recordOf(await bench.history(), tag);
  assert.equal([state, open], ['done', []]);
}

/** All agree to the move; whether its new place is deleted is still being asked, by a younger saga. */
const placeHeld: Scenario['play'] = async (bench) => {
  const { plant } = await buildPlant(bench);
  const annex = await bench.create('objects', { attributes: { cn: `annex of ${plant}` } });
  const mover = await bench.peer({ service: 'mover', exchange: 'objects' });
  const keeper = await bench.peer({ service: 'keeper', exchange: 'objects' });
  await mover.subscribe(plant);
  await keeper.subscribe(annex);
  mover.always('updating', ok);
  const move = bench.ask('objects', 'update', { id: plant, parentId: annex });
  const mayUpdate = await mover.next('mayUpdate');
  await bench.eventually(async () =>
    (await bench.history()).some(
      ({ line }) => line['what'] === 'voted' && line['nodeId'] === plant,
    ),
  );
  const deletion = bench.ask('objects', 'delete', { id: annex });
  const mayDelete = await keeper.next('mayDelete');
  await bench.dieAfter(objects, 'voted');
  await mover.answer(mayUpdate, ok);
  await restarted(bench, objects);
  await keeper.answer(mayDelete, { response: 'no', message: 'still needed' });
  assert.equal(errorOf(await bench.until(deletion))['refusals'], [
    { service: 'keeper', nodeId: annex, reason: 'still needed' },
  ]);
  assert.equal(await bench.until(move), {});
  assert.is((await bench.read('roster', { nodeIds: [plant] })).nodes[0]?.parentId, annex);
  const { state, open } = recordOf(await bench.history(), plant);
  assert.equal([state, open], ['done', []]);
  await expectEnding(bench, {
    ...{ about: annex, state: 'called off', gone: [], kept: [[annex, 'objects']] },
    answers: [['keeper', annex, 'mayDelete', 'no']],
    reasons: ['keeper: still needed'],
  });
};

/**
 * A node that nobody was asked about comes after the vote and stands in the way of the removal, at the owner or at the voter, until
 * somebody takes it away. At the owner it comes after the decision, at the voter after the promise. The voter alone would remove in the step in which it hears of the decision; with a subscriber it removes upon the answer.
 */
function blocked(killed: string, voter: 'has a subscriber' | 'alone'): Scenario['play'] {
  return async (bench) => {
    const { plant, tag, below, beside } = await buildPlant(bench);
    if (voter === 'has a subscriber') {
      const leaf = await bench.peer({ service: 'leaf', exchange: 'tags' });
      await leaf.subscribe(tag);
      agrees(leaf);
    }
    const root = await bench.peer({ service: 'root', exchange: 'objects' });
    await root.subscribe(plant);
    await bench.dieAfter(killed, 'blocked');
    const deletion = bench.ask('objects', 'delete', { id: plant });
    const mayDelete = await root.next('mayDelete');
    await voted(bench, tags, plant);
    const parentId = killed === objects ? plant : tag;
    const clearTag = killed === objects ? undefined : await bench.obstruct(parentId);
    await root.answer(mayDelete, ok);
    const deleting = await root.next('deleting');
    const clear = clearTag ?? (await bench.obstruct(parentId));
    await root.answer(deleting, ok);
    await restarted(bench, killed);
    assert.is(await bench.exists(parentId), true);
    await clear();
    assert.equal(await bench.until(deletion), {});
    const answers = (['mayDelete', 'deleting'] as const).flatMap((asked): readonly Answered[] => [
      [tags, plant, asked, 'ok'],
      ['root', plant, asked, 'ok'],
      ...(voter === 'alone' ? [] : [['leaf', tag, asked, 'ok'] as const]),
    ]);
    await expectEnding(bench, { about: plant, state: 'done', gone: below, kept: beside, answers });
  };
}

/** An operator cancels what waits for an update: it is over with the operator's line, and only its answers are left to be sent. */
const cancelledWaiting: Scenario['play'] = async (bench) => {
  const { plant, tag, below, beside } = await buildPlant(bench);
  const root = await bench.peer({ service: 'root', exchange: 'objects' });
  await root.subscribe(plant);
  root.always('mayDelete', { response: 'no', message: 'not yet' });
  root.always('updating', ok);
  const first = errorOf(await bench.call('objects', 'delete', { id: plant }));
  const update = bench.ask('objects', 'update', { id: plant, attributes: { description: 'new' } });
  const question = await root.next('mayUpdate');
  const deletion = bench.ask('objects', 'delete', { id: plant, retry_of: first['saga'] ?? null });
  const waiting = async () =>
    (await bench.history()).filter(({ line }) => line['what'] === 'waiting' && names(line, plant));
  await bench.eventually(async () => (await waiting()).length > 0);
  const saga = (await waiting())[0]?.topic ?? '';
  await bench.dieAfter(objects, 'operator');
  const audit = { by: 'ada', why: 'the plant stays' };
  const cancel = bench.ask('objects', 'cancel', { saga, ...audit });
  await restarted(bench, objects);
  assert.equal(errorOf(await bench.until(deletion))['cancelled'], audit);
  assert.equal(await bench.until(cancel), {});
  await root.answer(question, ok);
  assert.equal(await bench.until(update), {});
  const lines = (await bench.history())
    .filter(({ topic }) => topic === saga)
    .map(({ line }) => line['what']);
  assert.equal(lines, ['waiting', 'operator']);
  assert.equal(await bench.traces(plant, tag), []);
  for (const [id] of [...below, ...beside])
    assert.is(await bench.exists(id), true, `${id} has gone`);
};

function names(line: JsonObject, nodeId: string): boolean {
  return (line['nodes'] as readonly string[] | undefined)?.includes(nodeId) ?? false;
}

/** Somebody else's saga takes the node while this one still asks. */
const overtaken: Scenario['play'] = async (bench) => {
  const { plant, tag, below, beside } = await buildPlant(bench);
  const leaf = await bench.peer({ service: 'leaf', exchange: 'tags' });
  await leaf.subscribe(tag);
  const slow = bench.ask('tags', 'delete', { id: tag });
  const question = await leaf.next('mayDelete');
  agrees(leaf);
  assert.equal(await bench.call('objects', 'delete', { id: plant }), {});
  await bench.dieAfter(tags, 'called off');
  await leaf.answer(question, ok);
  await restarted(bench, tags);
  assert.equal(await bench.until(slow), {});
  await leaf.next('notDeleted');
  const { state, removed, open } = recordOf(await bench.history(), tag);
  assert.equal([state, removed, open], ['called off', [], []]);
  const answers = (['mayDelete', 'deleting'] as const).flatMap((asked): readonly Answered[] => [
    [tags, plant, asked, 'ok'],
    ['leaf', tag, asked, 'ok'],
  ]);
  await expectEnding(bench, { about: plant, state: 'done', gone: below, kept: beside, answers });
};

/** An owner that asks about each node alone decides about both at once. */
const twoParts: Scenario['play'] = async (bench) => {
  const [one, other] = [await buildPlant(bench), await buildPlant(bench)];
  const owner = await bench.peer({ service: 'sender', exchange: 'objects' });
  const saga = bench.ids.next();
  for (const { plant } of [one, other]) {
    await owner.tell(tags, 'mayDelete', plant, saga);
    assert.equal((await owner.next('answer')).data, ok);
  }
  await bench.dieAfter(tags, 'decided');
  await owner.tell(tags, 'deleting', [one.plant, other.plant], saga);
  await restarted(bench, tags);
  assert.equal((await owner.next('answer')).data, {
    results: { [one.plant]: ok, [other.plant]: ok },
  });
  for (const { tag } of [one, other]) assert.is(await bench.exists(tag), false);
};

export const rareCrashes: readonly Scenario[] = [
  {
    name: 'the owner of an update is killed while it subscribes to the new parent',
    play: subscribing,
  },
  {
    name: 'the owner of an update is killed while it is told to wait for the new parent',
    play: subscribingAgain,
  },
  { name: 'the owner of an update is killed when it has left a parent', play: leaving },
  {
    name: 'the owner of an update is killed while another saga holds the new place',
    play: placeHeld,
  },
  {
    name: 'the owner is killed when something stands in the way of the removal',
    play: blocked(objects, 'has a subscriber'),
  },
  {
    name: 'a voter is killed when something stands in the way of the removal',
    play: blocked(tags, 'has a subscriber'),
  },
  {
    name: 'a voter that nobody depends on is killed when something stands in the way of the removal',
    play: blocked(tags, 'alone'),
  },
  {
    name: 'the owner is killed when an operator has cancelled what waited',
    play: cancelledWaiting,
  },
  { name: 'the owner is killed when another saga was faster', play: overtaken },
  { name: 'a voter is killed between two parts of one decision', play: twoParts },
];
