/**
 * The services of a process and the exchanges between the services, from the configs. Pure.
 *
 * - requests and facts: the dead-letter exchange of the broker and the queues for replies are left
 *   out. Services of other processes are known only by the keys under which they get requests.
 */
import type { ExchangeConfig } from '../../config/exchange-config.ts';
import { topologyOf } from '../../config/topology.ts';
import type { ExchangeGraph, GraphEdge, GraphService } from './contract.ts';

export function exchangeGraph(configs: readonly ExchangeConfig[]): ExchangeGraph {
  const edges = distinct(configs.flatMap(edgesOf));
  const named = new Set(edges.map(({ exchange }) => exchange));
  const exchanges = topologyOf(configs).exchanges.filter(({ name }) => named.has(name));
  return {
    services: configs.map(serviceOf),
    exchanges: exchanges.map(({ name, type }) => ({ name, type })),
    edges,
  };
}

/** One string for an edge, as in `Traffic`. */
export function edgeId({ kind, service, exchange }: GraphEdge): string {
  return `${kind}|${service}|${exchange}`;
}

function serviceOf({ svcName, sections, hierarchy }: ExchangeConfig): GraphService {
  const isGateway = sections['api_crud'] !== undefined;
  const role = isGateway ? 'gateway' : hierarchy === undefined ? 'service' : 'owner';
  return { name: svcName, isHere: true, role };
}

function edgesOf({ svcName: service, publish, consume, subscribe }: ExchangeConfig): GraphEdge[] {
  const publishes = (exchange: string): GraphEdge => ({ kind: 'publishes', service, exchange });
  const delivers = (exchange: string): GraphEdge => ({ kind: 'delivers', service, exchange });
  const subscriptions = Object.values(subscribe);
  return [
    ...Object.values(publish).map(({ exchange }) => publishes(exchange)),
    ...subscriptions.map((entry) => publishes(entry.publish.exchange)),
    ...Object.values(consume).flatMap(({ bindings }) =>
      bindings.map(({ exchange }) => delivers(exchange)),
    ),
    ...subscriptions.map((entry) => delivers(entry.consume.exchange)),
  ];
}

function distinct(edges: readonly GraphEdge[]): GraphEdge[] {
  return [...new Map(edges.map((edge) => [edgeId(edge), edge])).values()];
}
