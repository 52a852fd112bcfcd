/**
 * `rabbit-throughput` with @node-ts/bus over its RabbitMQ transport, which fetches message by message and neither confirms nor persists:
 * `node-ts-bus-process.ts <url> <size>`. Says when it is ready, then answers every message from its parent with a sample.
 *
 * The transport sets no `noDelay`, and nothing lets one set it: an acknowledgement and the next fetch wait 40 ms for each other. So it gets
 * few messages, or a run would take minutes.
 */
import { Bus, handlerFor, type Logger } from '@node-ts/bus-core';
import { Event } from '@node-ts/bus-messages';
import rabbitmq from '@node-ts/bus-rabbitmq';
import type { Size } from '../contest.ts';
import { Arrivals, body, messagesBySize, timed, window } from '../rabbit-throughput.ts';
import { inFlight } from '../work.ts';

const [, , url = '', size = 'tiny'] = process.argv;

class Happened extends Event {
  $name = 'bench-happened';
  $version = 1;
  readonly text = body.toString();
}

const noLine = (): void => undefined;
const noLog: Logger = {
  debug: noLine,
  trace: noLine,
  info: noLine,
  warn: noLine,
  error: noLine,
  fatal: noLine,
};

const arrivals = new Arrivals();
const bus = Bus.configure()
  .withLogger(() => noLog)
  .withTransport(
    new rabbitmq.RabbitMqTransport({ queueName: 'node-ts-bus', connectionString: url }),
  )
  .withHandler(handlerFor(Happened, () => arrivals.count()))
  .withConcurrency(window)
  .build();
await bus.initialize();
await bus.start();

const count = Math.ceil(messagesBySize[size as Size] / 50);
process.on('message', async () => {
  process.send?.(
    await timed(count, arrivals, () => inFlight(count, window, () => bus.publish(new Happened()))),
  );
});
process.on('disconnect', async () => {
  await bus.dispose();
  process.exit(0);
});
process.send?.('ready');
