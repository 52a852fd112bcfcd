import { standingLines } from '../../../cli/subscriber-text.ts';
import { assert, suite } from '../../support/suite.ts';

const test = suite('subscribers as text');
const saga = 's1';
const nodeId = 'n1';

test('an old peer, an update that asks, a promise that is not complete, and the end of a node are told apart', () => {
  const lines = standingLines({
    id: nodeId,
    owner: 'objects_model_crud',
    cn: 'plant',
    ledgers: [
      {
        services: ['objects_model_crud'],
        epoch: 3,
        subscribers: [
          {
            service: 'old',
            exchange: null,
            routingKey: 'k',
            ...{ generation: 0, consent: false, sinceMs: null },
          },
        ],
        engagements: [{ nodeId, saga, service: 'objects_model_crud', mode: 'U', state: 'asking' }],
        promises: [{ nodeId, saga, service: 'tags_model_crud', mode: 'D', state: 'collecting' }],
        tombstones: [],
      },
      {
        services: ['bills'],
        epoch: 0,
        ...{ subscribers: [], engagements: [], promises: [] },
        tombstones: [{ nodeId, saga, service: 'bills', removed: false, atMs: 0 }],
      },
    ],
  });
  assert.equal(lines, [
    'plant (n1): owner objects_model_crud',
    '  database of objects_model_crud',
    '    list: epoch 3, subscribers: 1',
    '      old  asked on an exchange of another owner with k, since when is not known, generation 0, old peer',
    '    engaged by objects_model_crud: update, asking, saga s1',
    '    promise of tags_model_crud: delete, asks its own subscribers, saga s1',
    '  database of bills',
    '    list: epoch 0, subscribers: 0',
    '    given up by bills at 1970-01-01T00:00:00.000Z, saga s1',
  ]);
});

test('a node of nobody else is told as such', () => {
  const lines = standingLines({ id: nodeId, owner: 'bills', cn: null, ledgers: [] });
  assert.equal(lines, ['n1: owner bills', '  nobody is subscribed']);
});

test.run();
