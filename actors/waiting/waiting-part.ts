import type { SagaPart } from '../consent/ledger/store.ts';
import type { Reason } from './reason.ts';

/** The part of a service in a saga that is under way. */
export type WaitingPart = {
  readonly service: string;
  readonly role: SagaPart['role'];
  /** Key of the actor. */
  readonly actor: string;
  readonly states: readonly string[];
  readonly nodeIds: readonly string[];
  readonly promised: readonly string[];
  readonly reasons: readonly Reason[];
};
