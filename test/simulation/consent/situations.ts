/**
 * The situations that the generator must produce over many seeds: a simulation in which two
 * deletions never meet tests too little.
 */
import type { TurnCommit } from '../../../runtime/ports/journal-rows.ts';
import type { World } from '../../../testing/simulation/world.ts';
import { type Event, rootOf } from './chronicle.ts';
import type { ConsentRun } from './consent-run.ts';
import { contractsName } from './contracts.ts';
import { forgeries } from './forger.ts';
import { ordersName } from './orders.ts';
import { sentIn } from './sent.ts';

/** Lasting states in which a process can be killed. */
const crashStates = [
  'delete-saga asking',
  'delete-saga askingOld',
  'delete-saga cleaning',
  'voter engaged',
  'node-creation waiting.subscribing',
  'row-writing writing',
] as const;

export const consentSituations: readonly string[] = [
  'question fused',
  'answer fused',
  'message fused',
  'question fused-reading',
  'answer fused-reading',
  'message fused-reading',
  'deletions overlap',
  'a service is engaged again',
  'an old peer subscribes while the node is held',
  'a voter in doubt inquires',
  'presumed abort',
  'a create is refused',
  'a node is copied',
  'nodes are copied',
  'a copy is refused',
  'a saga asks newcomers',
  'a voter cannot be reached',
  'an old peer unsubscribes',
  'an unsubscription has to wait',
  "an operator's cancel is done",
  "an operator's skip is done",
  "an operator's retire is done",
  'a voter is down after the decision',
  'a crash while a card is burned',
  'a card is burned',
  'a plan is carried out',
  'an old owner deletes',
  'an old owner is refused',
  'a plan has changed',
  'a card is not burned',
  'a card is undeleted: called off',
  'a card is undeleted: a new card',
  'a card is not undeleted',
  'a second message under one id: content',
  'a second message under one id: sender',
  'a second message under one id: place',
  'one of two processes is killed',
  'a reference is taken out',
  'a kept node is named in a no',
  'an order is opened: open',
  'an order is opened: reopen',
  'an order is refused: its node is gone',
  'an order forbids: delete',
  'an order forbids: update',
  'an order waits for a promise',
  'the last order of a node goes',
  'orders are cleaned up: delete',
  'orders are cleaned up: update',
  'a contract: sign',
  'a contract: move',
  'a contract: hold',
  'a contract: free',
  'a contract: amend',
  'a contract is refused: its node is gone',
  'a held contract forbids',
  'a contract goes: along',
  'a contract goes: alone',
  'a service with nodes is struck off',
  'a service adopts its nodes',
  'another service adopts',
  'the vault: hold',
  'the vault: keep',
  'the vault: lift',
  'a held deletion is over: deleted',
  'a held deletion is over: given up',
  'a retention has ended',
  'a retention outlasts old tombstones',
  'outside asked',
  'outside done',
  'a file of a node is removed',
  'a file stays with a node',
  'a file stays with a card',
  'nodes: link',
  'nodes: unlink',
  'a link is refused',
  'a link goes with its end',
  'code: add',
  'code: set',
  'code: drop',
  'a callback is told',
  'a callback is told again',
  'a message belongs to the trace of its request',
  'a caller: signed',
  'a caller: unsigned',
  'a caller: wrong key',
  'a caller: expired',
  'a service is handed over',
  'a service is taken back',
  'newer code dies',
  'newer code is released',
  'newer code replaces',
  'a removal is blocked in delete-saga',
  'a removal is blocked in voter',
  'a decision that nobody made is dismissed',
  ...forgeries.map((name) => `forged: ${name}`),
  ...crashStates.map((state) => `a crash in ${state}`),
];

