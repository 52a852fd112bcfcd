/** The answers of `why`, as JSON: of a saga, a node, a card or an actor. */
import type { DeletionPlan } from '../actors/consent/plan-schema.ts';
import type { Reason } from '../actors/waiting/reason.ts';
import type { SagaWaiting } from '../actors/waiting/saga-waiting.ts';
import type { ActorAddress } from '../runtime/ports/address.ts';
import type { ActorRecord } from '../runtime/ports/journal-rows.ts';

export type SagaWhy = SagaWaiting & { readonly kind: 'saga' };

export type ActorWhy = {
  readonly kind: 'actor';
  readonly address: ActorAddress;
  readonly status: ActorRecord['status'];
  /** Empty: the actor has ended. */
  readonly reasons: readonly Reason[];
};

/** A node that a service of these databases owns. */
export type NodeWhy = {
  readonly kind: 'node';
  readonly id: string;
  readonly cn: string | null;
  readonly objectClass: string | null;
  /** null: the node is gone, and any service may have owned it. */
  readonly owner: string | null;
  readonly state: 'free' | 'held' | 'gone';
  readonly subscribers: readonly { readonly service: string; readonly consent: boolean }[];
  /** Reasons of the owner itself against a deletion. */
  readonly refusals: readonly { readonly nodeId: string; readonly reason: string }[];
  /** Nodes of services below that nobody answers for. */
  readonly unanswered: string | null;
  /** The sagas that hold the node, or a node above. */
  readonly sagas: readonly SagaWhy[];
  /** What a deletion would do now; null: no running service was asked. */
  readonly plan: DeletionPlan | null;
};

/** A card with its deletion. */
export type CardWhy = {
  readonly kind: 'card';
  readonly id: string;
  readonly service: string;
  readonly state: 'active' | 'deleted' | 'gone';
  readonly owner: string;
  readonly transaction: string | null;
  readonly deletion: ActorWhy | null;
};

export type Why = SagaWhy | NodeWhy | CardWhy | ActorWhy;
