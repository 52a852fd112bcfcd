/** The vocabulary of a burn: the context and the events of the tracer, and its ports. */
import type { DoneActorEvent } from 'xstate';
import type { MessageEvent, ReadEvent } from '../../runtime/messages/message-events.ts';
import type { ReplyAddress } from '../../runtime/step/effects.ts';
import type { Stamp } from '../../runtime/step/step-effect.ts';
import type { BurnToken } from './messages.ts';
import type { Burn, Reservation } from './store.ts';
import type { Token } from './token.ts';
import type {
  Broadcast,
  BurnCheck,
  BurnSights,
  Fees,
  Mined,
  SignedBurn,
  Web3Wrappers,
} from './web3-wrapper.ts';

/** The stored context of a burn. JSON, without any key. */
export type BurnContext = {
  readonly id: string;
  readonly card: string | null;
  readonly token: Token;
  /** Addresses of the senders that wait for the end. */
  readonly callers: readonly ReplyAddress[];
  /** The account that signs, its nonce, and a block at which the nonce was unused. */
  readonly account: string;
  readonly nonce: number;
  readonly since: number;
  readonly gas: string;
  readonly fees: Fees;
  /** Of all bytes that were signed for the nonce, the newest last. */
  readonly hashes: readonly string[];
  /** The newest bytes. */
  readonly raw: string;
  /** Looks at the chain since the newest bytes were signed. */
  readonly looks: number;
  /** Lines that the history has about the newest bytes. */
  readonly told: readonly string[];
  /** No node had the bytes at the last look. */
  readonly isLost: boolean;
  /** The block in which the burn stands; null while the burn stands in none. */
  readonly mined: Mined | null;
  readonly reason: string | null;
};

type Stamped<TEvent> = TEvent & { readonly $: Stamp };

export type BurnEvent = MessageEvent<BurnToken, Burn | null, 'burn'>;
export type ReservationFoundEvent = ReadEvent<Reservation | null, 'reservation.found'>;
export type ActivityErrorEvent = Stamped<{
  readonly type: `xstate.error.actor.${'check' | 'signature' | 'broadcast' | 'look' | 'market' | 'cause'}`;
  readonly error: unknown;
}>;
export type TracerEvent =
  | BurnEvent
  | ReservationFoundEvent
  | Stamped<DoneActorEvent<BurnCheck, 'check' | 'cause'>>
  | Stamped<DoneActorEvent<SignedBurn, 'signature'>>
  | Stamped<DoneActorEvent<Broadcast, 'broadcast'>>
  | Stamped<DoneActorEvent<BurnSights, 'look'>>
  | Stamped<DoneActorEvent<Fees, 'market'>>
  | ActivityErrorEvent;

/** The ports that a burn needs from its service. */
export type TracerPorts = {
  readonly web3: Web3Wrappers;
  readonly pollMs: number;
  readonly stuckMs: number;
  /** Wei per unit of gas; null for a chain without a limit. */
  readonly maxFeeLimit: (chain: number) => bigint | null;
};
