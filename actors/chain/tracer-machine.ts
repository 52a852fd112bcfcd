/**
 * The tracer: burns one token, keyed by the id of the burn, and follows the burn until the chain
 * has decided.
 *
 *     waiting ──▶ checking ──▶ reserved ──▶ numbering ──▶ signing ──▶ broadcasting ──▶ looking ──▶ done
 *                  │   ▲                                    ▲   higher fee   ▲ dropped  │  ▲
 *        impossible│   └──── nonce used by another ─────────┼────────────────┴──────────┤  │ poll
 *                  ▼                                     pricing ◀── stuck ──────── resting
 *                 done ◀── explaining ◀── reverted ─────────────────────────────────────┘
 *
 * 1. Signed bytes are stored in the commit before they are sent. So a crash never leads to bytes
 *    with another nonce.
 * 2. A burn gets a second nonce only when a final transaction has used the first nonce. So at
 *    most one transaction of a burn can ever be final.
 * 3. A stuck transaction is replaced at the same nonce. All bytes of the nonce are followed.
 * 4. After the first signature only the chain ends a burn. Everything else is waited for.
 * 5. A reorganisation, a dropped transaction and a node that is down lead to another look, never to
 *    an end.
 */
import { setup } from 'xstate';
import type { BurnContext, TracerEvent, TracerPorts } from './burn.ts';
import { burnActivities } from './burn-activities.ts';
import {
  bidOf,
  burnEffects,
  checkOf,
  requestOf,
  requestProblem,
  verdictOf,
} from './burn-effects.ts';

type Args = { readonly context: BurnContext; readonly event: TracerEvent };
type Only = { readonly context: BurnContext };

const failed = ['writeFailed', 'recordFailed', 'answerFailed'] as const;
const broken = { target: 'done', actions: ['keepFailure', ...failed] } as const;

const states = {
  waiting: {
    on: {
      burn: [
        { guard: 'isRefused', actions: 'refuseRequest' },
        { guard: 'hasEnded', target: 'done', actions: 'answerFromRow' },
        { target: 'checking', actions: ['keepRequest', 'addCaller', 'openRow', 'recordRequested'] },
      ],
    },
  },
  checking: {
    invoke: {
      id: 'check',
      src: 'checkBurn',
      input: ({ context: { token } }: Only) => ({ token }),
      onDone: [
        { guard: 'isPossible', target: 'reserved', actions: ['keepCheck', 'reserve'] },
        { target: 'done', actions: ['keepImpossible', ...failed] },
      ],
      onError: broken,
    },
  },
  // The nonce can be read only after the commit that gives it.
  reserved: { after: { commit: 'numbering' } },
  numbering: {
    entry: 'readReservation',
    on: { 'reservation.found': { target: 'signing', actions: 'keepNonce' } },
  },
  signing: {
    invoke: {
      id: 'signature',
      src: 'signBurn',
      input: ({ context: { token, nonce, gas, fees } }: Only) => ({ token, nonce, gas, fees }),
      onDone: { target: 'broadcasting', actions: ['recordSigned', 'storeSigned', 'keepSigned'] },
      onError: { target: 'unsigned', actions: 'recordTrouble' },
    },
  },
  // The nonce is the burn's; without a signature the nonces after it would wait for ever.
  unsigned: { after: { poll: 'signing' } },
  broadcasting: {
    invoke: {
      id: 'broadcast',
      src: 'broadcastBurn',
      input: ({ context: { token, raw } }: Only) => ({ chain: token.chain, raw }),
      onDone: { target: 'looking', actions: ['recordSent', 'tellSent'] },
      onError: { target: 'resting', actions: 'recordTrouble' },
    },
  },
  looking: {
    invoke: {
      id: 'look',
      src: 'lookAtBurn',
      input: ({ context: { token, account, nonce, hashes, since } }: Only) => ({
        token,
        account,
        nonce,
        hashes,
        since,
      }),
      onDone: [
        {
          guard: 'isBurned',
          target: 'done',
          actions: ['recordSight', 'writeBurned', 'keepSight', 'recordBurned', 'answerBurned'],
        },
        {
          guard: 'hasFailed',
          target: 'explaining',
          actions: ['recordSight', 'keepSight', 'keepMinedReason'],
        },
        { guard: 'isForeign', target: 'checking', actions: 'recordForeign' },
        { guard: 'isStuck', target: 'pricing', actions: ['recordSight', 'keepSight', 'countLook'] },
        { target: 'resting', actions: ['recordSight', 'keepSight', 'countLook'] },
      ],
      onError: { target: 'resting', actions: 'recordTrouble' },
    },
  },
  resting: {
    after: { poll: [{ guard: 'isLost', target: 'broadcasting' }, { target: 'looking' }] },
  },
  pricing: {
    invoke: {
      id: 'market',
      src: 'askMarket',
      input: ({ context: { token } }: Only) => ({ chain: token.chain }),
      onDone: [
        { guard: 'hasBid', target: 'signing', actions: 'keepBid' },
        { target: 'resting', actions: ['recordLimit', 'restartLooks'] },
      ],
      onError: { target: 'resting', actions: 'recordTrouble' },
    },
  },
  explaining: {
    invoke: {
      id: 'cause',
      src: 'checkBurn',
      input: ({ context: { token } }: Only) => ({ token }),
      onDone: { target: 'done', actions: ['keepImpossible', ...failed] },
      onError: { target: 'done', actions: [...failed] },
    },
  },
  done: { type: 'final' },
} as const;

function guardsOf(ports: TracerPorts) {
  const looksMax = Math.max(1, Math.ceil(ports.stuckMs / ports.pollMs));
  return {
    isRefused: ({ event }: Args) => requestProblem(requestOf(event), ports.web3) !== undefined,
    hasEnded: ({ event }: Args) => (requestOf(event).$.read?.state ?? 'open') !== 'open',
    isPossible: ({ event }: Args) => checkOf(event).kind === 'possible',
    isBurned: ({ context, event }: Args) => verdictOf(context, event).kind === 'burned',
    hasFailed: ({ context, event }: Args) =>
      ['reverted', 'unburned'].includes(verdictOf(context, event).kind),
    isForeign: ({ context, event }: Args) => verdictOf(context, event).kind === 'foreign',
    isStuck: ({ context, event }: Args) =>
      ['waiting', 'dropped'].includes(verdictOf(context, event).kind) &&
      context.looks + 1 >= looksMax,
    isLost: ({ context }: Args) => context.isLost,
    hasBid: ({ context, event }: Args) => bidOf(context, event, ports) !== undefined,
  };
}

export function tracerMachine(ports: TracerPorts) {
  return setup({
    types: {} as { context: BurnContext; events: TracerEvent; input: { key: string } },
    actors: burnActivities(ports.web3),
    delays: { commit: 0, poll: ports.pollMs },
    guards: guardsOf(ports),
    actions: burnEffects(ports),
  }).createMachine({
    id: 'tracer',
    context: ({ input }) => unstarted(input.key),
    initial: 'waiting',
    on: { burn: [{ guard: 'isRefused', actions: 'refuseRequest' }, { actions: 'addCaller' }] },
    states,
  });
}

function unstarted(id: string): BurnContext {
  return {
    id,
    card: null,
    token: { chain: 1, contract: '', standard: 'erc721', id: '0', account: '' },
    callers: [],
    account: '',
    nonce: -1,
    since: 0,
    gas: '0',
    fees: { maxFee: '0', tip: '0' },
    hashes: [],
    raw: '',
    looks: 0,
    told: [],
    isLost: false,
    mined: null,
    reason: null,
  };
}
