import { OutboxRelay } from '../../../../runtime/duties/outbox-relay.ts';
import { Broken, Transient } from '../../../../runtime/ports/errors.ts';
import { noFailpoints } from '../../../../runtime/ports/failpoints.ts';
import type { OutboxRow } from '../../../../runtime/ports/journal-rows.ts';
import type { PublishOutcome } from '../../../../runtime/ports/transport.ts';
import { VirtualClock } from '../../../../runtime/simulated/virtual-clock.ts';
import { assert, suite } from '../../../support/suite.ts';
import { type LogLine, listLog } from '../shop.ts';

const test = suite('outbox relay');
const confirmed: PublishOutcome = { kind: 'confirmed' };
const returned: PublishOutcome = { kind: 'returned', reason: 'NO_ROUTE' };

function row(id: string, more: Partial<OutboxRow> = {}, key = 'one'): OutboxRow {
  const properties = { messageId: id, persistent: true };
  return {
    id,
    address: { service: 's', machine: 'm', key },
    exchange: 'x',
    routingKey: 'k',
    mandatory: false,
    properties,
    body: id,
    ...more,
  };
}

/** A relay whose transport answers as the test says, message by message. */
class RelayBench {
  readonly clock = new VirtualClock(0);
  readonly out: string[] = [];
  readonly forgotten: string[] = [];
  readonly lines: LogLine[] = [];
  readonly told: string[] = [];
  readonly dead: string[] = [];
  /** What comes of the next tries of a message; then it is confirmed. */
  readonly outcomes = new Map<string, (PublishOutcome | Error)[]>();
  committed = true;
  forgets = true;
  readonly relay = new OutboxRelay({
    transport: () => ({
      publish: async ({ exchange, properties }) => {
        const id = properties.messageId ?? '';
        this.out.push(exchange === '' ? `${id} by default` : id);
        const outcome = this.outcomes.get(id)?.shift() ?? confirmed;
        if (outcome instanceof Error) throw outcome;
        return outcome;
      },
    }),
    journal: {
      forget: async (ids) => {
        if (!this.forgets) throw new Error('down');
        this.forgotten.push(...ids);
      },
    },
    clock: this.clock,
    log: listLog(this.lines),
    failpoints: noFailpoints,
    outgoingMax: 3,
    unroutable: async ({ id }) => {
      this.told.push(`${id}, forgotten ${this.forgotten.length}`);
      return this.committed;
    },
    unpublishable: async ({ id }, error) => {
      this.dead.push(`${id}: ${error.message}`);
      return this.committed;
    },
  });
}

test('what is pushed is out when push resolves, and forgotten a moment later', async () => {
  const bench = new RelayBench();
  await bench.relay.publish([row('1'), row('2')]);
  assert.equal([bench.out, bench.forgotten, bench.relay.isIdle], [['1', '2'], [], false]);
  await bench.clock.advance(25);
  assert.equal([bench.forgotten, bench.relay.isIdle], [['1', '2'], true]);
});

test('deleted by the next commit: a commit takes along what is confirmed, and says what has come of it', async () => {
  const bench = new RelayBench();
  await bench.relay.publish([row('1'), row('2')]);
  const taken = bench.relay.confirmed.take();
  assert.equal([taken, bench.relay.confirmed.take()], [['1', '2'], []]);
  await bench.clock.advance(100);
  assert.equal([bench.forgotten, bench.relay.isIdle], [[], false]);
  bench.relay.confirmed.forgotten(taken);
  assert.is(bench.relay.isIdle, true);
});

test('deleted by the next commit: what a commit did not take along is forgotten later', async () => {
  const bench = new RelayBench();
  await bench.relay.publish([row('1')]);
  bench.relay.confirmed.giveBack(bench.relay.confirmed.take());
  await bench.clock.advance(100);
  assert.equal([bench.forgotten, bench.relay.isIdle], [['1'], true]);
});

test('deleted by the next commit: a thousand confirmed rows wait for nothing', async () => {
  const bench = new RelayBench();
  await bench.relay.publish(Array.from({ length: 1_000 }, (_, n) => row(String(n), {}, String(n))));
  await bench.clock.settled();
  assert.is(bench.forgotten.length, 1_000);
});

test('in order per actor: rows of one actor that wait go out in the order of their ids', async () => {
  const bench = new RelayBench();
  await Promise.all(['0', '2', '1', '3'].map((id) => bench.relay.publish([row(id)])));
  assert.equal(bench.out, ['0', '1', '2', '3']);
});

