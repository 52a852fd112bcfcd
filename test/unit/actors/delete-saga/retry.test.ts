import type { Hold } from '../../../../actors/consent/ledger/store.ts';
import type { Engagement } from '../../../../actors/consent/start-problems.ts';
import type { Json, JsonObject } from '../../../../runtime/ports/json.ts';
import { caller, given, type MachineSpec, message } from '../../../../testing.ts';
import { assert, suite } from '../../../support/suite.ts';
import { asJson, asObject, id, node } from '../consent/sample.ts';
import {
  asker,
  both,
  engagement,
  list,
  machine,
  noted,
  saga,
  service,
  world,
  write,
} from './saga-scenario.ts';

const test = suite('delete saga: retry');

const held: Hold = { nodeId: id(1), saga: 'younger', service, mode: 'U', state: 'asking' };

function retrying(
  retried: JsonObject | null,
  more: Partial<Engagement> = {},
  from = 'ada',
): MachineSpec {
  const read = engagement({ ...more, ...asObject({ retried }) });
  const world = {
    'consent.engagement': () => read,
    'consent.roster': () => asJson(list([node(1)], [])),
    'consent.removal': () => ({ links: [], beside: [] }),
  };
  const start = message('delete', { id: id(1), retry_of: 'first' }, { read, replyTo: asker, from });
  return given(machine, { reads: world }).when(start);
}
function nameOf(spec: MachineSpec): Json | undefined {
  return (spec.answered() as { error: JsonObject }).error['name'];
}

test('a retry counts as old as what it tries again, and not as the saga it names: that may be a retry itself', () => {
  const waiting = retrying({ age: 'a very old one', requestedBy: 'ada' }, { conflicts: [held] });
  waiting.then({ state: { pending: 'waiting' }, context: { age: 'a very old one' } });
});

test('a retry of what this service has never refused, or refused to somebody else, is refused', () => {
  const [unknown, foreign] = [retrying(null), retrying({ age: 'old', requestedBy: 'bob' })];
  for (const spec of [unknown, foreign]) spec.then({ state: 'refused', writes: [], asks: [] });
  assert.equal([nameOf(unknown), nameOf(foreign)], ['not-found', 'not-permitted']);
});

test('what waits is noted, once however often it looks, until it begins', () => {
  const waiting = retrying({ age: 'an old one', requestedBy: 'ada' }, { conflicts: [held] });
  waiting.then({ writes: [noted('waiting', { age: 'an old one', requestedBy: 'ada' })] });
  waiting.waits(250).then({ state: { pending: 'waiting' }, writes: [] });
});

test('when it begins, its note goes with the freeze', () => {
  let conflicts: readonly Hold[] = [held];
  const subscriptions = asJson(both);
  const reads = {
    ...world({}),
    'consent.engagement': () => engagement(asObject({ conflicts, subscriptions })),
  };
  const read = engagement(
    asObject({ conflicts, retried: { age: 'an old one', requestedBy: null } }),
  );
  const waiting = given(machine, { reads }).when(
    message('delete', { id: id(1), retry_of: 'first' }, { read, replyTo: asker }),
  );
  conflicts = [];
  const args = {
    saga,
    service,
    nodeIds: [id(1)],
    mode: 'D',
    above: [],
    through: [],
    actor: 'actor',
    age: 'an old one',
    waited: true,
  };
  waiting
    .waits(250)
    .then({ state: 'asking', writes: [write('freeze', args, { epochs: { [id(1)]: 1 } })] });
});

test('at its deadline it is refused, and noted as such: it may be tried again under its age', () => {
  const late = retrying({ age: 'an old one', requestedBy: 'ada' }, { conflicts: [held] }).waits(
    '20 s',
  );
  late.then({
    state: 'refused',
    writes: [noted('refused', { age: 'an old one', requestedBy: 'ada', atMs: 1_020_000 })],
  });
  assert.is(nameOf(late), 'timed-out');
});

test('an operator cancels what waits; it cannot be skipped', () => {
  const waiting = retrying({ age: 'an old one', requestedBy: 'ada' }, { conflicts: [held] });
  const word = (name: string) =>
    message(
      'operateSaga',
      { operation: name, saga, key: 'actor', by: 'kim', why: 'a test' },
      { replyTo: caller('o1') },
    );
  waiting
    .when(word('skip'))
    .then({ state: { pending: 'waiting' }, replies: [{ to: caller('o1') }] });
  const cancelled = waiting.when(word('cancel'));
  cancelled.then({
    state: 'refused',
    writes: [noted('refused', { age: 'an old one', requestedBy: 'ada' })],
    replies: [{ to: caller('o1'), body: {} }, { to: asker }],
    records: [
      { topic: saga, line: { what: 'operator', operation: 'cancel', by: 'kim', why: 'a test' } },
    ],
  });
});

test.run();
