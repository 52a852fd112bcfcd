/** The transport contract on a real RabbitMQ. */
import { transportContract } from '../../contract/transport-contract.ts';
import { RabbitmqHarness } from './rabbitmq-harness.ts';

transportContract(
  'RabbitMQ transport',
  { isLocal: false, needs: ['rabbitmq', 'rabbitmqctl'], deadlineMs: 120_000 },
  () => new RabbitmqHarness(),
);
