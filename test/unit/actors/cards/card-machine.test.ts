import { cardMachine } from '../../../../actors/cards/card-machine.ts';
import type { Headers } from '../../../../runtime/ports/envelope.ts';
import { caller, given, message } from '../../../../testing.ts';
import { suite } from '../../../support/suite.ts';

const test = suite('card machine');
const replyTo = caller('q1');
const start = given(cardMachine(null), { key: 'c1' });

test('a card is added, answered and recorded in one step', () => {
  const metadata = { must_be_deleted_files: ['file:///a', 'file:///b'] };
  start
    .when(message('create', { id: 'c1', owner: 'kim', transaction: 't1', metadata }, { replyTo }))
    .then({
      state: 'created',
      writes: [
        {
          store: 'cards',
          op: 'add',
          args: { id: 'c1', owner: 'kim', kind: 'db', transaction: 't1', metadata },
          expect: null,
        },
      ],
      replies: [{ to: replyTo, body: { id: 'c1' } }],
      records: [{ topic: 'c1', line: { what: 'card created', card: 'c1', files: 2 } }],
    })
    .thenEnded();
});

test('a card without an id gets a new one', () => {
  start.when(message('create', { owner: 'kim' }, { replyTo })).then({
    writes: [
      {
        store: 'cards',
        op: 'add',
        args: { id: 'new-2', owner: 'kim', kind: 'db', transaction: null, metadata: {} },
        expect: null,
      },
    ],
    replies: [{ to: replyTo, body: { id: 'new-2' } }],
  });
});

test('nobody who did not ask is answered', () => {
  start.when(message('create', { id: 'c1', owner: 'kim' })).then({ replies: [] });
});

test('a card of the kind erc is refused where nobody burns tokens', () => {
  start
    .when(message('create', { id: 'c1', owner: 'kim', kind: 'erc' }, { replyTo }))
    .thenRefused('not-supported', /'erc'/);
});

test('behind a gateway a caller creates only its own cards', () => {
  const behind = given(cardMachine('x-caller'), { key: 'c1' });
  const create = (headers: Headers) =>
    message('create', { id: 'c1', owner: 'kim' }, { replyTo, headers });
  behind.when(create({})).thenRefused('not-permitted', /no header 'x-caller'/);
  behind.when(create({ 'x-caller': 'lee' })).thenRefused('not-permitted', /'lee'/);
  behind.when(create({ 'x-caller': 'kim' })).then({ state: 'created' });
});

test.run();
