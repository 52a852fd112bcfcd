/**
 * Scripts on which memory and RabbitMQ once parted, or on which in-memory brokers commonly do; they run first.
 *
 * `npm run fuzz:transport` prints a difference as an entry for this list.
 */
import type { Step } from './script.ts';
import { consume, declareExchange, declareQueue, publish, settle } from './steps.ts';

export interface Regression {
  readonly reason: string;
  readonly steps: readonly Step[];
}

const toQ1 = { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': 'q1' };

export const regressions: readonly Regression[] = [
  {
    reason:
      'what comes to the head when messages put back go over the length has expired meanwhile',
    steps: [
      declareQueue('q0', { 'x-queue-type': 'quorum', 'x-max-length': 2 }),
      consume(0, 'q0', 3),
      publish(2, {}),
      publish(1, { expirationMs: 0 }),
      consume(1, 'q0', 1),
      publish(1, {}),
      { op: 'closeChannel', slot: 0 },
      { op: 'closeChannel', slot: 1 },
    ],
  },
  {
    reason: 'what is put back out of order takes its old place in a classic queue',
    steps: [
      declareQueue('q0', {}),
      publish(4, {}),
      consume(0, 'q0', 3),
      settle(0, 1, 'requeue'),
      settle(0, 0, 'requeue'),
    ],
  },
  {
    reason: 'several put back at once keep their order, at the tail of a quorum queue',
    steps: [
      declareQueue('q0', { 'x-queue-type': 'quorum' }),
      publish(4, {}),
      consume(0, 'q0', 3),
      settle(0, 1, 'requeue', true),
    ],
  },
  {
    reason: 'a single active consumer that goes leaves what it had to the next one',
    steps: [
      declareQueue('q0', { 'x-single-active-consumer': true }),
      consume(0, 'q0', 2),
      consume(1, 'q0', 2),
      publish(3, {}),
      { op: 'cutConnection', slot: 0 },
    ],
  },
  {
    reason:
      'a dead letter that comes back to its own queue by expiry is dropped, by rejection it is not',
    steps: [
      declareQueue('q0', { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': 'q0' }),
      publish(1, { expirationMs: 0 }),
      publish(1, {}),
      consume(0, 'q0', 1),
      settle(0, 0, 'reject'),
      settle(0, 0, 'reject'),
    ],
  },
  {
    reason:
      'a rejected message that comes back into its own full queue comes after the consumers were served',
    steps: [
      declareQueue('q0', {
        'x-dead-letter-exchange': '',
        'x-dead-letter-routing-key': 'q0',
        'x-max-length': 1,
      }),
      consume(0, 'q0', 1),
      publish(2, {}),
      settle(0, 0, 'reject'),
    ],
  },
  {
    reason: 'what comes back to an auto-delete queue with its last consumer goes with the queue',
    steps: [
      declareQueue('q1'),
      {
        op: 'declareQueue',
        queue: {
          ...{ name: 'q0', durable: false, exclusive: false, autoDelete: true, declare: true },
          arguments: { ...toQ1, 'x-message-ttl': 0 },
        },
      },
      consume(0, 'q0', 0),
      publish(2),
      { op: 'closeChannel', slot: 0 },
    ],
  },
  {
    reason: 'a quorum queue tells of its limit first, from the last message to the first',
    steps: [
      declareQueue('q1'),
      declareQueue('q0', { ...toQ1, 'x-queue-type': 'quorum', 'x-max-length': 1 }),
      consume(0, 'q0', 3),
      publish(1, { expirationMs: 0 }),
      publish(3),
      { op: 'cutConnection', slot: 0 },
    ],
  },
  {
    reason: 'the third death of a message, on RabbitMQ 3.10: the older ones are turned around',
    steps: [
      declareQueue('q0', { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': 'q1' }),
      declareQueue('q1', { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': 'q2' }),
      declareQueue('q2', { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': 'q3' }),
      declareQueue('q3', {}),
      consume(0, 'q0', 1),
      consume(1, 'q1', 1),
      consume(2, 'q2', 1),
      publish(1, {}),
      settle(0, 0, 'reject'),
      settle(1, 0, 'reject'),
      settle(2, 0, 'reject'),
    ],
  },
  {
    reason: 'a queue of length 0 hands over to a consumer that is free, and keeps nothing',
    steps: [
      declareQueue('q0', { 'x-max-length': 0 }),
      publish(1, {}),
      consume(0, 'q0', 1),
      publish(2, {}),
    ],
  },
  {
    reason: 'a cancelled consumer keeps what it had until it settles',
    steps: [
      declareQueue('q0', {}),
      publish(2, {}),
      consume(0, 'q0', 1),
      { op: 'cancel', slot: 0 },
      consume(1, 'q0', 0),
      settle(0, 0, 'requeue'),
    ],
  },
  {
    reason: 'alternate exchanges in a circle end',
    steps: [
      declareExchange('x0', 'direct', { 'alternate-exchange': 'x1' }),
      declareExchange('x1', 'direct', { 'alternate-exchange': 'x0' }),
      publish(1, { exchange: 'x0', routingKey: 'nobody', mandatory: true }),
    ],
  },
  {
    reason:
      'a delivery over its limit gives its consumer more credit than it took, on RabbitMQ 3.10',
    steps: [
      declareQueue('q0', { 'x-queue-type': 'quorum', 'x-delivery-limit': 0 }),
      consume(0, 'q0', 2),
      publish(2, {}),
      settle(0, 1, 'requeue'),
      publish(2, {}),
    ],
  },
];
