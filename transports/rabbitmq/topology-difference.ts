/**
 * The differences between a broker and a topology.
 *
 * - Nothing created: an object is looked up first, and compared by the same declaration again,
 *   which changes nothing that exists. Only an object that is deleted between the two steps is
 *   created again.
 * - Unseen: AMQP tells of a named object whether it exists and agrees. AMQP lists nothing and has
 *   no question about bindings. Both need the management API; without the API they are reported as
 *   not compared.
 * - Exclusive queues: an exclusive queue exists only while its service runs. Its absence is no
 *   difference.
 */
import type { BindingDeclaration, Topology } from '../../config/topology.ts';
import { declarationError } from '../broker-refusal.ts';
import type { DifferenceOptions, TopologyDifference } from '../transport-module.ts';
import { brokerAddress } from './broker-address.ts';
import { DeclarationChannel, exchangeSubject, queueSubject, type Subject } from './declarations.ts';
import { type BrokerListing, listBroker } from './management-listing.ts';
import { connectToAny, type Session } from './session.ts';

const connection = {
  connectionName: 'unanimous config diff',
  heartbeatSeconds: 30,
  connectTimeoutMs: 10_000,
  tls: {},
} as const;
const needsManagement = 'give --management URL';

function different(line: string): TopologyDifference {
  return { differences: [line], unseen: [] };
}

function unseen(line: string): TopologyDifference {
  return { differences: [], unseen: [line] };
}

const alike: TopologyDifference = { differences: [], unseen: [] };

function joined(parts: readonly TopologyDifference[]): TopologyDifference {
  return {
    differences: parts.flatMap(({ differences }) => differences),
    unseen: parts.flatMap((part) => part.unseen),
  };
}

async function compareSubject(
  channel: DeclarationChannel,
  { name, look, declare }: Subject,
  isExclusive = false,
): Promise<TopologyDifference> {
  const absent = await channel.attempt(look);
  if (absent?.code === 404) {
    return isExclusive
      ? unseen(`${name}: exclusive, it is there only while its service is`)
      : different(`${name}: not on the broker`);
  }
  const refusal = absent ?? (await channel.attempt(declare));
  if (refusal === undefined) return alike;
  const { message } = declarationError(name, refusal);
  return refusal.code === 406 ? different(message) : unseen(message);
}

async function compareDeclarations(
  session: Session,
  { exchanges, queues }: Topology,
): Promise<TopologyDifference> {
  const channel = new DeclarationChannel(session);
  const parts: TopologyDifference[] = [];
  for (const exchange of exchanges)
    parts.push(await compareSubject(channel, exchangeSubject(exchange)));
  for (const queue of queues)
    parts.push(await compareSubject(channel, queueSubject(queue), queue.exclusive));
  await channel.close();
  return joined(parts);
}

function describe({ exchange, queue, routingKey, arguments: given }: BindingDeclaration): string {
  const pairs = Object.entries(given).sort(([a], [b]) => (a < b ? -1 : 1));
  const compared = pairs.length === 0 ? '' : ` with ${JSON.stringify(Object.fromEntries(pairs))}`;
  return `binding of queue '${queue}' to exchange '${exchange}' under '${routingKey}'${compared}`;
}

function without(
  names: readonly string[],
  known: readonly { readonly name: string }[],
): readonly string[] {
  const all = new Set(known.map(({ name }) => name));
  return names.filter((name) => !all.has(name));
}

/** Compares only objects that both sides have. Missing objects are reported elsewhere. */
function compareBindings(topology: Topology, listing: BrokerListing): readonly string[] {
  const onBoth = ({ exchange, queue }: BindingDeclaration) =>
    topology.exchanges.some(({ name }) => name === exchange) &&
    topology.queues.some(({ name }) => name === queue) &&
    listing.exchanges.includes(exchange) &&
    listing.queues.includes(queue);
  const ours = new Set(topology.bindings.filter(onBoth).map(describe));
  const theirs = new Set(listing.bindings.filter(onBoth).map(describe));
  return [
    ...[...ours]
      .filter((binding) => !theirs.has(binding))
      .map((binding) => `${binding}: not on the broker`),
    ...[...theirs]
      .filter((binding) => !ours.has(binding))
      .map((binding) => `${binding}: on the broker, in none of the files`),
  ];
}

function compareListing(topology: Topology, listing: BrokerListing): TopologyDifference {
  const extra = [
    ...without(listing.exchanges, topology.exchanges).map((name) => `exchange '${name}'`),
    ...without(listing.queues, topology.queues).map((name) => `queue '${name}'`),
  ];
  const lines = extra.map((name) => `${name}: on the broker, in none of the files`);
  return { differences: [...lines, ...compareBindings(topology, listing)], unseen: [] };
}

const unlisted: TopologyDifference = {
  differences: [],
  unseen: [
    `what the broker has beyond the files: AMQP cannot list it; ${needsManagement}`,
    `bindings: AMQP cannot ask for them; ${needsManagement}`,
  ],
};

/**
 * Throws `Transient` when the broker or the management API cannot be reached, `Broken` when either
 * refuses the connection.
 */
export async function topologyDifference(
  topology: Topology,
  { urls, managementUrl }: DifferenceOptions,
): Promise<TopologyDifference> {
  const addresses = urls.map(brokerAddress);
  const [broker] = addresses;
  const session = await connectToAny(
    { ...connection, addresses },
    { onBlocked: () => undefined, onEnd: () => undefined },
  );
  try {
    const declared = await compareDeclarations(session, topology);
    if (managementUrl === undefined || broker === undefined) return joined([declared, unlisted]);
    const listing = await listBroker({ managementUrl, broker });
    return joined([declared, compareListing(topology, listing)]);
  } finally {
    await session.close();
  }
}
