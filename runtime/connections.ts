/**
 * The connections of a runtime to its broker. Services with one user share a connection.
 *
 * - Declared by its user: each connection declares the objects of its own services. A connection
 *   that only checks an object is opened after the connection that declares the object.
 * - Signed: a message that names a caller is signed on its way out
 *   (`messages/caller-signature.ts`).
 */
import { type Topology, topologyOf } from '../config/topology.ts';
import { callerSigner } from './messages/caller-signature.ts';
import { withOwnReplies } from './messages/own-replies.ts';
import type { ServiceDefinition } from './messages/service-definition.ts';
import type { Clock } from './ports/clock.ts';
import type { Draft } from './ports/draft.ts';
import { Broken } from './ports/errors.ts';
import type { Addressing, Transport } from './ports/transport.ts';

/** The transport of each service: the same for all, or a transport for each user. */
export type TransportOf = Transport | ((service: ServiceDefinition) => Transport);

type ServiceTransport = Pick<Transport, 'publish' | 'consume' | 'route'>;

interface Connection {
  readonly transport: Transport;
  readonly services: ServiceDefinition[];
}

export class Connections {
  /** The rules of the transport, which are the same for all connections. */
  readonly addressing: Addressing;
  readonly #connections: readonly Connection[];
  readonly #byService: ReadonlyMap<string, ServiceTransport>;

  constructor(
    services: readonly ServiceDefinition[],
    transport: TransportOf,
    clock: Pick<Clock, 'now'>,
  ) {
    const all = connectionsOf(services, transport);
    const [first] = all;
    if (first === undefined) throw new Broken('config-invalid', 'a runtime without a service');
    this.addressing = first.transport.addressing;
    this.#connections = all;
    this.#byService = new Map(
      all.flatMap((each) =>
        each.services.map((service) => [service.name, sendingAs(service, each, clock)] as const),
      ),
    );
  }

  /** The connection of a service of the runtime. */
  of(service: string): ServiceTransport {
    const transport = this.#byService.get(service);
    if (transport === undefined) throw new Broken('broken', `'${service}' has no connection`);
    return transport;
  }

  /**
   * Connects all, and declares what the services need. `own`: the reply queues of the process, by
   * service. Throws `ConfigError` for configs that contradict each other.
   */
  async open(own: ReadonlyMap<string, string>): Promise<void> {
    for (const { transport, services } of declarersFirst(this.#connections))
      await transport.open(withOwnReplies(topologyFor(services), services, own));
  }

  /** Whether a connection knows which queues its messages would reach. */
  get haveRoutes(): boolean {
    return this.#connections.some(({ transport }) => transport.route !== undefined);
  }

  async close(): Promise<void> {
    await Promise.all(this.#connections.map(({ transport }) => transport.close()));
  }
}

function connectionsOf(
  services: readonly ServiceDefinition[],
  transport: TransportOf,
): readonly Connection[] {
  if (typeof transport !== 'function') return [{ transport, services: [...services] }];
  const byTransport = new Map<Transport, ServiceDefinition[]>();
  for (const service of services) {
    const own = transport(service);
    byTransport.set(own, [...(byTransport.get(own) ?? []), service]);
  }
  return [...byTransport].map(([own, ofUser]) => ({ transport: own, services: ofUser }));
}

/** The connection, which signs the callers of the service's messages when the config has keys. */
function sendingAs(
  { config }: ServiceDefinition,
  { transport }: Connection,
  clock: Pick<Clock, 'now'>,
): ServiceTransport {
  const callers = config.trust?.callers;
  if (callers === undefined) return transport;
  const signed = callerSigner(callers, clock);
  const signing: Draft<ServiceTransport> = {
    publish: (message) => transport.publish(signed(message)),
    consume: (queue, options, handler) => transport.consume(queue, options, handler),
  };
  if (transport.route !== undefined)
    signing.route = (message) => transport.route?.(signed(message));
  return signing;
}

function topologyFor(services: readonly ServiceDefinition[]): Topology {
  return topologyOf(services.map(({ config }) => config));
}

/** Connections that only check each other's objects keep their order. */
function declarersFirst(connections: readonly Connection[]): readonly Connection[] {
  if (connections.length === 1) return connections;
  const left = connections.map((connection) => ({ connection, ...namesOf(connection) }));
  const ordered: Connection[] = [];
  while (left.length > 0) {
    const isFree = ({ checked }: (typeof left)[number]) =>
      !left.some(({ declared }) => checked.some((name) => declared.has(name)));
    const [next] = left.splice(Math.max(0, left.findIndex(isFree)), 1);
    if (next !== undefined) ordered.push(next.connection);
  }
  return ordered;
}

function namesOf({ services }: Connection) {
  const { exchanges, queues } = topologyFor(services);
  const all = [...exchanges, ...queues];
  const declared = new Set(all.flatMap(({ name, declare }) => (declare ? [name] : [])));
  return { declared, checked: all.flatMap(({ name, declare }) => (declare ? [] : [name])) };
}
