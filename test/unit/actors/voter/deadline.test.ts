/** The deadlines of a voter ("Deadlines" in `docs/protocol.md`), and its question in doubt. */
import { remainingForOthersMs } from '../../../../actors/consent/deadlines.ts';
import { inquiryDelayMs, inquiryMessages } from '../../../../actors/voter/deadline.ts';
import type { AskedNode } from '../../../../actors/voter/part.ts';
import { assert, suite } from '../../../support/suite.ts';
import { id, methodsSettings } from '../consent/sample.ts';

const test = suite('voter deadlines');

for (const [given, passedOn] of [
  [10_000, 9_500],
  [20_000, 19_500],
  [1_000, 950],
  [100, 95],
  [0, 0],
] as const) {
  test(`of ${given} ms a hop passes on ${passedOn}: less the smaller of 500 ms and 5 %`, () => {
    assert.is(remainingForOthersMs(given), passedOn);
  });
}

test('the first inquiry comes 5 s after the deadline, then doubling up to 5 min', () => {
  assert.is(inquiryDelayMs(9_500, 0), 14_500);
  assert.equal(
    [1, 2, 3, 4, 5, 6, 7, 20].map((done) => inquiryDelayMs(0, done)),
    [10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000, 300_000],
  );
});

function asked(
  number: number,
  exchange: string,
  phase: AskedNode['phase'] = 'promised',
): AskedNode {
  return { id: id(number), exchange, phase, groups: [] };
}

function doubt(...nodes: readonly AskedNode[]) {
  return {
    saga: 'T',
    verb: 'delete',
    hops: 2,
    inquiries: 1,
    nodes,
    groups: [],
    questions: [],
  } as const;
}

test('each owner is asked about its own nodes and no others', () => {
  const [tags, alerts, ...more] = inquiryMessages(
    methodsSettings,
    doubt(asked(1, 'tags'), asked(2, 'alerts'), asked(3, 'tags', 'asked')),
  );
  assert.equal(
    [tags?.routingKey, tags?.action, tags?.data, tags?.about],
    ['tags_model_crud_consume', 'isDeleting', { id: [id(1), id(3)] }, { ids: [id(1), id(3)] }],
  );
  assert.equal([alerts?.routingKey, alerts?.data], ['alerts_model_crud_consume', { id: id(2) }]);
  assert.is(more.length, 0);
});

test('an owner is asked about more nodes in several inquiries', () => {
  const inquiries = inquiryMessages(
    { ...methodsSettings, questionIdsMax: 2 },
    doubt(asked(1, 'tags'), asked(2, 'tags'), asked(3, 'tags')),
  );
  assert.equal(
    inquiries.map(({ about }) => about),
    [{ ids: [id(1), id(2)] }, { ids: [id(3)] }],
  );
});

test('an inquiry tells the hops of its questions, and names only nodes that were asked with them', () => {
  const at = (number: number, hops: number) => ({ ...asked(number, 'tags'), hops });
  const inquiries = inquiryMessages(
    methodsSettings,
    doubt(at(1, 2), at(2, 5), at(3, 2), asked(4, 'tags')),
  );
  assert.equal(
    inquiries.map(({ about, headers }) => [about, headers?.['consent-question-hops']]),
    [
      [{ ids: [id(1), id(3)] }, 2],
      [{ ids: [id(2)] }, 5],
      [{ ids: [id(4)] }, undefined],
    ],
  );
});

test('an inquiry has an attempt number in its id and the saga in its headers', () => {
  const [inquiry] = inquiryMessages(methodsSettings, doubt(asked(1, 'tags')));
  assert.is(inquiry?.messageId, `T/${id(1)}/isDeleting/tags/methods_model_crud/2`);
  assert.equal(inquiry?.headers, {
    'consent-protocol': 2,
    'consent-saga': 'T',
    'consent-epoch': 0,
    'consent-hops': 2,
  });
});

test('about an update it is `isUpdating`', () => {
  assert.is(
    inquiryMessages(methodsSettings, { ...doubt(asked(1, 'tags')), verb: 'update' })[0]?.action,
    'isUpdating',
  );
});

test('nothing is asked about what is decided, nor of an owner that is not known', () => {
  assert.equal(
    inquiryMessages(
      methodsSettings,
      doubt(asked(1, 'tags', 'deleting'), asked(2, 'alerts', 'gone'), asked(3, 'elsewhere')),
    ),
    [],
  );
});

test.run();
