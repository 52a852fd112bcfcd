import type { Topology } from '../../../config/topology.ts';
import { topologyOf } from '../../../config/topology.ts';
import { topologyDiagram } from '../../../config/topology-diagram.ts';
import { assert, suite } from '../../support/suite.ts';
import { parsed, tags } from './sample.ts';

const test = suite('topology diagram');

const exchange = {
  type: 'direct',
  durable: true,
  autoDelete: false,
  declare: true,
  arguments: {},
} as const;
const queue = { durable: true, exclusive: false, autoDelete: false, declare: true, arguments: {} };

test('each binding is an arrow from the exchange to the queue, with its key', () => {
  assert.equal(topologyDiagram(topologyOf([parsed(tags)])).split('\n'), [
    'flowchart LR',
    '  e0{{"tags (direct)"}}',
    '  e1{{"objects (direct)"}}',
    '  e2{{"dlx.tags_model_crud (fanout)"}}',
    '  q0[("tags_model_crud_consume (quorum)")]',
    '  q1[("tags_model_crud_reply (quorum)")]',
    '  q2[("dlq.tags_model_crud (quorum)")]',
    '  e0 -->|"tags_model_crud_consume"| q0',
    '  e0 -->|"tags_api_crud_publish"| q0',
    '  e1 -->|"objects_model_crud_publish"| q0',
    '  e1 -->|"tags_model_crud"| q0',
    '  e0 -->|"tags_model_crud_reply"| q1',
    '  e1 -->|"tags_model_crud_reply"| q1',
    '  e2 --> q2',
  ]);
});

test('the arrow of a headers exchange has the compared headers', () => {
  const topology: Topology = {
    exchanges: [{ ...exchange, name: 'x', type: 'headers' }],
    queues: [{ ...queue, name: 'q' }],
    bindings: [
      { exchange: 'x', queue: 'q', routingKey: '', arguments: { 'x-match': 'any', level: 3 } },
    ],
  };
  assert.match(topologyDiagram(topology), 'e0 -->|"x-match=any, level=3"| q0');
});

test('characters with a meaning in Mermaid are written as entities; others stay', () => {
  const name = 'a"b#c;<d>&`e\\f\n감 | {}[]()';
  const topology: Topology = { exchanges: [{ ...exchange, name }], queues: [], bindings: [] };
  assert.is(
    topologyDiagram(topology),
    'flowchart LR\n  e0{{"a#34;b#35;c#59;#60;d#62;#38;#96;e#92;f#10;감 | {}[]() (direct)"}}',
  );
});

test.run();
