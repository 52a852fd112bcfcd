/**
 * The machines of the protocol, put together for one service: the vote collection and the clean-up
 * inside the saga, and the saga inside the voter.
 */
import { type AnyStateMachine, createMachine } from 'xstate';
import type { Dependence } from '../consent/dependences.ts';
import type { Detachment, Nodes } from '../consent/nodes.ts';
import type { ConsentSettings } from '../consent/settings.ts';
import { cleanUpMachine } from '../delete-saga/clean-up-machine.ts';
import { deleteSagaMachine } from '../delete-saga/delete-saga-machine.ts';
import { dependencyMachine } from '../delete-saga/dependency-machine.ts';
import { retentionMachine } from '../delete-saga/retention-machine.ts';
import type { DeleteSagaActors } from '../delete-saga/saga-context.ts';
import { voteCollectionMachine } from '../vote-collection/vote-collection-machine.ts';
import type { VoterActors } from '../voter/context.ts';
import { voterMachine } from '../voter/voter-machine.ts';

/** The machines of the protocol. Tests replace some of them. */
export interface ConsentMachines {
  readonly voteCollection: AnyStateMachine;
  readonly cleanUp: AnyStateMachine;
  readonly deleteSaga: (
    settings: ConsentSettings,
    actors: DeleteSagaActors,
    nodes: Nodes,
  ) => AnyStateMachine;
  readonly voter: (
    settings: ConsentSettings,
    actors: VoterActors,
    dependences: readonly Dependence[],
    detachment: Detachment | undefined,
  ) => AnyStateMachine;
}

export const consentMachines: ConsentMachines = {
  voteCollection: voteCollectionMachine,
  cleanUp: cleanUpMachine,
  deleteSaga: deleteSagaMachine,
  voter: voterMachine,
};

/** The saga of an owner of these nodes. */
export function sagaOf(
  { deleteSaga, voteCollection, cleanUp }: ConsentMachines,
  settings: ConsentSettings,
  nodes: Nodes,
): AnyStateMachine {
  return deleteSaga(settings, { voteCollection, cleanUp, dependency: dependencyMachine }, nodes);
}

/** The machines of an owner, beside those of a voter. */
export type OwnerMachines = {
  readonly deleteSaga: AnyStateMachine;
  readonly retention: AnyStateMachine;
};

/** The machines of an owner of these nodes. */
export function ownerMachinesOf(
  machines: ConsentMachines,
  settings: ConsentSettings,
  nodes: Nodes,
): OwnerMachines {
  return {
    deleteSaga: sagaOf(machines, settings, nodes),
    retention: retentionMachine(settings, machines.cleanUp),
  };
}

/** Takes the place of the saga in a service without nodes of its own, and never starts. */
const noSaga = createMachine({ id: 'delete-saga' });

/**
 * The voter of a service with these nodes and rows. `nodes`: null in a service without nodes of its
 * own. `detachment`: of nodes that may lose references.
 */
export function voterOf(
  machines: ConsentMachines,
  settings: ConsentSettings,
  nodes: Nodes | null,
  dependences: readonly Dependence[] = [],
  detachment?: Detachment,
): AnyStateMachine {
  const innerSaga = nodes === null ? noSaga : sagaOf(machines, settings, nodes);
  return machines.voter(settings, { innerSaga }, dependences, detachment);
}
