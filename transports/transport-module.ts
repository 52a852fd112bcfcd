/**
 * The shape of the module that a transport's folder exports to the table of transports
 * (`composition/transport-schemes.ts`).
 *
 * Boundary: types only. The table loads the module when a URL of its scheme is opened.
 */
import type { ConnectionOptions } from 'node:tls';
import type { Topology } from '../config/topology.ts';
import type { Chance } from '../runtime/ports/chance.ts';
import type { Clock } from '../runtime/ports/clock.ts';
import type { Log } from '../runtime/ports/log.ts';
import type { Transports } from '../runtime/ports/transport.ts';

/** The broker and the ports of its connections. */
export interface BrokerAccess {
  /** Addresses of the broker, tried in this order. */
  readonly urls: readonly string[];
  readonly clock: Clock;
  /** Spreads the reconnects of many clients. */
  readonly random: Chance;
  readonly log: Log;
  /**
   * For encrypted connections: an authority that Node.js does not know (`ca`), a certificate of the
   * client (`cert`, `key`).
   */
  readonly tls: ConnectionOptions;
}

/** How a broker differs from a topology. */
export interface TopologyDifference {
  /**
   * A line for each object that only one side has, or that the sides have with different options.
   */
  readonly differences: readonly string[];
  /** A line for each object that could not be compared, with the reason. */
  readonly unseen: readonly string[];
}

export interface DifferenceOptions {
  /** Addresses of the broker, tried in this order. */
  readonly urls: readonly string[];
  /** `http://host:15672`, an address for management beside the broker's own. */
  readonly managementUrl?: string;
}

/** Compares a broker with a topology without creating anything on the broker. */
export type TopologyComparison = (
  topology: Topology,
  options: DifferenceOptions,
) => Promise<TopologyDifference>;

export interface TransportModule {
  readonly openTransports: (access: BrokerAccess) => Transports;
  /** Absent when the broker does not outlive its process. */
  readonly topologyDifference?: TopologyComparison;
}
