/**
 * `wouldDelete` as it stands on the wire: the question of `mayDelete` without effect.
 *
 * - The headers are those of `mayDelete`, with the id of the plan in place of the saga.
 * - The question lists the nodes that would go before its own nodes (`path`). A voter leaves these
 *   nodes out, so a cycle ends.
 */

import { Type } from 'typebox';
import { identityBelow } from '../../runtime/ports/identity.ts';
import type { Publish } from '../../runtime/step/effects.ts';
import { consentMessage, type Recipient } from './messages.ts';
import { type NodeIds, NodeIdsSchema } from './node-ids.ts';
import type { QuestionScope } from './saga-headers.ts';
import type { ConsentSettings } from './settings.ts';

/** `path` is a single text, so that thousands of ids count as a single key of the body. */
export const WouldDeleteDataSchema = Type.Object({
  id: NodeIdsSchema,
  path: Type.Optional(Type.String()),
});
export type WouldDeleteData = { readonly id: NodeIds; readonly path?: string };

export function pathIn({ path = '' }: WouldDeleteData): readonly string[] {
  return path === '' ? [] : path.split(' ');
}

export type PlanScope = QuestionScope & {
  readonly path: readonly string[];
  /**
   * The actor that asks. A plan may ask a voter about the same node over several paths, each time
   * with another asker.
   */
  readonly asker: string;
};

export function planQuestion(
  settings: ConsentSettings,
  ids: readonly string[],
  { path, asker, ...scope }: PlanScope,
  to: Recipient,
): Publish {
  const message = consentMessage(settings, 'wouldDelete', ids, scope, to, { path: path.join(' ') });
  return { ...message, messageId: identityBelow(message.messageId ?? '', asker) };
}
