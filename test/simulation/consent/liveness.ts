/**
 * The liveness invariants: the required results after all faults have ended.
 */
import type { Subscription } from '../../../actors/consent/ledger/store.ts';
import type { Invariant, Problem } from '../../../testing/simulation/system.ts';
import type { World } from '../../../testing/simulation/world.ts';
import type { ConsentRun } from './consent-run.ts';
import { serviceOf } from './entities.ts';
import { forgerName } from './forger.ts';
import { listOf, promisesOf, repeatedList } from './lists.ts';
import { contractsAgree } from './safety-of-contracts.ts';
import { leftNodesAreGivenBack, ordersAgree } from './safety-of-orders.ts';

/** Where other programs ask for burns. */
const burnPlace = 'mcard.single_burn';

const everySagaEnds = (run: ConsentRun): Problem => {
  const open = [...run.chronicle.sagas.values()].find(
    ({ owner, ended }) => owner !== undefined && ended === undefined,
  );
  if (open !== undefined) return `${open.saga} of ${open.owner} has not ended`;
  const lost = [...run.oneWay].find((saga) => !run.chronicle.taken.has(saga));
  return lost && `the deletion ${lost} was taken by the broker and never begun`;
};

const everyOperationIsAnswered = ({ plan, results }: ConsentRun): Problem => {
  const open = plan.operations.find(({ what, name, ...rest }) => {
    const asks =
      [
        'create',
        'copy',
        'update',
        'plan',
        'operate',
        'card',
        'undelete',
        'order',
        'contract',
        'strike',
        'vault',
        'link',
      ].includes(what) ||
      (what === 'delete' && !('oneWay' in rest && rest.oneWay === true));
    return asks && !results.has(name);
  });
  return open && `'${open.what} ${open.name}' was never answered`;
};

const nothingIsLeft = async (run: ConsentRun, world: World): Promise<Problem> => {
  const residue = Object.entries(await world.residue()).filter(([, count]) => count > 0);
  const holds = [...run.ledger.engagements.values()].map(
    ({ nodeId, saga, service, state }) => `${service} holds ${nodeId} for ${saga} (${state})`,
  );
  const promises = promisesOf(run).map(
    ({ nodeId, saga, service }) => `${service} has promised ${nodeId} to ${saga}`,
  );
  const left = [...residue.map(([what, count]) => `${count} ${what}`), ...holds, ...promises];
  return left.length === 0 ? undefined : `left: ${left.join(', ')}`;
};

/**
 * Messages of the client's poison, forged ones, and burns of another program for a card that its owner
 * has undeleted: nobody waits for the answer of such a burn.
 */
const onlyPoisonIsDead = async ({ poisoned, plan }: ConsentRun, world: World): Promise<Problem> => {
  const deadLetters = (
    await Promise.all(world.journals.map((journal) => journal.deadLetters(plan.services, 1_000)))
  ).flat();
  const isUndeleted = plan.operations.some(({ what }) => what === 'undelete');
  const others = deadLetters.find(
    ({ exchange, reason, properties: { type, appId, userId } }) =>
      userId !== forgerName &&
      (type !== undefined || appId !== undefined) &&
      !(isUndeleted && exchange === burnPlace && reason.includes('the owner has undeleted')),
  );
  if (others !== undefined)
    return `a dead letter: ${others.reason} (${others.properties.messageId})`;
  const dead = deadLetters.reduce((total, { count }) => total + count, 0);
  return dead < poisoned
    ? `${poisoned} messages were poison, and ${dead} are dead letters`
    : undefined;
};

/** A confirmed subscription is on the list while the node exists. */
const oldSubscriptionsCount = ({ peers, tables, ledger }: ConsentRun): Problem => {
  for (const peer of peers.values()) {
    const lost = [...peer.subscribed].find(
      (nodeId) =>
        tables.nodes.get(nodeId) !== undefined &&
        !listOf(ledger, nodeId).some(({ service }) => service === peer.name),
    );
    if (lost !== undefined) return `${peer.name} has subscribed to ${lost} and is not on its list`;
  }
  return undefined;
};

/** The tree repeats the list of each node, and no list outlives its node; the old owner keeps none. */
const listsAgree = ({ plan, tables, ledger, chronicle }: ConsentRun): Problem => {
  const old = plan.oldOwner && serviceOf(plan.oldOwner);
  const left = [...ledger.subscriptions.values()].find(
    ({ nodeId, owner }) => owner !== old && !chronicle.isThere(nodeId),
  );
  if (left !== undefined) return `${left.service} is on the list of ${left.nodeId}, which is gone`;
  const text = (list: readonly Subscription[]) =>
    JSON.stringify(list.map(({ service, generation }) => [service, generation]).sort());
  const other = [...tables.nodes.values()].find(
    ({ id }) => text(listOf(ledger, id)) !== text(repeatedList(tables, id)),
  );
  return other && `the tree repeats another list of ${other.id} than the ledger has`;
};

const calmSucceeds = ({ plan, results }: ConsentRun): Problem => {
  if (!plan.calm) return undefined;
  const failed = [...results].find(([, { ok, error }]) => !ok && !/not-found|gone/.test(error));
  return failed && `${failed[0]} failed although nothing stood in its way: ${failed[1].error}`;
};

export function liveness(run: ConsentRun): readonly Invariant[] {
  const looks: readonly (readonly [
    string,
    (run: ConsentRun, world: World) => Problem | Promise<Problem>,
  ])[] = [
    ['every saga ends', everySagaEnds],
    ['every saga ends', everyOperationIsAnswered],
    ['every saga ends', oldSubscriptionsCount],
    ['nothing left over', nothingIsLeft],
    ['nothing left over', listsAgree],
    ['nothing left over', ordersAgree],
    ['nothing left over', leftNodesAreGivenBack],
    ['nothing left over', contractsAgree],
    ['only poison is dead', onlyPoisonIsDead],
    ['calm succeeds', calmSucceeds],
  ];
  return looks.map(([name, look]) => ({ name, atEnd: (world) => look(run, world) }));
}