test('in order per actor: a failed row goes out again before anything that came later', async () => {
  const bench = new RelayBench();
  bench.outcomes.set('1', [
    new Transient('transport-lost', 'lost'),
    new Transient('transport-lost', 'lost'),
  ]);
  const first = bench.relay.publish([row('1')]);
  await bench.clock.advance(50);
  const second = bench.relay.publish([row('2')]);
  await bench.clock.advance(1_000);
  await Promise.all([first, second]);
  assert.equal(bench.out, ['1', '1', '1', '2']);
});

test('in order per actor: of a window only what failed goes out again', async () => {
  const bench = new RelayBench();
  bench.outcomes.set('2', [new Transient('transport-lost', 'lost')]);
  const pushed = bench.relay.publish([row('1'), row('2'), row('3')]);
  await bench.clock.advance(100);
  await pushed;
  await bench.clock.advance(25);
  assert.equal(
    [bench.out, bench.forgotten],
    [
      ['1', '2', '3', '2'],
      ['1', '3', '2'],
    ],
  );
});

test('actors apart: an actor that cannot publish does not hold up another', async () => {
  const bench = new RelayBench();
  bench.outcomes.set('1', [new Transient('transport-lost', 'lost')]);
  void bench.relay.publish([row('1')]);
  await bench.relay.publish([row('2', {}, 'two')]);
  assert.equal(bench.out, ['1', '2']);
  await bench.clock.advance(25);
  assert.equal(bench.forgotten, ['2']);
});

test('returned: a question that comes back is an event for its asker before it is forgotten', async () => {
  const bench = new RelayBench();
  bench.outcomes.set('1', [returned]);
  await bench.relay.publish([row('1', { correlationId: 'c', mandatory: true })]);
  await bench.clock.advance(25);
  assert.equal([bench.told, bench.forgotten], [['1, forgotten 0'], ['1']]);
});

test('returned: a question whose event is not committed is kept and asked again', async () => {
  const bench = new RelayBench();
  bench.outcomes.set('1', [returned]);
  bench.committed = false;
  const pushed = bench.relay.publish([row('1', { correlationId: 'c', mandatory: true })]);
  await bench.clock.advance(50);
  assert.equal([bench.forgotten, bench.relay.isIdle], [[], false]);
  bench.committed = true;
  await bench.clock.advance(100);
  await pushed;
  assert.equal([bench.out, bench.forgotten], [['1', '1'], ['1']]);
});

test('returned: an answer that comes back goes straight to the queue', async () => {
  const bench = new RelayBench();
  bench.outcomes.set('1', [returned]);
  await bench.relay.publish([row('1', { orStraightToQueue: true, mandatory: true })]);
  await bench.clock.advance(25);
  assert.equal([bench.out, bench.forgotten], [['1', '1 by default'], ['1']]);
});

test('returned: an answer nobody takes there either is let go', async () => {
  const bench = new RelayBench();
  bench.outcomes.set('1', [returned, returned]);
  await bench.relay.publish([row('1', { orStraightToQueue: true, mandatory: true })]);
  await bench.clock.advance(25);
  assert.equal([bench.out.length, bench.forgotten], [2, ['1']]);
});

test('never given up: publishing is tried again with growing pauses, and says so', async () => {
  const bench = new RelayBench();
  bench.outcomes.set(
    '1',
    Array.from({ length: 3 }, () => new Transient('transport-lost', 'lost')),
  );
  const pushed = bench.relay.publish([row('1')]);
  const times: number[] = [];
  for (let ms = 0; ms <= 700; ms += 100) {
    times.push(bench.out.length);
    await bench.clock.advance(100);
  }
  await pushed;
  assert.equal(times, [1, 2, 2, 3, 3, 3, 3, 4]);
  assert.is(bench.lines.filter(({ level }) => level === 'warn').length, 3);
});

test('a row that is already here is not taken twice', async () => {
  const bench = new RelayBench();
  await Promise.all([bench.relay.publish([row('1')]), bench.relay.publish([row('1')])]);
  assert.equal(bench.out, ['1']);
});

test('what a journal could not forget is forgotten later, and does not go out again', async () => {
  const bench = new RelayBench();
  bench.forgets = false;
  await bench.relay.publish([row('1')]);
  await bench.clock.advance(1_000);
  assert.equal([bench.forgotten, bench.relay.isIdle], [[], false]);
  bench.forgets = true;
  await bench.clock.advance(1_000);
  assert.equal([bench.out, bench.forgotten, bench.relay.isIdle], [['1'], ['1'], true]);
});

test('stop does not wait for a journal that cannot forget', async () => {
  const bench = new RelayBench();
  bench.forgets = false;
  void bench.relay.publish([row('1')]);
  await bench.clock.advance(1);
  await bench.relay.stop();
  assert.equal([bench.forgotten, bench.clock.waiting], [[], 0]);
});

