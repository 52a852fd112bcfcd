/** The record of a saga, gathered from the history of the real services: it fits its schema and answers who, what, when and why. */
import { sagaRecord } from '../../../actors/consent/saga-record.ts';
import { type SagaRecord, SagaRecordSchema } from '../../../actors/consent/saga-record-schema.ts';
import { checkSchema } from '../../../runtime/messages/validation.ts';
import { assert, suite } from '../../support/suite.ts';
import { ConsentWorld } from './consent-world.ts';

const test = suite('saga record', { deadlineMs: 60_000 });
const ok = { response: 'ok' };
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

function record(): SagaRecord {
  const saga = world.lines.find(({ line }) => line['what'] === 'engaged')?.topic ?? '';
  const found = sagaRecord(saga, [...world.lines].reverse());
  if (found === undefined) throw new Error('no record');
  checkSchema(SagaRecordSchema, JSON.parse(JSON.stringify(found)), '');
  return found;
}

test('agreed: the roster, every answer, both decisions, what each service removed, and nothing open', async () => {
  await world.call('objects', 'delete', { id: plant });
  const { state, verb, owner, roster, answers, decisions, removed, open } = record();
  assert.equal([state, verb, owner], ['done', 'delete', 'objects_model_crud']);
  assert.equal(
    roster.map(({ nodeId, voter, askedBy }) => [nodeId, voter, askedBy]),
    [[plant, 'tags_model_crud', 'objects_model_crud']],
  );
  assert.equal(
    answers.map(({ question, answer, voter }) => [question, answer, voter]),
    [
      ['mayDelete', 'ok', 'tags_model_crud'],
      ['deleting', 'ok', 'tags_model_crud'],
    ],
  );
  assert.equal(
    decisions.map(({ service, role, what }) => [service, role, what]),
    [
      ['objects_model_crud', 'root', 'decided'],
      ['tags_model_crud', 'inner', 'decided'],
    ],
  );
  assert.equal(
    removed.map(({ id, service }) => [id, service]),
    [
      [tag, 'tags_model_crud'],
      [plant, 'objects_model_crud'],
    ],
  );
  assert.equal(open, []);
});

test('refused: called off, with who said no and why', async () => {
  const hold = await world.peer({ service: 'hold', exchange: 'objects' });
  await hold.subscribe(plant);
  hold.always('mayDelete', { response: 'no', message: 'legal hold' });
  await world.call('objects', 'delete', { id: plant });
  const { state, answers, decisions, removed, open } = record();
  assert.is(state, 'called off');
  assert.equal(answers.find(({ voter }) => voter === 'hold')?.reason, 'legal hold');
  assert.equal(decisions.find(({ role }) => role === 'root')?.reasons, ['hold: legal hold']);
  assert.equal([removed, open], [[], []]);
});

test('under way: whom it waits for, and what an operator did about it', async () => {
  const voter = await world.peer({ service: 'voter', exchange: 'objects' });
  await voter.subscribe(plant);
  const deletion = world.ask('objects', 'delete', { id: plant });
  await voter.answer(await voter.next('mayDelete'), ok);
  await voter.next('deleting');
  const waiting = record();
  assert.is(waiting.state, 'decided');
  assert.equal(
    waiting.open.map(({ service, question, waitingFor }) => [service, question, waitingFor]),
    [['objects_model_crud', 'deleting', ['voter']]],
  );
  // The requester has given up by then; the saga has not.
  const givenUp = deletion.then(
    () => false,
    () => true,
  );
  await world.waits(125_000);
  await world.call('objects', 'skip', {
    saga: waiting.saga,
    voter: 'voter',
    by: 'ada',
    why: 'it is gone',
  });
  assert.is(await world.until(givenUp), true);
  assert.is(await world.exists(plant), false);
  const { state, overrides, alarms, open } = record();
  assert.equal([state, open], ['done', []]);
  assert.equal(
    alarms.map(({ level, waitingFor }) => [level, waitingFor]),
    [['alarm', ['voter']]],
  );
  assert.equal(
    overrides.map(({ operation, by, why, voter: skipped }) => [operation, by, why, skipped]),
    [['skip', 'ada', 'it is gone', 'voter']],
  );
});

test('a saga nobody knows has no record', () => {
  assert.is(sagaRecord('unknown', world.lines), undefined);
});

test.run();
