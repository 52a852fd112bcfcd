/**
 * The effects of a burn, as data: each entry is an action of `tracer-machine.ts`, under its name in
 * the table there.
 */
import { assertEvent, setup } from 'xstate';
import { Refused } from '../../runtime/ports/errors.ts';
import type { JsonObject } from '../../runtime/ports/json.ts';
import { read, record, refuse, reply, write } from '../../runtime/step/effects.ts';
import type { BurnContext, BurnEvent, TracerEvent, TracerPorts } from './burn.ts';
import { chainUnknown } from './burn-activities.ts';
import { type BurnVerdict, judgeSights, raisedFees } from './burn-verdict.ts';
import { type Burn, chainRead, chainWrite } from './store.ts';
import { tokenProblem, tokenText } from './token.ts';
import type {
  Broadcast,
  BurnCheck,
  Fees,
  Mined,
  SignedBurn,
  Web3Wrappers,
} from './web3-wrapper.ts';

type Context = BurnContext;
type Events = TracerEvent;

const { assign } = setup({ types: {} as { context: Context; events: Events } });

export function requestOf(event: Events): BurnEvent {
  assertEvent(event, 'burn');
  return event;
}

export function checkOf(event: Events): BurnCheck {
  assertEvent(event, ['xstate.done.actor.check', 'xstate.done.actor.cause']);
  return event.output;
}

function possibleOf(event: Events): Extract<BurnCheck, { kind: 'possible' }> | undefined {
  const check = checkOf(event);
  return check.kind === 'possible' ? check : undefined;
}

function signedOf(event: Events): SignedBurn {
  assertEvent(event, 'xstate.done.actor.signature');
  return event.output;
}

export function broadcastOf(event: Events): Broadcast {
  assertEvent(event, 'xstate.done.actor.broadcast');
  return event.output;
}

export function verdictOf({ nonce }: Context, event: Events): BurnVerdict {
  assertEvent(event, 'xstate.done.actor.look');
  return judgeSights(event.output.sights, nonce);
}

function minedOf(context: Context, event: Events): Mined | null {
  const verdict = verdictOf(context, event);
  return 'mined' in verdict ? verdict.mined : null;
}

export function bidOf(
  { fees, token }: Context,
  event: Events,
  ports: TracerPorts,
): Fees | undefined {
  assertEvent(event, 'xstate.done.actor.market');
  return raisedFees(fees, event.output, ports.maxFeeLimit(token.chain));
}

/** Why the request cannot be taken; undefined when it can. */
export function requestProblem(
  { data, $: { read: row } }: BurnEvent,
  web3: Web3Wrappers,
): Refused | undefined {
  const { token, id } = data;
  const at = '/data/token';
  const problem = tokenProblem(token);
  if (problem !== undefined) return new Refused('bad-message', problem, { at });
  if (row !== null && tokenText(row.token) !== tokenText(token))
    return new Refused('refused', `the burn '${id}' is not of ${tokenText(token)}`, { at });
  return web3(token.chain) === undefined ? chainUnknown(token.chain) : undefined;
}

/** An activity's error is JSON: usually `{name, message}`, but an activity may throw anything. */
export function failureOf(event: object): string {
  const error: unknown = 'error' in event ? event.error : undefined;
  if (typeof error !== 'object' || error === null) return String(error);
  const { message }: { message?: unknown } = error;
  return String(message ?? JSON.stringify(error));
}

function line({ id, card, token }: Context, what: string, more: JsonObject = {}) {
  return {
    topic: card ?? id,
    line: { what, burn: id, token: tokenText(token), ...(card === null ? {} : { card }), ...more },
  };
}

export function burnedAnswer({ id, hash, block }: Pick<Burn, 'id' | 'hash' | 'block'>): JsonObject {
  return { response: 'ok', burn: { id, hash, block } };
}

export function failedAnswer(reason: string | null): JsonObject {
  return { error: { code: 409, name: 'refused', message: reason ?? 'the burn has failed' } };
}

const request = {
  keepRequest: assign(({ event }) => {
    const { token, card = null } = requestOf(event).data;
    return { token, card };
  }),
  addCaller: assign(({ context, event }) => {
    const { replyTo } = requestOf(event).$.message;
    return { callers: replyTo === null ? context.callers : [...context.callers, replyTo] };
  }),
  openRow: write<Context, Events>(({ context: { id, token }, event }) =>
    chainWrite('open', { id, token, atMs: event.$.atMs }),
  ),
  recordRequested: record<Context, Events>(({ context }) => line(context, 'burn requested')),
};

const nonces = {
  keepCheck: assign(({ event }) => {
    const check = possibleOf(event);
    if (check === undefined) return {};
    const { account, gas, fees, head } = check;
    return {
      account,
      gas,
      fees,
      since: head,
      hashes: [],
      looks: 0,
      told: [],
      isLost: false,
      mined: null,
    };
  }),
  reserve: write<Context, Events>(({ context: { id, token }, event }) => {
    const check = possibleOf(event);
    if (check === undefined) return undefined;
    const { account, nonce } = check;
    return chainWrite('reserve', { burn: id, chain: token.chain, account, floor: nonce });
  }),
  readReservation: read<Context, Events>(({ context: { id } }) => ({
    ...chainRead('reservation', { burn: id }),
    event: 'reservation.found',
  })),
  keepNonce: assign(({ event }) => {
    assertEvent(event, 'reservation.found');
    return { nonce: event.$.read?.nonce ?? -1 };
  }),
  recordForeign: record<Context, Events>(({ context, event }) => {
    const verdict = verdictOf(context, event);
    const foreign = verdict.kind === 'foreign' ? verdict.hash : null;
    return line(context, 'nonce used by another transaction', { nonce: context.nonce, foreign });
  }),
};

