/** The sources of a read: the ports of the service and its stores. */
import type { Json } from '../../../runtime/ports/json.ts';
import type { Read } from '../../../runtime/ports/store.ts';
import type { ConsentReads } from '../consent-reads.ts';
import type { Dependence } from '../dependences.ts';
import { type LedgerReads, ledgerRead } from '../ledger/store.ts';
import type { Dependants, Nodes } from '../nodes.ts';
import type { Upstream } from '../settings.ts';

/** The service whose dependants and rows are read. */
export type VoterPorts = {
  readonly service: string;
  readonly upstreams: readonly Pick<Upstream, 'entity' | 'owner' | 'exchange'>[];
  /** Absent: the service has no nodes of its own. */
  readonly nodes?: Nodes;
  /** Absent: no node of the service depends on a node of another service. */
  readonly dependants?: Dependants;
  /** The rows of the service that depend on nodes of others and are no nodes. Default: none. */
  readonly dependences?: readonly Dependence[];
  /** The services that are asked about every own node. Default: none. */
  readonly alwaysAsk?: readonly string[];
  /** true: another system keeps data about the nodes, and answers for the service. */
  readonly isOutside?: true;
};

/** A service with nodes of its own. */
export type ConsentPorts = VoterPorts & { readonly nodes: Nodes };

export type Args<Op extends keyof ConsentReads> = ConsentReads[Op]['args'];
export type Result<Op extends keyof ConsentReads> = ConsentReads[Op]['result'];

/** The ports of the service, with its stores. */
export class Sources<Ports extends VoterPorts = ConsentPorts> {
  readonly ports: Ports;
  readonly #read: (read: Read) => Promise<Json>;

  constructor(ports: Ports, read: (read: Read) => Promise<Json>) {
    this.ports = ports;
    this.#read = read;
  }

  /** A port names the type of each result beside its read. */
  async rows<Result>(read: Read): Promise<Result> {
    return (await this.#read(read)) as Result;
  }

  ledger<Op extends keyof LedgerReads>(
    op: Op,
    args: LedgerReads[Op]['args'],
  ): Promise<LedgerReads[Op]['result']> {
    return this.rows(ledgerRead(op, args));
  }
}