/** Notes the situations of a commit. */
export function noteSituations(
  { ledger }: ConsentRun,
  turns: readonly TurnCommit[],
  events: readonly Event[],
  world: World,
): void {
  for (const turn of turns) {
    const { writes, address, history } = turn;
    const sent = sentIn(turn);
    for (const { op, args } of writes) {
      if (op !== 'freeze' && op !== 'subscribe') continue;
      const {
        nodeIds = [],
        nodeId = '',
        saga,
      } = args as { nodeIds?: readonly string[]; nodeId?: string; saga?: string };
      const holds = [...ledger.engagements.values()];
      if (
        op === 'freeze' &&
        holds.some((row) => row.saga !== saga && row.mode === 'D' && nodeIds.includes(row.nodeId))
      )
        world.note('deletions overlap');
      if (
        op === 'subscribe' &&
        (args as { consent?: boolean }).consent === false &&
        holds.some((row) => row.nodeId === nodeId)
      )
        world.note('an old peer subscribes while the node is held');
    }
    if (
      address.machine === 'voter' &&
      sent.some(({ properties }) => properties.type?.startsWith('is') === true)
    )
      world.note('a voter in doubt inquires');
    if (history.some(({ line }) => line['what'] === 'unreachable'))
      world.note('a voter cannot be reached');
    if (history.some(({ line }) => line['what'] === 'blocked'))
      world.note(`a removal is blocked in ${address.machine}`);
    if (history.some(({ line }) => line['what'] === 'dismissed'))
      world.note('a decision that nobody made is dismissed');
    if (history.some(({ line }) => line['what'] === 'detached'))
      world.note('a reference is taken out');
    if (sent.some(({ body }) => JSON.stringify(body).includes('is kept while description')))
      world.note('a kept node is named in a no');
  }
  noteRounds(turns, world);
  noteOrders(turns, events, world);
  noteContracts(turns, events, world);
  noteEnds(turns, world);
  if (events.some((event) => event.what === 'voted' && event.before !== undefined))
    world.note('a question is answered again');
}

/** Notes what the participant refuses, waits for and cleans up. */
function noteOrders(turns: readonly TurnCommit[], events: readonly Event[], world: World): void {
  for (const turn of turns) {
    const { address, history, record, writes } = turn;
    if (address.service !== ordersName) continue;
    if (writes.some(({ op }) => op === 'unlink')) world.note('the last order of a node goes');
    // A part that refuses its first question does not know the verb of the question.
    if (history.some(({ line }) => line['what'] === 'refused'))
      world.note(`an order forbids: ${isAboutUpdate(turn) ? 'update' : 'delete'}`);
    const family = record === null ? '' : JSON.stringify(record.family);
    if (address.machine === 'row-writing' && family.includes('"parked"'))
      world.note('an order waits for a promise');
  }
  for (const event of events)
    if (event.what === 'order cleaned') world.note(`orders are cleaned up: ${event.verb}`);
}

/** Whether the turn answers a question about an update. */
function isAboutUpdate(turn: TurnCommit): boolean {
  return sentIn(turn).some(({ properties }) => properties.messageId?.includes('/mayUpdate/'));
}

/** Notes the ends of held deletions and of retentions, and the parts of webhooks. */
function noteEnds(turns: readonly TurnCommit[], world: World): void {
  for (const { line } of turns.flatMap(({ history }) => history)) {
    const { what, outcome } = line as { readonly what?: string; readonly outcome?: string };
    if (what === 'held deletion' && outcome !== undefined)
      world.note(`a held deletion is over: ${outcome}`);
    if (what === 'outside asked' || what === 'outside done') world.note(what);
    if (what === 'retention ended') world.note('a retention has ended');
  }
}

/** Notes what the owner refuses and removes. */
function noteContracts(turns: readonly TurnCommit[], events: readonly Event[], world: World): void {
  const own = turns.filter(({ address: { service } }) => service === contractsName);
  if (own.some((turn) => sentIn(turn).some(({ body }) => JSON.stringify(body).includes('is held'))))
    world.note('a held contract forbids');
  for (const event of events)
    if (event.what === 'removed' && event.owner === contractsName)
      world.note(`a contract goes: ${event.story.owner === contractsName ? 'alone' : 'along'}`);
}

interface Remembered {
  readonly nodes?: readonly unknown[];
  readonly rounds?: number;
  readonly inquiries?: number;
}

/**
 * Notes a second question to a voter under one saga, a second round of votes, and a promise that
 * ended because its owner knew no saga.
 */
function noteRounds(turns: readonly TurnCommit[], world: World): void {
  for (const { address, history, record } of turns) {
    const {
      nodes = [],
      rounds = 0,
      inquiries = 0,
    } = (record === null ? {} : rootOf(record)['context']) as Remembered;
    const happened = (what: string): boolean => history.some(({ line }) => line['what'] === what);
    if (address.machine === 'delete-saga' && rounds > 1 && happened('asked'))
      world.note('a saga asks newcomers');
    if (address.machine !== 'voter') continue;
    if (nodes.length > 1) world.note('a service is engaged again');
    if (inquiries > 0 && happened('released')) world.note('presumed abort');
  }
}

/** Notes the state of every actor of a killed service. */
export function noteCrash({ chronicle, plan }: ConsentRun, service: string, world: World): void {
  const states = [...chronicle.states.values()].filter((one) => one.service === service);
  for (const { machine, state } of states) world.note(`a crash in ${machine} ${state}`);
  if (plan.processes?.[service] !== undefined) world.note('one of two processes is killed');
  if (states.some(({ machine }) => machine === 'card-deletion'))
    world.note('a crash while a card is burned');
}
