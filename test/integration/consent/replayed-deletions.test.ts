/**
 * `replayDeletions` ("Backups" in `docs/protocol.md`) on the real services over memory: deletions that
 * a restored database has forgotten are carried out again, and nobody is asked.
 */
import type { JsonObject } from '../../../runtime/ports/json.ts';
import { assert, suite } from '../../support/suite.ts';
import { ConsentWorld } from './consent-world.ts';
import type { Peer } from './peer.ts';

const test = suite('replayed deletions', { deadlineMs: 60_000 });
const ok = { response: 'ok' };
const earlier = { saga: 'the saga before the backup', by: 'ada', why: 'restored from a backup' };

let world: ConsentWorld;
let plant: string;
let tag: string;
test.before.each(async () => {
  world = new ConsentWorld();
  await world.open();
  plant = await world.create('objects', { attributes: { cn: 'plant' } });
  tag = await world.create('tags', { parentId: plant, attributes: { cn: 'tag' } });
});
test.after.each(async () => {
  await world.close();
});

async function peer(service: string): Promise<Peer> {
  const made = await world.peer({ service, exchange: 'objects' });
  made.always('deleting', ok);
  return made;
}
function replay(data: JsonObject): Promise<JsonObject> {
  return world.call('objects', 'replayDeletions', { voters: [], ...earlier, ...data });
}
function received(of: Peer): readonly string[] {
  return of.received.map(({ action }) => action);
}

test('the nodes go with the clean-up of every subscriber and voter, and nobody is asked', async () => {
  const [subscriber, voter] = [await peer('subscriber'), await peer('voter')];
  await subscriber.subscribe(plant);
  const answer = await replay({ id: plant, voters: ['voter', 'tags_model_crud'] });
  assert.equal({ ...answer, saga: '' }, { saga: '', removed: [plant], gone: [], foreign: [] });
  assert.equal([received(subscriber)[0], received(voter)[0]], ['deleting', 'deleting']);
  assert.not(received(subscriber).includes('mayDelete'));
  assert.equal([await world.exists(plant), await world.exists(tag)], [false, false]);
  assert.equal(await world.traces(plant, tag), []);
});

test('a second replay removes nothing, and tells the voters again', async () => {
  const voter = await peer('voter');
  await replay({ id: plant, voters: ['voter'] });
  const answer = await replay({ id: plant, voters: ['voter'] });
  assert.equal({ ...answer, saga: '' }, { saga: '', removed: [], gone: [plant], foreign: [] });
  assert.equal(received(voter), ['deleting', 'deleting']);
  assert.equal(await world.traces(plant, tag), []);
});

const gone: readonly [string, () => Promise<string>][] = [
  ['this database never knew', async () => world.ids.next()],
  [
    'an earlier saga has removed',
    async () => {
      await world.call('objects', 'delete', { id: plant });
      return plant;
    },
  ],
];
for (const [which, idOf] of gone)
  test(`a node that ${which} has a tombstone of the replay, by which an inquiry is answered ok`, async () => {
    const lost = await idOf();
    const voter = await world.peer({ service: 'voter', exchange: 'objects' });
    const data = { id: lost, voters: ['voter'], ...earlier };
    const replayed = world.ask('objects', 'replayDeletions', data);
    const decision = await voter.next('deleting');
    const saga = String(decision.headers['consent-saga']);
    const about = { saga, service: 'objects_model_crud', nodeIds: [lost] };
    assert.equal(await world.read('engagementStates', about), [
      { nodeId: lost, state: 'tombstoned' },
    ]);
    await voter.answer(decision, ok);
    assert.equal((await world.until(replayed))['gone'], [lost]);
  });

test('a node below that the request does not name stops the replay, unless it is forced', async () => {
  const pump = await world.create('objects', { parentId: plant, attributes: { cn: 'pump' } });
  const refused = (await replay({ id: plant }))['error'] as JsonObject;
  assert.equal([refused['code'], refused['name']], [409, 'in-use']);
  assert.match(String(refused['message']), pump);
  assert.equal(await world.exists(plant), true);
  assert.equal((await replay({ id: plant, force: true }))['removed'], [plant, pump]);
});

test('an end of a retention that is no time is refused, because the voter would be told at once', async () => {
  const retains = [{ voter: 'voter', until: '2036-31-12', ids: [plant] }];
  const refused = (await replay({ id: plant, voters: ['voter'], retains }))['error'] as JsonObject;
  assert.equal([refused['code'], refused['at']], [400, '/data/retains/0/until']);
  assert.match(String(refused['message']), /a date or a time of ISO 8601, found "2036-31-12"/);
  assert.equal(await world.exists(plant), true);
});

test('a node of another service is left alone and named', async () => {
  const answer = await replay({ id: [plant, tag] });
  assert.equal([answer['removed'], answer['foreign']], [[plant], [tag]]);
  const lines = world.lines.filter(({ line }) => line['operation'] === 'replay');
  assert.equal(
    lines.map(({ topic, line }) => [topic, line['of'], line['by']]),
    [[answer['saga'], earlier.saga, 'ada']],
  );
});

test.run();
