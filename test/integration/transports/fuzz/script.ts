/**
 * What the differential fuzzer does to a broker: a topology, then a series of operations, drawn from a seed.
 *
 * 1. A script names things `x0`, `q1`; where it runs they get a prefix of their own.
 * 2. Nothing in it depends on time: the only time to live is 0.
 * 3. Left out, because RabbitMQ itself does not decide them the same way twice: `reject-publish` on quorum queues (they
 *    tell publishers of it later) and several channels lost at once (each queue hears of them in some order).
 * 4. Known and allowed for in `memory-side.ts`: RabbitMQ counts a cancelled consumer of a quorum queue until it has settled.
 */
import fc from 'fast-check';
import type {
  Arguments,
  ExchangeDeclaration,
  QueueDeclaration,
} from '../../../../config/topology.ts';
import type { Headers } from '../../../../runtime/ports/envelope.ts';

export interface Publication {
  readonly exchange: string;
  readonly routingKey: string;
  readonly mandatory: boolean;
  readonly persistent: boolean;
  readonly expirationMs: number | undefined;
  readonly headers: Headers | undefined;
}

export interface BindingStep {
  readonly source: string;
  readonly destination: string;
  readonly routingKey: string;
  readonly arguments: Arguments;
}

export type Settlement = 'ack' | 'requeue' | 'reject';

export type Step =
  | { readonly op: 'declareExchange'; readonly exchange: ExchangeDeclaration }
  | { readonly op: 'declareQueue'; readonly queue: QueueDeclaration }
  | ({ readonly op: 'bindQueue' | 'unbindQueue' | 'bindExchange' } & BindingStep)
  | { readonly op: 'deleteQueue' | 'deleteExchange'; readonly name: string }
  /** Published one after the other without waiting for confirms. */
  | { readonly op: 'publish'; readonly messages: readonly Publication[] }
  /** A slot has one channel on a connection of its own. Where a step would find nothing to do in its slot, it takes the next. */
  | {
      readonly op: 'consume';
      readonly slot: number;
      readonly queue: string;
      readonly prefetch: number;
    }
  /** `index` counts, modulo their number, the slot's deliveries that are not settled. */
  | {
      readonly op: 'settle';
      readonly slot: number;
      readonly index: number;
      readonly how: Settlement;
      readonly multiple: boolean;
    }
  | { readonly op: 'cancel' | 'closeChannel' | 'cutConnection'; readonly slot: number };

export interface Script {
  readonly steps: readonly Step[];
}

export const slotCount = 3;
export const queueNames = ['q0', 'q1', 'q2', 'q3'];
export const exchangeNames = ['x0', 'x1', 'x2'];

/** What is durable costs the broker a write to its disk; most of what is compared here has nothing to do with it. */
const durablePercent = { exchange: 20, classic: 30, quorum: 95 };

// A name that may not be there costs a channel; the first ones of each kind nearly always are.
const queueName = fc.oneof(
  weighted(12, 'q0'),
  weighted(8, 'q1'),
  weighted(4, 'q2'),
  weighted(1, 'q3'),
);
const exchangeName = fc.oneof(weighted(10, 'x0'), weighted(6, 'x1'), weighted(1, 'x2'));
const slot = fc.nat(slotCount - 1);
const routingKey = fc.constantFrom('a', 'b', 'a.b', 'a.b.c', 'b.a', '', 'a.', 'q0', 'q1');
const pattern = fc.oneof(
  routingKey,
  fc.constantFrom('*', '#', 'a.*', '*.b', 'a.#', '#.b', '*.*', '#.#', 'a.*.c', '*.'),
);

function weighted<T>(weight: number, value: T): fc.WeightedArbitrary<T> {
  return { weight, arbitrary: fc.constant(value) };
}

function oneIn(times: number): fc.Arbitrary<boolean> {
  return fc.nat(times - 1).map((drawn) => drawn === 0);
}

function inPercent(percent: number): fc.Arbitrary<boolean> {
  return fc.nat(99).map((drawn) => drawn < percent);
}

