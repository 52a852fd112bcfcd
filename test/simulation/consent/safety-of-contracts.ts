/**
 * The rules of the owner's rows: a contract is placed only with a live subscription and without a
 * promise, is held only while no operation holds its row, forbids while held, and goes only under a
 * decided saga and never after its node.
 */
import type { Problem } from '../../../testing/simulation/system.ts';
import type { ConsentRun } from './consent-run.ts';
import { contractsName } from './contracts.ts';
import { isGoing, listOf, promisesOf } from './lists.ts';
import type { Rule } from './rule.ts';

const placedWithoutPromise: Rule = {
  name: 'promise kept',
  holds: (event, run) => {
    if (event.what !== 'contract placed') return undefined;
    const { id, nodeId } = event.contract;
    const broken = promisesOf(run).find(
      (row) => row.service === contractsName && row.nodeId === nodeId,
    );
    return broken && `the contract ${id} is placed on ${nodeId}, promised to ${broken.saga}`;
  },
};

const heldInTime: Rule = {
  name: 'promise kept',
  holds: (event, { ledger }) => {
    if (event.what !== 'contract held') return undefined;
    const { id } = event.contract;
    const hold = [...ledger.engagements.values()].find(({ nodeId }) => nodeId === id);
    return hold && `the contract ${id} is held, and ${hold.saga} holds its row (${hold.state})`;
  },
};

const placedWithSubscription: Rule = {
  name: 'no orphan',
  holds: (event, run) => {
    if (event.what !== 'contract placed') return undefined;
    const { id, nodeId } = event.contract;
    if (!run.chronicle.isThere(nodeId))
      return `the contract ${id} is placed on ${nodeId}, which is gone`;
    return isListed(run, nodeId)
      ? undefined
      : `the contract ${id} is placed, and ${contractsName} is not on the list of ${nodeId}`;
  },
};

const noContractHangs: Rule = {
  name: 'no orphan',
  holds: (event, run) => {
    if (event.what !== 'removed') return undefined;
    const left = run.contractBook.of(event.nodeId).find(({ id }) => !isGoing(run, id));
    return left && `${event.nodeId} is removed, and the contract ${left.id} depends on it`;
  },
};

const removedByRight: Rule = {
  name: 'removed by right',
  holds: (event, { chronicle }) => {
    if (event.what !== 'contract removed') return undefined;
    const { id, held } = event.contract;
    if (held) return `the contract ${id} is removed and was held`;
    return chronicle.living.has(id)
      ? `the contract ${id} is removed in a commit that no saga has`
      : undefined;
  },
};

const heldForbids: Rule = {
  name: 'veto respected',
  holds: (event, { ledger, contractBook }) => {
    if (event.what !== 'decided' || event.story.verb !== 'delete') return undefined;
    const { saga } = event.story;
    const held = [...ledger.engagements.values()].find(
      (row) => row.saga === saga && contractBook.contracts.get(row.nodeId)?.held === true,
    );
    return held && `${saga} was decided, and the contract ${held.nodeId} is held`;
  },
};

export const contractRules: readonly Rule[] = [
  placedWithoutPromise,
  heldInTime,
  placedWithSubscription,
  noContractHangs,
  removedByRight,
  heldForbids,
];

/** At the end the node of each contract is there, and the owner of the contract is on its list. */
export function contractsAgree(run: ConsentRun): Problem {
  for (const { id, nodeId } of run.contractBook.contracts.values()) {
    if (!run.chronicle.isThere(nodeId)) return `the contract ${id} names ${nodeId}, which is gone`;
    if (!isListed(run, nodeId))
      return `the contract ${id} names ${nodeId}, and ${contractsName} is not on its list`;
  }
  return undefined;
}

function isListed({ ledger }: ConsentRun, nodeId: string): boolean {
  return listOf(ledger, nodeId).some(({ service }) => service === contractsName);
}