const signing = {
  keepSigned: assign(({ context, event }) => {
    const { hash, raw } = signedOf(event);
    const others = context.hashes.filter((other) => other !== hash);
    return { hashes: [...others, hash], raw, looks: 0, told: [], isLost: false };
  }),
  storeSigned: write<Context, Events>(({ context, event }) => {
    const { id: burn, token, account, nonce } = context;
    const { hash, raw } = signedOf(event);
    const { chain } = token;
    return chainWrite('keep', { burn, chain, account, nonce, hash, raw, atMs: event.$.atMs });
  }),
  recordSigned: record<Context, Events>(({ context, event }) => {
    const { nonce, fees } = context;
    return line(context, 'burn signed', { nonce, hash: signedOf(event).hash, ...fees });
  }),
  keepBid: (ports: TracerPorts) =>
    assign(({ context, event }) => {
      const fees = bidOf(context, event, ports);
      return fees === undefined ? {} : { fees };
    }),
  recordLimit: record<Context, Events>(({ context }) =>
    line(context, 'burn waits: the limit allows no higher fee', {
      nonce: context.nonce,
      ...context.fees,
    }),
  ),
  restartLooks: assign({ looks: 0 }),
  recordSent: record<Context, Events>(({ context, event }) => {
    const { note } = broadcastOf(event);
    const { nonce, hashes } = context;
    return untold(context, sentText(event), { nonce, hash: hashes.at(-1) ?? null, note });
  }),
  tellSent: assign(({ context, event }) => ({
    told: [...new Set([...context.told, sentText(event)])],
    isLost: false,
  })),
  recordTrouble: record<Context, Events>(({ context, event }) =>
    line(context, 'burn waits', { reason: failureOf(event) }),
  ),
};

function sentText(event: Events): string {
  return broadcastOf(event).kind === 'rejected' ? 'burn not taken' : 'burn sent';
}

/** A line, unless the history has one of the kind about the newest bytes. */
function untold(context: Context, what: string, more: JsonObject) {
  return context.told.includes(what) ? undefined : line(context, what, more);
}

const looking = {
  countLook: assign(({ context }) => ({ looks: context.looks + 1 })),
  /** One line when the burn gets into a block, out of a block, or is lost. */
  recordSight: record<Context, Events>(({ context, event }) => {
    const verdict = verdictOf(context, event);
    const now = minedOf(context, event);
    if (now === null && context.mined !== null)
      return line(context, 'burn taken back by a reorganisation', { ...context.mined });
    if (now !== null && now.blockHash !== context.mined?.blockHash)
      return line(context, 'burn in a block', { ...now });
    if (verdict.kind !== 'dropped') return undefined;
    return untold(context, 'burn dropped', { hash: context.hashes.at(-1) ?? null });
  }),
  keepSight: assign(({ context, event }) => {
    const isLost = verdictOf(context, event).kind === 'dropped';
    const told = isLost ? [...new Set([...context.told, 'burn dropped'])] : context.told;
    return { mined: minedOf(context, event), isLost, told };
  }),
};

const ends = {
  writeBurned: write<Context, Events>(({ context, event }) => {
    const mined = minedOf(context, event);
    if (mined === null) return undefined;
    const { hash, block } = mined;
    const { atMs } = event.$;
    return chainWrite('end', { id: context.id, state: 'burned', hash, block, reason: null, atMs });
  }),
  recordBurned: record<Context, Events>(({ context }) =>
    line(context, 'token burned', {
      hash: context.mined?.hash ?? null,
      block: context.mined?.block ?? null,
    }),
  ),
  answerBurned: reply<Context, Events>(({ context: { id, callers, mined } }) => {
    const body = burnedAnswer({ id, hash: mined?.hash ?? null, block: mined?.block ?? null });
    return callers.map((to) => ({ to, body }));
  }),
  keepImpossible: assign(({ context, event }) => {
    const check = checkOf(event);
    return { reason: check.kind === 'impossible' ? check.reason : context.reason };
  }),
  keepFailure: assign(({ event }) => ({ reason: failureOf(event) })),
  keepMinedReason: assign(({ context: { mined } }) => ({
    reason:
      mined?.outcome === 'unburned'
        ? `the transaction ${mined.hash} has succeeded, and its contract shows no burn`
        : `the transaction ${mined?.hash} was reverted in the block ${mined?.block}`,
  })),
  writeFailed: write<Context, Events>(({ context: { id, mined, reason }, event }) => {
    const [hash, block] = [mined?.hash ?? null, mined?.block ?? null];
    return chainWrite('end', { id, state: 'failed', hash, block, reason, atMs: event.$.atMs });
  }),
  recordFailed: record<Context, Events>(({ context }) =>
    line(context, 'token not burned', { reason: context.reason }),
  ),
  answerFailed: reply<Context, Events>(({ context: { callers, reason } }) =>
    callers.map((to) => ({ to, body: failedAnswer(reason) })),
  ),
  answerFromRow: reply<Context, Events>(({ event }) => {
    const row = requestOf(event).$.read;
    if (row === null) return undefined;
    return { body: row.state === 'burned' ? burnedAnswer(row) : failedAnswer(row.reason) };
  }),
};

export function burnEffects(ports: TracerPorts) {
  const { keepBid, ...others } = signing;
  return {
    ...request,
    ...nonces,
    ...others,
    ...looking,
    ...ends,
    keepBid: keepBid(ports),
    refuseRequest: refuse<Context, Events>(({ event }) =>
      requestProblem(requestOf(event), ports.web3),
    ),
  };
}
