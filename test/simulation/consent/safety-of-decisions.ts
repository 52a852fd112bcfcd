/**
 * Decisions, their basis, and their finality; and that the votes are seen.
 */
import { keyOf } from '../../../actors/consent/ledger/memory/memory-ledger-tables.ts';
import { isKeptByCode } from './code.ts';
import type { ConsentRun } from './consent-run.ts';
import { isKept, referencesOf } from './entities.ts';
import { believedForger, ledgerOf, listOf, missingOks, newPeers } from './lists.ts';
import type { OldVoter } from './old-voter.ts';
import type { Rule } from './rule.ts';
import type { SagaStory } from './saga-story.ts';

const decidesOnce: Rule = {
  name: 'decides once',
  holds: (event) =>
    event.what === 'decided' && event.story.decisions > 1
      ? `${event.story.saga} was decided twice`
      : undefined,
};

const decidesWithEveryOk: Rule = {
  name: 'full roster',
  holds: (event, run) => {
    if (event.what !== 'decided' && event.what !== 'agreed') return undefined;
    const { story, service } = event;
    // A voter's no counts, also when the voter says ok to another question of the same saga.
    if (event.what === 'agreed' && story.offBy.has(service)) return undefined;
    const missing = [
      ...missingOks(run, event),
      ...(event.what === 'decided' ? stillAsking(run, story) : []),
    ];
    return missing.length === 0
      ? undefined
      : `${service} ${event.what} ${story.saga} without the ok of ${missing.join(', ')}`;
  },
};

/**
 * The chronicle knows a vote by the id of the answer. When that form changes, the chronicle sees no
 * votes, and the rules of the votes hold of nothing.
 */
const votesAreSeen: Rule = {
  name: 'votes are seen',
  holds: (event, { chronicle }) => {
    if (event.what !== 'decided') return undefined;
    const { story, lists } = event;
    const listed = [...lists].flatMap(([id, names]) => (chronicle.isThere(id) ? names : []));
    const unseen = unseenVoter(story, listed);
    return unseen && `${story.saga} was decided, and no vote of ${unseen} was seen`;
  },
};

/** The first of the listed services of ours that has not answered a question of the saga. */
export function unseenVoter({ voted }: SagaStory, listed: readonly string[]): string | undefined {
  return listed.find((name) => newPeers.has(name) && !voted.has(name));
}

/**
 * Every part is promised by then: each part was engaged through a question whose answer waited for
 * the part.
 */
function stillAsking({ ledger }: ConsentRun, { saga }: SagaStory): readonly string[] {
  return [...ledger.engagements.values()]
    .filter((row) => row.saga === saga && row.state === 'asking')
    .map(({ service, nodeId }) => `${service} (still asks) for ${nodeId}`);
}

const respectsVetoes: Rule = {
  name: 'veto respected',
  holds: (event, run) => {
    if (event.what !== 'decided') return undefined;
    const { story, nodeIds } = event;
    const noes = [...story.noBy, ...peersAgainst(run, story, nodeIds)];
    if (noes.length > 0) return `${story.saga} was decided against the no of ${noes.join(', ')}`;
    const against =
      story.verb === 'delete' ? [...usesOf(run, story, nodeIds), ...keptBy(run, story)] : [];
    return against.length === 0
      ? undefined
      : `${story.saga} was decided although ${against.join(', ')}`;
  },
};

function peersAgainst(
  run: ConsentRun,
  { saga, verb }: SagaStory,
  nodeIds: readonly string[],
): readonly string[] {
  const action = verb === 'update' ? 'mayUpdate' : 'mayDelete';
  const isAgainst = (peer: OldVoter, nodeId: string): boolean =>
    peer.said(saga, nodeId, action) === 'no' &&
    !believedForger(run, peer, saga, nodeId) &&
    listOf(run.ledger, nodeId).some(({ service }) => service === peer.name);
  return [...run.peers.values()]
    .filter((peer) => nodeIds.some((nodeId) => isAgainst(peer, nodeId)))
    .map(({ name }) => name);
}

