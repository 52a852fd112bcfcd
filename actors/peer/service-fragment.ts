/** A fragment of a service's definition: machines, the routes of their messages, and ignored actions. */
import type { AnyStateMachine } from 'xstate';
import type { MessageRoute } from '../../runtime/messages/service-definition.ts';
import type { MachineOptions } from '../../runtime/service.ts';

export interface ServiceFragment {
  readonly machines: Readonly<Record<string, MachineOptions | AnyStateMachine>>;
  readonly messages: Readonly<Record<string, MessageRoute>>;
  readonly ignored: readonly string[];
}
