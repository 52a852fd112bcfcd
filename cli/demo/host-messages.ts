/** What a process that hosts services and the one that started it tell each other over Node's channel. */
import type { HistoryLine } from '../../runtime/ports/journal.ts';
import type { Json } from '../../runtime/ports/json.ts';

/** Where a host ends itself with SIGKILL. */
export type DeathSpot =
  /** When a deletion of this service has been decided and nothing has followed yet. */
  | { readonly kind: 'decision'; readonly service: string }
  /** At the n-th failpoint it reaches from now on, whichever it is. */
  | { readonly kind: 'failpoint'; readonly n: number };

export interface HostedServices {
  /** All there are, unless named. */
  readonly services?: readonly string[];
  /** What the configs find in their environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Where the environment names none. */
  readonly databaseUrl?: string;
  readonly leaseMs?: number;
}

/** A service as a caller must know it. */
export interface ServiceEntry {
  readonly service: string;
  /** Where its main queue is reached. */
  readonly exchange: string;
  readonly routingKey: string;
  /** The nodes it keeps, if any: their class, and the entity services and base node are named after. */
  readonly nodes?: { readonly objectClass: string; readonly entity: string };
}

/** One at a time or many at once; each is answered under its own number. */
export type HostQuestion =
  /** Answered with an entry for each service there is, hosted here or not. */
  | { readonly kind: 'start'; readonly hosted: HostedServices }
  | {
      readonly kind: 'request';
      readonly exchange: string;
      readonly routingKey: string;
      readonly action: string;
      readonly data: Json;
    }
  | { readonly kind: 'history'; readonly topic: string }
  | { readonly kind: 'counts' }
  /** Answered with the number of failpoints reached since the last such question. */
  | { readonly kind: 'die'; readonly at: DeathSpot | null }
  | { readonly kind: 'stop' };

export interface NumberedQuestion {
  readonly number: number;
  readonly question: HostQuestion;
}

export type HostNews =
  | { readonly kind: 'loaded' }
  | { readonly kind: 'history'; readonly lines: readonly HistoryLine[] }
  | { readonly kind: 'answer'; readonly number: number; readonly answer: Json }
  | { readonly kind: 'failure'; readonly number: number; readonly message: string };
