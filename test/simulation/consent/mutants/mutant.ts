/**
 * A known defect, built by the replacement of a port, a machine or a named rule of a machine.
 *
 * 1. The product contains no flag and no branch for a defect.
 * 2. A replaced rule must exist under its name; otherwise the mutant would be correct code.
 */
import { type AnyStateMachine, assign } from 'xstate';
import type { EntityMachines } from '../../../../actors/catalog.ts';
import type { MemoryLedgerTables } from '../../../../actors/consent/ledger/memory/memory-ledger-tables.ts';
import type { MemoryTables } from '../../../../actors/hierarchy/memory/memory-tables.ts';
import type { ConsentMachines } from '../../../../actors/peer/consent-machines.ts';
import type { CallbackPost } from '../../../../actors/transactions/callback-post.ts';
import type { WebhookPost } from '../../../../actors/webhook/activities.ts';
import type { ServiceDefinition } from '../../../../runtime/messages/service-definition.ts';
import type { Store } from '../../../../runtime/ports/store.ts';
import type { UndoLog } from '../../../../runtime/ports/undo-log.ts';
import { defineMachine } from '../../../../runtime/step/machine-definition.ts';
import type { Seams } from '../../../../testing/simulation/simulation-options.ts';

export type StandIn = Pick<Store<UndoLog>, 'name' | 'read' | 'apply'> &
  Partial<Pick<Store<UndoLog>, 'prune'>>;

/** The stores of a run, the nodes in the hierarchy, and the rows of the ledger. */
export interface StoresOfRun {
  readonly tables: MemoryTables;
  readonly ledger: MemoryLedgerTables;
  readonly store: StandIn;
  readonly ledgerStore: StandIn;
}

export interface Mutant {
  readonly name: string;
  readonly machines?: Partial<EntityMachines>;
  /** The participant with the defect: with other machines, or otherwise changed. */
  readonly participant?: {
    readonly machines?: ConsentMachines;
    readonly service?: (service: ServiceDefinition) => ServiceDefinition;
  };
  /** The services of the entities, with the defect. */
  readonly owners?: (service: ServiceDefinition) => ServiceDefinition;
  /** The services of cards, transactions and files, with the defect. */
  readonly cards?: (service: ServiceDefinition) => ServiceDefinition;
  /** The requests to the callback of transactions, with the defect. */
  readonly callback?: (post: CallbackPost) => CallbackPost;
  /** The requests to the webhook, with the defect. */
  readonly post?: (post: WebhookPost) => WebhookPost;
  /** The service with the webhook, with the defect. */
  readonly hook?: (service: ServiceDefinition) => ServiceDefinition;
  readonly through?: Partial<Seams>;
  /** The hierarchy and the ledger of a run, with the defect. */
  readonly stores?: (run: StoresOfRun) => readonly StandIn[];
}

type Replacements = Parameters<AnyStateMachine['provide']>[0];

/** The machine with these rules in place of its own. Throws for a name without a rule. */
export function replaced(machine: AnyStateMachine, replacements: Replacements): AnyStateMachine {
  for (const [kind, rules] of Object.entries(replacements)) {
    const own = machine.implementations[
      kind as keyof AnyStateMachine['implementations']
    ] as Readonly<Record<string, unknown>>;
    const missing = Object.keys(rules as object).find((name) => own[name] === undefined);
    if (missing !== undefined)
      throw new Error(
        `the machine '${machine.id}' has no ${kind} '${missing}' that could be replaced`,
      );
  }
  return machine.provide(replacements);
}

/** The service with these rules in one of its machines. Throws for a service without the machine. */
export function withMachine(
  service: ServiceDefinition,
  name: string,
  replacements: Replacements,
): ServiceDefinition {
  const own = service.machines.get(name);
  if (own === undefined) throw new Error(`${service.name} has no machine '${name}'`);
  const changed = { ...own, ...defineMachine(replaced(own.machine, replacements)) };
  return { ...service, machines: new Map(service.machines).set(name, changed) };
}

/** An `assign` for a machine that is not typed here. */
export function assigning<Context, Event>(
  change: (args: { readonly context: Context; readonly event: Event }) => Partial<Context>,
): never {
  return assign(change as never) as never;
}