/** `arbitrary` once in `times`, else undefined. */
function rarely<T>(arbitrary: fc.Arbitrary<T>, times = 5): fc.Arbitrary<T | undefined> {
  return fc.oneof(
    { weight: 1, arbitrary },
    { weight: times - 1, arbitrary: fc.constant(undefined) },
  );
}

/** Without the keys whose value is undefined. */
function present<T>(record: Readonly<Record<string, T | undefined>>): Readonly<Record<string, T>> {
  return Object.fromEntries(
    Object.entries(record).filter((entry): entry is [string, T] => entry[1] !== undefined),
  );
}

function exchange(name: fc.Arbitrary<string>): fc.Arbitrary<ExchangeDeclaration> {
  return fc.record({
    name,
    type: fc.constantFrom('direct', 'fanout', 'topic', 'topic', 'headers'),
    durable: inPercent(durablePercent.exchange),
    autoDelete: oneIn(10),
    declare: fc.constant(true),
    arguments: rarely(exchangeName).map((alternate) =>
      present({ 'alternate-exchange': alternate }),
    ),
  });
}

const deadLettering = fc.record({
  'x-dead-letter-exchange': rarely(fc.oneof(exchangeName, exchangeName, fc.constant('')), 2),
  key: rarely(routingKey),
});

const sharedArguments = fc.record({
  'x-max-length': rarely(fc.nat(3)),
  'x-max-length-bytes': rarely(fc.nat(4)),
  'x-single-active-consumer': rarely(fc.boolean()),
  'x-message-ttl': rarely(fc.constant(0), 10),
});

const classicArguments = fc.record({
  'x-overflow': rarely(fc.constantFrom('drop-head', 'reject-publish', 'reject-publish-dlx')),
  'x-queue-type': rarely(fc.constant('classic')),
});

const quorumArguments = fc.record({
  'x-queue-type': fc.constant('quorum'),
  'x-delivery-limit': rarely(fc.nat(2), 2),
});

const queueArguments = fc
  .tuple(
    deadLettering,
    sharedArguments,
    fc.oneof({ weight: 3, arbitrary: classicArguments }, { weight: 1, arbitrary: quorumArguments }),
  )
  .map(([{ key, ...deadLettering }, shared, own]): Arguments => {
    const withKey = deadLettering['x-dead-letter-exchange'] === undefined ? undefined : key;
    return present<string | number | boolean>({
      ...deadLettering,
      ...shared,
      ...own,
      'x-dead-letter-routing-key': withKey,
    });
  });

function queue(name: fc.Arbitrary<string>): fc.Arbitrary<QueueDeclaration> {
  return fc
    .tuple(
      name,
      queueArguments,
      inPercent(durablePercent.classic),
      inPercent(durablePercent.quorum),
      oneIn(20),
      oneIn(10),
    )
    .map(([drawn, args, classicDurable, quorumDurable, exclusive, autoDelete]) => ({
      ...{ name: drawn, exclusive, autoDelete, declare: true, arguments: args },
      durable: args['x-queue-type'] === 'quorum' ? quorumDurable : classicDurable,
    }));
}

const headers: fc.Arbitrary<Headers> = fc
  .record({
    h: rarely(fc.constantFrom('a', 'b')),
    n: rarely(fc.constantFrom<string | number>(1, 2, '1')),
    'x-h': rarely(fc.constant('a')),
  })
  .map((record) => present<string | number>(record));

const bindingArguments = fc
  .tuple(headers, rarely(fc.constantFrom('all', 'any', 'all-with-x', 'any-with-x')))
  .map(([wanted, match]) => present({ ...(wanted as Arguments), 'x-match': match }));

function bindingStep(source: fc.Arbitrary<string>, destination: fc.Arbitrary<string>) {
  return fc.record({ source, destination, routingKey: pattern, arguments: bindingArguments });
}

const publication: fc.Arbitrary<Publication> = fc.record({
  exchange: fc.oneof({ weight: 12, arbitrary: exchangeName }, weighted(8, '')),
  routingKey: fc.oneof({ weight: 1, arbitrary: routingKey }, { weight: 1, arbitrary: queueName }),
  mandatory: fc.boolean(),
  persistent: fc.boolean(),
  expirationMs: rarely(fc.constant(0), 10),
  headers: rarely(headers, 2),
});

