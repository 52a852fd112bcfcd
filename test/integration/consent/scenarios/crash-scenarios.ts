/**
 * A process is killed in each state a deletion has, at its owner and at a voter, and started again: it ends as if nothing had happened.
 *
 * 1. A state is the line of history with which it was committed; the process dies the moment that line is durable.
 */
import type { JsonObject } from '../../../../runtime/ports/json.ts';
import { assert } from '../../../support/suite.ts';
import type { ConsentBench } from '../bench.ts';
import type { Peer } from '../peer.ts';
import { type Answered, expectEnding } from './ending.ts';
import {
  agrees,
  buildPlant,
  errorOf,
  ok,
  type Plant,
  refuses,
  restarted,
  type Scenario,
  voted,
} from './scenario.ts';

const owner = 'objects_model_crud';
const voter = 'tags_model_crud';

/** Whom the plant and its tag are asked about beside the services: an old peer, and one at each level. */
interface Cast extends Plant {
  readonly old: Peer;
  readonly root: Peer;
  readonly leaf: Peer;
}

async function cast(bench: ConsentBench): Promise<Cast> {
  const built = await buildPlant(bench);
  const old = await bench.peer({ service: 'old', exchange: 'objects', keys: ['old_key'] });
  const root = await bench.peer({ service: 'root', exchange: 'objects' });
  const leaf = await bench.peer({ service: 'leaf', exchange: 'tags' });
  await old.subscribeOld(built.plant, 'old_key');
  await root.subscribe(built.plant);
  await leaf.subscribe(built.tag);
  for (const peer of [old, root, leaf]) agrees(peer);
  return { ...built, old, root, leaf };
}

async function expectDeleted(
  bench: ConsentBench,
  { plant, tag, below, beside }: Cast,
): Promise<void> {
  const voters = [
    [voter, plant],
    ['root', plant],
    ['old_key', plant],
    ['leaf', tag],
  ] as const;
  const answers = voters.flatMap(([name, nodeId]): readonly Answered[] => [
    [name, nodeId, 'mayDelete', 'ok'],
    [name, nodeId, 'deleting', 'ok'],
  ]);
  await expectEnding(bench, { about: plant, state: 'done', gone: below, kept: beside, answers });
}

/** The requester, the root and the record have the leaf's no. */
async function expectRefusedBelow(
  bench: ConsentBench,
  played: Cast,
  deletion: Promise<JsonObject>,
): Promise<void> {
  const { plant, tag, root, below, beside } = played;
  assert.equal(errorOf(await bench.until(deletion))['refusals'], [
    { service: 'leaf', nodeId: tag, reason: 'legal hold' },
  ]);
  await root.next('notDeleted');
  await expectEnding(bench, {
    ...{ about: plant, state: 'called off', gone: [], kept: [...below, ...beside] },
    answers: [
      ['root', plant, 'mayDelete', 'ok'],
      [voter, plant, 'mayDelete', 'no'],
      ['leaf', tag, 'mayDelete', 'no'],
    ],
    reasons: ['leaf: legal hold'],
  });
}

/** All agree, and it dies on the way. */
function agreed(service: string, what: string): Scenario['play'] {
  return async (bench) => {
    const played = await cast(bench);
    await bench.dieAfter(service, what);
    const deletion = bench.ask('objects', 'delete', { id: played.plant });
    await restarted(bench, service);
    assert.equal(await bench.until(deletion), {});
    await expectDeleted(bench, played);
  };
}

/** The leaf says no, and it dies with the news. */
function refusedBelow(service: string, what: string): Scenario['play'] {
  return async (bench) => {
    const played = await cast(bench);
    refuses(played.leaf, 'legal hold');
    await bench.dieAfter(service, what);
    const deletion = bench.ask('objects', 'delete', { id: played.plant });
    await restarted(bench, service);
    await expectRefusedBelow(bench, played, deletion);
  };
}

/** One says no while the others are still asked: it dies in the short time that is given for further refusals. */
const refusedFirst: Scenario['play'] = async (bench) => {
  const { plant, tag, leaf, root, below, beside } = await cast(bench);
  refuses(root, 'in use');
  leaf.always('mayDelete', undefined);
  await bench.dieAfter(owner, 'voted');
  const deletion = bench.ask('objects', 'delete', { id: plant });
  await restarted(bench, owner);
  assert.equal(errorOf(await bench.until(deletion))['refusals'], [
    { service: 'root', nodeId: plant, reason: 'in use' },
  ]);
  await leaf.next('notDeleted');
  await expectEnding(bench, {
    ...{ about: plant, state: 'called off', gone: [], kept: [...below, ...beside] },
    answers: [['root', plant, 'mayDelete', 'no']],
    reasons: ['root: in use'],
  });
  assert.is(await bench.exists(tag), true);
};

