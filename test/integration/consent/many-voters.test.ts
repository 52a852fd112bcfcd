/** A vote of the largest list there may be: a thousand voters on one node cost a handful of commits, not a thousand. */

import { ledgerWrite } from '../../../actors/consent/ledger/store.ts';
import { MemoryTransport } from '../../../transports/memory/memory-transport.ts';
import { assert, suite } from '../../support/suite.ts';
import { ConsentWorld } from './consent-world.ts';

const test = suite('many voters', { deadlineMs: 90_000 });
const voters = Array.from({ length: 1_000 }, (_, index) => `voter_${index}`);

test('a thousand voters: unanimous within twenty commits of the asking phase', async () => {
  const world = new ConsentWorld();
  await world.open();
  const plant = await world.create('objects', { attributes: { cn: 'plant' } });
  await subscribeAll(world, plant);
  const transport = await answeringPeer(world);
  const before = world.commits;
  assert.equal(await world.call('objects', 'delete', { id: plant }), {});
  const spent = world.commits - before;
  assert.is(world.happened('voted').length, 1_000);
  // Two phases: what is asked, and what is told.
  assert.ok(spent <= 40, `${spent} commits`);
  assert.ok(
    (world.commitsUntil('decided') ?? 0) - before <= 20,
    `${(world.commitsUntil('decided') ?? 0) - before} commits to decide`,
  );
  await world.until(transport.close());
  await world.close();
});

async function subscribeAll(world: ConsentWorld, nodeId: string): Promise<void> {
  for (const subscriber of voters) {
    const { nodes } = await world.read('roster', { nodeIds: [nodeId] });
    const epochs = { [nodeId]: nodes[0]?.epoch ?? 0 };
    const service = 'objects_model_crud';
    const args = { service, nodeId, subscriber, generation: 1, consent: true, above: [] };
    await world.apply(ledgerWrite('subscribe', args, { epochs }));
  }
}

/** One queue under all their names, which says ok to everything. */
async function answeringPeer(world: ConsentWorld): Promise<MemoryTransport> {
  const transport = new MemoryTransport(world.broker);
  const lasting = { durable: true, autoDelete: false, declare: true, arguments: {} };
  const open = transport.open({
    exchanges: [{ name: 'objects', type: 'direct', ...lasting }],
    queues: [
      { name: 'crowd', exclusive: false, ...lasting, arguments: { 'x-queue-type': 'quorum' } },
    ],
    bindings: voters.map((routingKey) => ({
      exchange: 'objects',
      queue: 'crowd',
      routingKey,
      arguments: {},
    })),
  });
  await world.until(open);
  const consumed = transport.consume('crowd', { prefetch: 0 }, async ({ exchange, properties }) => {
    const { replyTo: routingKey = '', correlationId } = properties;
    const answer = {
      persistent: true,
      contentType: 'application/json',
      ...(correlationId === undefined ? {} : { correlationId }),
    };
    const body = Buffer.from(JSON.stringify({ response: 'ok' }));
    await transport.publish({ exchange, routingKey, mandatory: false, properties: answer, body });
    return 'done';
  });
  await world.until(consumed);
  return transport;
}

test.run();