type Of<Op extends Step['op']> = Extract<Step, { op: Op }>;

const bindQueue = bindingStep(exchangeName, queueName).map(
  (step): Step => ({ op: 'bindQueue', ...step }),
);
const bindExchange = bindingStep(exchangeName, exchangeName).map(
  (step): Step => ({ op: 'bindExchange', ...step }),
);
const declareExchange = (name: fc.Arbitrary<string>) =>
  exchange(name).map((drawn): Step => ({ op: 'declareExchange', exchange: drawn }));
const declareQueue = (name: fc.Arbitrary<string>) =>
  queue(name).map((drawn): Step => ({ op: 'declareQueue', queue: drawn }));
const publish = fc
  .array(publication, { minLength: 1, maxLength: 4 })
  .map((messages): Step => ({ op: 'publish', messages }));
const consume = fc.record({
  op: fc.constant('consume' as const),
  slot,
  queue: queueName,
  prefetch: fc.nat(3),
});
const settle: fc.Arbitrary<Of<'settle'>> = fc.record({
  op: fc.constant('settle' as const),
  slot,
  index: fc.nat(9),
  how: fc.constantFrom('ack', 'ack', 'requeue', 'reject'),
  multiple: fc.nat(3).map((n) => n === 0),
});

const operation: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: publish },
  { weight: 4, arbitrary: consume },
  { weight: 16, arbitrary: settle },
  {
    weight: 2,
    arbitrary: fc.record({
      op: fc.constantFrom('cancel' as const, 'closeChannel' as const, 'cutConnection' as const),
      slot,
    }),
  },
  { weight: 1, arbitrary: bindQueue },
  {
    weight: 1,
    arbitrary: bindingStep(exchangeName, queueName).map(
      (step): Step => ({ op: 'unbindQueue', ...step }),
    ),
  },
  { weight: 1, arbitrary: declareQueue(queueName) },
  { weight: 1, arbitrary: declareExchange(exchangeName) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('deleteQueue' as const), name: queueName }) },
  {
    weight: 1,
    arbitrary: fc.record({ op: fc.constant('deleteExchange' as const), name: exchangeName }),
  },
);

/** Whatever is left of a script is looked at: each used slot's channel is closed, then each queue is read. */
export const closeSlots: readonly Step[] = Array.from(
  { length: slotCount },
  (_, index): Step => ({ op: 'closeChannel', slot: index }),
);

export function readQueue(name: string): readonly Step[] {
  return [
    { op: 'consume', slot: 0, queue: name, prefetch: 0 },
    { op: 'closeChannel', slot: 0 },
  ];
}

/** The first of `names` always, each further one less often. */
function some(
  names: readonly string[],
  declare: (name: fc.Arbitrary<string>) => fc.Arbitrary<Step>,
): fc.Arbitrary<Step[]> {
  const [first = '', ...others] = names;
  const drawn = others.map((name, index) =>
    rarely(declare(fc.constant(name)), index + 2).map((step) => (step === undefined ? [] : [step])),
  );
  return fc
    .tuple(declare(fc.constant(first)), ...drawn)
    .map(([step, ...rest]) => [step, ...rest.flat()]);
}

const script: fc.Arbitrary<Script> = fc
  .tuple(
    some(exchangeNames, declareExchange),
    some(queueNames, declareQueue),
    fc.array(
      fc.oneof({ weight: 6, arbitrary: bindQueue }, { weight: 1, arbitrary: bindExchange }),
      { minLength: 1, maxLength: 5 },
    ),
    fc.array(consume, { minLength: 1, maxLength: 2 }),
    fc.array(operation, { minLength: 5, maxLength: 24 }),
  )
  .map((parts) => ({ steps: parts.flat() }));

/** The `count` scripts of a seed. */
export function scriptsOf(seed: number, count: number): Script[] {
  return fc.sample(script, { seed, numRuns: count, unbiased: true });
}
