/** The part of a system outside in a saga. */
import { outsideActivities } from '../../../../actors/outside-voter/activities.ts';
import { outsidePartMachine } from '../../../../actors/outside-voter/part-machine.ts';
import { given, type SpecEvent } from '../../../../testing.ts';
import { assert, suite } from '../../../support/suite.ts';
import { asObject, id, node, tagsSettings } from '../consent/sample.ts';

const test = suite('part of a system outside');

const neverCalled = {
  ...{ timeoutMs: 1_000, ask: () => Promise.reject(), tell: () => Promise.reject() },
};
const activities = outsideActivities(neverCalled, { now: () => 0 });

test('a skip stands in the history for each node of the part', () => {
  const ids = [id(1), id(2)];
  const input = { saga: 'S', verb: 'delete', through: ids, deadlineMs: 1_000, decided: true };
  const nodes = [node(1), node(2)];
  const part = given(outsidePartMachine(tagsSettings, activities), {
    input: asObject({ ...input, nodes }),
  }).then({ state: 'doing' });
  const operation = { by: 'ada', why: 'the system is gone' };
  const skipped = part
    .when(asObject({ type: 'skip', operation }) as SpecEvent)
    .then({ state: 'done' });
  assert.equal(
    skipped.records().map(({ topic, line }) => ({ topic, line })),
    ids.map((nodeId) => ({
      topic: 'S',
      line: { what: 'skipped', voter: 'tags_model_crud', nodeId, ...operation },
    })),
  );
});

test.run();