/**
 * A remaining node with a refusing reference to one of the nodes. A service that an operator has
 * taken off the list of a node is not asked, so its references do not forbid.
 */
function usesOf(
  { plan, tables, givenUp }: ConsentRun,
  { engaged }: SagaStory,
  nodeIds: readonly string[],
): readonly string[] {
  const refusing = referencesOf(plan.shape).filter(({ onDelete }) => onDelete === 'refuse');
  const going = new Set([...engaged.values()].flatMap((ids) => [...ids]));
  return [...tables.nodes.values()]
    .filter((node) => node.kind === 'entity' && !going.has(node.id))
    .flatMap((node) =>
      refusing.flatMap(({ attribute }) =>
        (node.attributes[attribute] ?? [])
          .filter((value) => nodeIds.includes(String(value)))
          .filter((value) => !givenUp.has(node.service, String(value)))
          .map((value) => `${node.id} uses ${String(value)}`),
      ),
    );
}

/** The nodes that the saga removes and a config keeps. */
function keptBy({ plan, tables }: ConsentRun, { engaged }: SagaStory): readonly string[] {
  return [...engaged.values()].flatMap((ids) =>
    [...ids].flatMap((id) => {
      const node = tables.nodes.get(id);
      const isStaying =
        node !== undefined && (isKept(plan.shape, node) || isKeptByCode(plan.code, node));
      return isStaying ? [`${id} is kept`] : [];
    }),
  );
}

const calledOffIsOff: Rule = {
  name: 'call-off removes nothing',
  holds: (event) => {
    if (event.what === 'called off' && event.story.removed.size > 0)
      return `${event.service} called ${event.story.saga} off, which has removed ${[...event.story.removed].join(', ')}`;
    if (event.what === 'called off' && event.story.decisions > 0)
      return `${event.service} called ${event.story.saga} off after the decision`;
    if (event.what === 'decided' && event.story.offBy.size > 0)
      return `${event.story.saga} was decided and had been called off by ${[...event.story.offBy].join(', ')}`;
    return event.what === 'removed' && event.story.ended === 'called off'
      ? `${event.story.saga} was called off and removes ${event.nodeId}`
      : undefined;
  },
};

const votesStand: Rule = {
  name: 'votes stand',
  holds: (event) =>
    event.what === 'voted' && event.before !== undefined && event.before !== event.answer
      ? `the answer to ${event.question} was '${event.before}' and is '${event.answer}'`
      : undefined,
};

const forgetsLast: Rule = {
  name: 'forgets last',
  holds: (event, run) => {
    if (event.what !== 'ended') return undefined;
    const open = event.nodeIds.flatMap((nodeId) => openFor(run, event.story, nodeId));
    return open.length === 0
      ? undefined
      : `${event.service} ends ${event.story.saga} before ${open.join(', ')}`;
  },
};

/**
 * The told voters that have not done their part and are awaited. An update is written with its
 * decision, so an old peer that subscribes later knows the new state.
 */
function openFor(run: ConsentRun, story: SagaStory, nodeId: string): readonly string[] {
  const { peers, chronicle } = run;
  const { saga, told, verb, skipped } = story;
  const names = [...(told.get(nodeId) ?? [])];
  const promised = names.filter(
    (name) =>
      newPeers.has(name) &&
      ledgerOf(run, name).promises.get(keyOf(saga, name, nodeId)) !== undefined,
  );
  const doing = verb === 'update' ? 'updating' : 'deleting';
  const listed = (verb === 'update' ? story.listed : chronicle.lists).get(nodeId) ?? new Set();
  const old = [...peers.values()]
    .filter(({ name }) => listed.has(name))
    .filter((peer) => peer.said(saga, nodeId, doing) !== 'ok');
  const open = [...promised, ...old.map(({ name }) => name)].filter(
    (name) => skipped.get(nodeId)?.has(name) !== true,
  );
  return open.map((name) => `${name} is done with ${nodeId}`);
}

export const decisionRules: readonly Rule[] = [
  decidesOnce,
  decidesWithEveryOk,
  votesAreSeen,
  respectsVetoes,
  calledOffIsOff,
  votesStand,
  forgetsLast,
];