/** Below the voter one says no while another is still asked. */
const refusedFirstBelow: Scenario['play'] = async (bench) => {
  const played = await cast(bench);
  const slow = await bench.peer({ service: 'slow', exchange: 'tags' });
  await slow.subscribe(played.tag);
  refuses(played.leaf, 'legal hold');
  await bench.dieAfter(voter, 'voted');
  const deletion = bench.ask('objects', 'delete', { id: played.plant });
  await restarted(bench, voter);
  await slow.next('notDeleted');
  await expectRefusedBelow(bench, played, deletion);
};

/** Below the voter is an old peer, asked when the new ones have agreed. */
const oldBelow: Scenario['play'] = async (bench) => {
  const { plant, tag, below, beside } = await buildPlant(bench);
  const old = await bench.peer({ service: 'old', exchange: 'tags', keys: ['old_key'] });
  await old.subscribeOld(tag, 'old_key');
  agrees(old);
  await bench.dieAfter(voter, 'legacy');
  const deletion = bench.ask('objects', 'delete', { id: plant });
  await restarted(bench, voter);
  assert.equal(await bench.until(deletion), {});
  const answers = (['mayDelete', 'deleting'] as const).flatMap((asked): readonly Answered[] => [
    [voter, plant, asked, 'ok'],
    ['old_key', tag, asked, 'ok'],
  ]);
  await expectEnding(bench, { about: plant, state: 'done', gone: below, kept: beside, answers });
};

/** Whoever is asked at the root says no after the voter has promised. */
function refusedAbove(service: string, what: string): Scenario['play'] {
  return async (bench) => {
    const { plant, tag, leaf, root, below, beside } = await cast(bench);
    root.always('mayDelete', undefined);
    await bench.dieAfter(service, what);
    const deletion = bench.ask('objects', 'delete', { id: plant });
    const question = await root.next('mayDelete');
    await voted(bench, voter, plant);
    await root.answer(question, { response: 'no', message: 'in use' });
    await restarted(bench, service);
    assert.equal(errorOf(await bench.until(deletion))['refusals'], [
      { service: 'root', nodeId: plant, reason: 'in use' },
    ]);
    await leaf.next('notDeleted');
    await expectEnding(bench, {
      ...{ about: plant, state: 'called off', gone: [], kept: [...below, ...beside] },
      answers: [
        ['root', plant, 'mayDelete', 'no'],
        [voter, plant, 'mayDelete', 'ok'],
        ['leaf', tag, 'mayDelete', 'ok'],
      ],
      reasons: ['root: in use'],
    });
  };
}

/**
 * An update holds what an older deletion needs: under its old age that waits. The update is at the plant (then the owner waits), or at
 * the tag (then the voter does).
 */
function waiting(service: string): Scenario['play'] {
  return async (bench) => {
    const played = await cast(bench);
    const { plant, tag, root, leaf } = played;
    const [entity, nodeId, holder] =
      service === owner ? (['objects', plant, root] as const) : (['tags', tag, leaf] as const);
    refuses(leaf, 'not yet');
    const first = errorOf(await bench.call('objects', 'delete', { id: plant }));
    assert.equal(await bench.traces(plant, tag), []);
    agrees(leaf);
    for (const peer of [played.old, root, leaf]) peer.always('updating', ok);
    played.old.always('mayUpdate', ok);
    const update = bench.ask(entity, 'update', { id: nodeId, attributes: { description: 'new' } });
    const question = await holder.next('mayUpdate');
    await bench.dieAfter(service, 'waiting');
    const deletion = bench.ask('objects', 'delete', { id: plant, retry_of: first['saga'] ?? null });
    await restarted(bench, service);
    await holder.answer(question, ok);
    assert.equal(await bench.until(Promise.all([update, deletion])), [{}, {}]);
    await expectDeleted(bench, played);
  };
}

function killed(
  who: string,
  states: readonly (readonly [string, Scenario['play']])[],
): readonly Scenario[] {
  return states.map(([state, play]) => ({ name: `${who} is killed ${state}`, play }));
}

export const crashScenarios: readonly Scenario[] = [
  ...killed('the owner', [
    ['while it waits for an update', waiting(owner)],
    ['when it has asked', agreed(owner, 'engaged')],
    ['when it has counted a vote', agreed(owner, 'voted')],
    ['when the first has refused', refusedFirst],
    ['when it has asked an old peer', agreed(owner, 'legacy')],
    ['when it has decided', agreed(owner, 'decided')],
    ['when the first has done its part', agreed(owner, 'cleaned')],
    ['when it has removed the node', agreed(owner, 'deleted')],
    ['when it has called off', refusedBelow(owner, 'called off')],
  ]),
  ...killed('a voter', [
    ['while it waits for an update', waiting(voter)],
    ['when it has asked those below', agreed(voter, 'engaged')],
    ['when the first below it has refused', refusedFirstBelow],
    ['when it has asked an old peer', oldBelow],
    ['when it has promised', agreed(voter, 'promised')],
    ['when it has heard of the decision', agreed(voter, 'decided')],
    ['when it has removed its node', agreed(voter, 'deleted')],
    ['when it has done its part', agreed(voter, 'fulfilled')],
    ['when it has refused', refusedBelow(voter, 'refused')],
    ['when it was released', refusedAbove(voter, 'released')],
  ]),
];
