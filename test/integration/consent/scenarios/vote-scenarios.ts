/** What a vote can come to while every process lives. */
import { assert } from '../../../support/suite.ts';
import type { ConsentBench } from '../bench.ts';
import { cycle, diamond } from '../shapes.ts';
import { type Answered, expectEnding, type Placed } from './ending.ts';
import { agrees, buildPlant, errorOf, ok, refuses, type Scenario, voted } from './scenario.ts';

/** Answers of a voter that agrees in both phases. */
function agreed(voter: string, ...nodeIds: readonly string[]): readonly Answered[] {
  return nodeIds.flatMap((nodeId) => [
    [voter, nodeId, 'mayDelete', 'ok'] as const,
    [voter, nodeId, 'deleting', 'ok'] as const,
  ]);
}

async function playDiamond(bench: ConsentBench): Promise<void> {
  const [plant = '', tag = '', alert = '', method = ''] = await diamond(bench);
  const voter = await bench.peer({ service: 'voter', exchange: 'methods' });
  await voter.subscribe(method);
  agrees(voter);
  assert.equal(await bench.call('objects', 'delete', { id: plant }), {});
  assert.equal(
    voter.received.map(({ action }) => action),
    ['mayDelete', 'deleting'],
  );
  await expectEnding(bench, {
    ...{ about: plant, state: 'done', kept: [] },
    gone: [
      [plant, 'objects'],
      [tag, 'tags'],
      [alert, 'alerts'],
      [method, 'methods'],
    ],
    answers: [
      ...agreed('tags_model_crud', plant),
      ...agreed('alerts_model_crud', tag),
      ...agreed('methods_model_crud', tag, alert),
      ...agreed('voter', method),
    ],
  });
}

async function playCycle(bench: ConsentBench): Promise<void> {
  const [plant = '', tag = '', view = '', below = ''] = await cycle(bench, false);
  assert.equal(await bench.call('objects', 'delete', { id: plant }), {});
  await expectEnding(bench, {
    ...{ about: plant, state: 'done', kept: [] },
    gone: [
      [plant, 'objects'],
      [tag, 'tags'],
      [view, 'objects'],
      [below, 'tags'],
    ],
    answers: [...agreed('tags_model_crud', plant, view), ...agreed('objects_model_crud', tag)],
  });
}

async function lastDependant(bench: ConsentBench): Promise<void> {
  const { plant, tag, below, beside } = await buildPlant(bench);
  const [, gone] = below as readonly [Placed, Placed];
  assert.equal(await bench.call('tags', 'delete', { id: tag }), {});
  await bench.eventually(async () => (await bench.listOf(plant)).length === 0);
  const kept: readonly Placed[] = [[plant, 'objects'], ...beside];
  const lists = { [plant]: [], [beside[0]?.[0] ?? '']: ['tags_model_crud'] };
  await expectEnding(bench, { about: tag, state: 'done', gone: [gone], kept, lists, answers: [] });
}

async function veto(bench: ConsentBench): Promise<void> {
  const { plant, tag, below, beside } = await buildPlant(bench);
  const hold = await bench.peer({ service: 'hold', exchange: 'tags' });
  await hold.subscribe(tag);
  refuses(hold, 'legal hold');
  const error = errorOf(await bench.call('objects', 'delete', { id: plant }));
  assert.equal(
    [error['code'], error['refusals']],
    [409, [{ service: 'hold', nodeId: tag, reason: 'legal hold' }]],
  );
  await hold.next('notDeleted');
  await expectEnding(bench, {
    ...{ about: plant, state: 'called off', gone: [], kept: [...below, ...beside] },
    answers: [
      ['hold', tag, 'mayDelete', 'no'],
      ['tags_model_crud', plant, 'mayDelete', 'no'],
    ],
    reasons: ['hold: legal hold'],
  });
  agrees(hold);
  assert.equal(await bench.call('objects', 'delete', { id: plant }), {});
  const answers = [...agreed('hold', tag), ...agreed('tags_model_crud', plant)];
  await expectEnding(bench, { about: plant, state: 'done', gone: below, kept: beside, answers });
}

async function silence(bench: ConsentBench): Promise<void> {
  const { plant, below, beside } = await buildPlant(bench);
  const quiet = await bench.peer({ service: 'quiet', exchange: 'objects' });
  await quiet.subscribe(plant);
  const error = errorOf(await bench.call('objects', 'delete', { id: plant }));
  assert.equal([error['code'], error['silent'], error['refusals']], [409, ['quiet'], []]);
  assert.equal((await quiet.next('notDeleted')).data, { id: plant });
  const asked = quiet.received.filter(({ action }) => action === 'mayDelete');
  assert.ok(asked.length > 1, 'it was asked again');
  assert.is(new Set(asked.map(({ messageId }) => messageId)).size, 1);
  await expectEnding(bench, {
    ...{ about: plant, state: 'called off', gone: [], kept: [...below, ...beside] },
    answers: [['tags_model_crud', plant, 'mayDelete', 'ok']],
    reasons: ['quiet was silent'],
  });
}

