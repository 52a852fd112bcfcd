import { Consumers } from '../../../../runtime/duties/consumers.ts';
import type { Intake } from '../../../../runtime/messages/intake.ts';
import type { Delivery } from '../../../../runtime/ports/envelope.ts';
import { Transient } from '../../../../runtime/ports/errors.ts';
import { noFailpoints } from '../../../../runtime/ports/failpoints.ts';
import type { Acknowledgement } from '../../../../runtime/ports/transport.ts';
import { VirtualClock } from '../../../../runtime/simulated/virtual-clock.ts';
import { Deferred } from '../../../support/deferred.ts';
import { assert, suite } from '../../../support/suite.ts';
import { delivery, listLog, shopService } from '../shop.ts';

const test = suite('consumers');

/** Consumers whose intake fails as the test says, try by try. */
class ConsumersBench {
  readonly clock = new VirtualClock(0);
  readonly aside: string[] = [];
  readonly failures: Error[] = [];
  readonly asideFailures: Error[] = [];
  tries = 0;
  /** The messages that were taken, as told at each try and at the end. */
  readonly told: (number | null)[][] = [];
  #handler: ((delivery: Delivery) => Promise<Acknowledgement>) | undefined;

  async take(): Promise<Promise<Acknowledgement> | undefined> {
    const consumers = new Consumers({
      transport: () => ({
        consume: async (_queue, _options, handler) => {
          this.#handler = handler;
          return { cancel: async () => undefined };
        },
      }),
      clock: this.clock,
      log: listLog([]),
      failpoints: noFailpoints,
      prefetch: 1,
    });
    const tell = () => {
      const { messages, oldestAtMs } = consumers.taken(shopService().name);
      this.told.push([messages, oldestAtMs]);
    };
    const intake: Pick<Intake, 'handle' | 'setAside'> = {
      handle: async () => {
        this.tries += 1;
        tell();
        const failure = this.failures.shift();
        if (failure !== undefined) throw failure;
        return 'done';
      },
      setAside: async (_delivery, error) => {
        const failure = this.asideFailures.shift();
        if (failure !== undefined) throw failure;
        this.aside.push(error.message);
        return 'done';
      },
    };
    await consumers.consume(shopService(), intake);
    const taken = this.#handler?.(delivery({ action: 'add' }));
    await this.clock.advance(60_000);
    tell();
    return taken;
  }
}

test('bounded: an error that does not say what it means has eight tries, then the message is set aside', async () => {
  const bench = new ConsumersBench();
  bench.failures.push(...new Array(20).fill(new TypeError('odd')));
  assert.is(await await bench.take(), 'done');
  assert.equal([bench.tries, bench.aside], [8, ['odd']]);
});

test('bounded: a message that cannot be set aside yet stays, and its last error is the reason', async () => {
  const bench = new ConsumersBench();
  bench.failures.push(...new Array(20).fill(new TypeError('odd')));
  bench.asideFailures.push(new Transient('not-reachable', 'down'));
  assert.is(await await bench.take(), 'done');
  assert.equal(bench.aside, ['odd']);
});

test('kept while the journal is down: a lost connection has no end of tries', async () => {
  const bench = new ConsumersBench();
  bench.failures.push(...new Array(20).fill(new Transient('not-reachable', 'down')));
  assert.is(await await bench.take(), 'done');
  assert.equal([bench.tries, bench.aside], [21, []]);
});

test('taken: a message counts from its arrival until it is acknowledged, also between its tries', async () => {
  const bench = new ConsumersBench();
  await bench.clock.advance(7);
  bench.failures.push(new Transient('not-reachable', 'down'));
  await bench.take();
  assert.equal(bench.told, [
    [1, 7],
    [1, 7],
    [0, null],
  ]);
});

/** Consumers whose queues open when the test says so. */
class OpeningBench {
  readonly opening: Deferred[] = [];
  readonly cancelled: number[] = [];
  /** Queues open at once. */
  opens = false;
  readonly consumers = new Consumers({
    transport: () => ({ consume: () => this.#open() }),
    clock: new VirtualClock(0),
    log: listLog([]),
    failpoints: noFailpoints,
    prefetch: 1,
  });

  consume(): Promise<void> {
    const service = shopService();
    const { main } = service.config.consume;
    const consume = { main, second: { ...main, queue: 'second' } };
    const done = async (): Promise<Acknowledgement> => 'done';
    const intake = { handle: done, setAside: done };
    const config = { ...service.config, consume } as typeof service.config;
    return this.consumers.consume({ ...service, config }, intake);
  }

  get name(): string {
    return shopService().name;
  }

  async #open() {
    const number = this.opening.length;
    const opening = new Deferred();
    this.opening.push(opening);
    if (!this.opens) await opening.promise;
    return { cancel: async () => void this.cancelled.push(number) };
  }
}

test('a pause while queues are being opened leaves the one that opens later, and opens no further one', async () => {
  const bench = new OpeningBench();
  const consumed = bench.consume();
  await bench.consumers.pause(bench.name);
  bench.opening[0]?.resolve();
  await consumed;
  assert.equal([bench.opening.length, bench.cancelled], [1, [0]]);
  assert.not(bench.consumers.consumes(bench.name));
});

test('the end of all leaves the queue that opens later, too', async () => {
  const bench = new OpeningBench();
  const consumed = bench.consume();
  await bench.consumers.cancel();
  bench.opening[0]?.resolve();
  await consumed;
  assert.equal([bench.opening.length, bench.cancelled], [1, [0]]);
});

test('when a queue cannot be consumed, none is, and the next try consumes all', async () => {
  const bench = new OpeningBench();
  const consumed = bench.consume();
  bench.opening[0]?.resolve();
  await new Promise(setImmediate);
  bench.opening[1]?.reject(new Transient('not-reachable', 'down'));
  assert.is(await consumed.catch(({ message }) => message), 'down');
  assert.equal([bench.cancelled, bench.consumers.consumes(bench.name)], [[0], false]);
  bench.opens = true;
  await bench.consume();
  assert.equal([bench.opening.length, bench.consumers.consumes(bench.name)], [5, true]);
});

test.run();