test('stop does not wait for the pause before a retry', async () => {
  const bench = new RelayBench();
  bench.outcomes.set('1', [
    new Transient('transport-lost', 'lost'),
    new Transient('transport-lost', 'lost'),
  ]);
  void bench.relay.publish([row('1')]);
  await bench.clock.advance(1);
  await bench.relay.stop();
  assert.equal([bench.out, bench.forgotten, bench.clock.waiting], [['1'], [], 0]);
});

test('bounded: there is room while fewer wait than may, and again when the transport has answered', async () => {
  const bench = new RelayBench();
  bench.outcomes.set('1', [new Transient('transport-lost', 'lost')]);
  void bench.relay.publish([row('1'), row('2', {}, 'two')]);
  assert.is(bench.relay.room(), undefined);
  const pushed = bench.relay.publish([row('3', {}, 'three')]);
  const room = bench.relay.room();
  assert.ok(room);
  await room;
  await pushed;
  assert.equal([bench.relay.room(), bench.out.includes('3')], [undefined, true]);
});

test('bounded: a question that has come back takes no room while its turn is made', async () => {
  const bench = new RelayBench();
  bench.committed = false;
  const ids = ['1', '2', '3'];
  for (const id of ids) bench.outcomes.set(id, [returned]);
  void bench.relay.publish(ids.map((id) => row(id, { correlationId: id, mandatory: true }, id)));
  await bench.relay.room();
  assert.equal([bench.relay.room(), bench.relay.isIdle], [undefined, false]);
});

const never = new Broken('bad-message', 'routingKey has more than 255 bytes');

test('final: a message that can never be published is dead, and the next of its actor goes out', async () => {
  const bench = new RelayBench();
  bench.outcomes.set('1', [never]);
  await bench.relay.publish([row('1'), row('2')]);
  assert.equal([bench.out, bench.dead], [['1', '2'], ['1: routingKey has more than 255 bytes']]);
  await bench.clock.advance(25);
  assert.equal([bench.forgotten.toSorted(), bench.relay.isIdle], [['1', '2'], true]);
});

test('final: a message whose dead letter could not be kept is published again', async () => {
  const bench = new RelayBench();
  bench.outcomes.set('1', [never]);
  bench.committed = false;
  const published = bench.relay.publish([row('1')]);
  await bench.clock.advance(100);
  await published;
  assert.equal([bench.out, bench.dead.length], [['1', '1'], 1]);
});

test('final: messages that can never be published take no room', async () => {
  const bench = new RelayBench();
  const rows = Array.from({ length: 10 }, (_, n) => row(String(n), {}, String(n)));
  for (const { id } of rows) bench.outcomes.set(id, [never]);
  await bench.relay.publish(rows);
  assert.equal([bench.dead.length, bench.relay.room()], [10, undefined]);
});

test('final: an answer to an exchange that is gone goes straight to its queue', async () => {
  const bench = new RelayBench();
  bench.outcomes.set('1', [new Broken('config-invalid', 'no exchange')]);
  await bench.relay.publish([row('1', { orStraightToQueue: true })]);
  assert.equal([bench.out, bench.dead], [['1', '1 by default'], []]);
});

test('final: a body that is no JSON is dead at once', async () => {
  const bench = new RelayBench();
  await bench.relay.publish([row('1', { body: 12n as unknown as string })]);
  assert.equal(bench.dead.length, 1);
});

test('final: an error that does not say what it means has eight tries', async () => {
  const bench = new RelayBench();
  bench.outcomes.set('1', new Array(20).fill(new TypeError('odd')));
  const published = bench.relay.publish([row('1'), row('2')]);
  await bench.clock.advance(60_000);
  await published;
  assert.equal([bench.out.filter((id) => id === '1').length, bench.dead], [8, ['1: odd']]);
});

test('final: an answer that a full queue refuses has eight tries, another message has no end of them', async () => {
  const bench = new RelayBench();
  const full = new Array(40).fill(new Transient('not-reachable', 'full'));
  bench.outcomes.set('1', [...full]);
  bench.outcomes.set('2', [...full]);
  const properties = { messageId: '1', type: 'answer', persistent: true };
  void bench.relay.publish([row('1', { properties }), row('2', {}, 'two')]);
  await bench.clock.advance(120_000);
  assert.equal(bench.dead, ['1: full']);
  assert.is(bench.out.filter((id) => id === '2').length > 8, true);
});

test('never given up: a connection that is lost again and again loses no message', async () => {
  const bench = new RelayBench();
  bench.outcomes.set('1', new Array(20).fill(new Transient('transport-lost', 'lost')));
  const published = bench.relay.publish([row('1')]);
  await bench.clock.advance(200_000);
  await published;
  assert.equal([bench.out.length, bench.dead], [21, []]);
});

test.run();