/** The newcomer subscribes one-way, as an old peer does, while the vote is on. */
function newcomer(agreeing: boolean): Scenario['play'] {
  return async (bench) => {
    const { plant, below, beside } = await buildPlant(bench);
    const voter = await bench.peer({ service: 'voter', exchange: 'objects' });
    const late = await bench.peer({ service: 'late', exchange: 'objects', keys: ['late_key'] });
    await voter.subscribe(plant);
    voter.always('deleting', ok);
    const deletion = bench.ask('objects', 'delete', { id: plant });
    const question = await voter.next('mayDelete');
    await late.subscribeOld(plant, 'late_key');
    if (agreeing) agrees(late);
    else refuses(late, 'just came');
    await voter.answer(question, ok);
    const answer = await bench.until(deletion);
    if (agreeing) {
      assert.equal(answer, {});
      const voters = ['tags_model_crud', 'voter', 'late_key'];
      const answers = voters.flatMap((name) => agreed(name, plant));
      await expectEnding(bench, {
        about: plant,
        state: 'done',
        gone: below,
        kept: beside,
        answers,
      });
    } else {
      assert.equal(errorOf(answer)['refusals'], [
        { service: 'late_key', nodeId: plant, reason: 'just came' },
      ]);
      await expectEnding(bench, {
        ...{ about: plant, state: 'called off', gone: [], kept: [...below, ...beside] },
        answers: [
          ['tags_model_crud', plant, 'mayDelete', 'ok'],
          ['voter', plant, 'mayDelete', 'ok'],
          ['late_key', plant, 'mayDelete', 'no'],
        ],
        reasons: ['late_key: just came'],
      });
    }
  };
}

/** A create below what is being deleted waits: it is refused as gone, or goes on when that is called off. */
function creation(agreeing: boolean): Scenario['play'] {
  return async (bench) => {
    const { plant, below, beside } = await buildPlant(bench);
    const voter = await bench.peer({ service: 'voter', exchange: 'objects' });
    await voter.subscribe(plant);
    voter.always('deleting', ok);
    const deletion = bench.ask('objects', 'delete', { id: plant });
    const question = await voter.next('mayDelete');
    const before = await generationOf(bench, plant);
    const created = bench.ask('tags', 'create', { parentId: plant, attributes: { cn: 'late' } });
    await bench.eventually(async () => (await generationOf(bench, plant)) > before);
    await voted(bench, 'tags_model_crud', plant);
    await voter.answer(question, agreeing ? ok : { response: 'no', message: 'in use' });
    assert.equal(
      [await bench.until(deletion)].map(errorOf)[0]?.['code'],
      agreeing ? undefined : 409,
    );
    const { id } = await bench.until(created);
    const answers: readonly Answered[] = agreeing
      ? [...agreed('tags_model_crud', plant), ...agreed('voter', plant)]
      : [
          ['tags_model_crud', plant, 'mayDelete', 'ok'],
          ['voter', plant, 'mayDelete', 'no'],
        ];
    if (agreeing) {
      assert.is(id, null);
      await expectEnding(bench, {
        about: plant,
        state: 'done',
        gone: below,
        kept: beside,
        answers,
      });
      return;
    }
    const kept: readonly Placed[] = [...below, ...beside, [String(id), 'tags']];
    await expectEnding(bench, {
      about: plant,
      state: 'called off',
      gone: [],
      kept,
      answers,
      reasons: ['voter: in use'],
    });
  };
}

/** Under which the service of tags has subscribed to a node, or is about to. */
async function generationOf(bench: ConsentBench, parentId: string): Promise<number> {
  const { links } = await bench.read('place', {
    service: 'tags_model_crud',
    parentId,
    baseNode: 'tags',
    references: [],
  });
  return links[0]?.generation ?? 0;
}

export const voteScenarios: readonly Scenario[] = [
  {
    name: 'diamond: the method is reached over the tag and over the alert, and who depends on it is asked once',
    play: playDiamond,
  },
  { name: 'cycle: the root’s own service is asked back, and answers', play: playCycle },
  {
    name: 'a dependant goes by itself: its service leaves the list of what is left, and only that',
    play: lastDependant,
  },
  {
    name: 'veto: a no far below calls off everything, and a retry works once it is lifted',
    play: veto,
  },
  { name: 'silence until the deadline is a no that names who is silent', play: silence },
  {
    name: 'a newcomer while the vote is on is asked too; its no is respected',
    play: newcomer(false),
  },
  { name: 'a newcomer that agrees hears `deleting` like everybody', play: newcomer(true) },
  {
    name: 'a create below what is being deleted is refused as gone when it goes',
    play: creation(true),
  },
  {
    name: 'a create below what is being deleted goes on when that is called off',
    play: creation(false),
  },
];
