/**
 * `wouldDelete` as it stands on the wire: what `mayDelete` asks, without effect. Its headers are those of `mayDelete`, with the plan in the
 * place of the saga.
 */
import { Type } from 'typebox';
import type { Json, JsonObject } from '../../runtime/ports/json.ts';
import type { Publish } from '../../runtime/step/effects.ts';
import { consentMessage, NodeIdsSchema, type QuestionScope } from './messages.ts';
import type { ConsentSettings } from './settings.ts';

/** `path` names the nodes that would go before, as one text: thousands of them count as one key of the body. */
export const WouldDeleteDataSchema = Type.Object({
  id: NodeIdsSchema,
  path: Type.Optional(Type.String()),
});

/** The nodes that would go before those the question is about. */
export function pathIn(data: Json): readonly string[] {
  const { path } = data as JsonObject;
  return typeof path === 'string' && path !== '' ? path.split(' ') : [];
}

export type PlanScope = QuestionScope & {
  readonly path: readonly string[];
  /** Who asks, within the plan: the same question is asked once on each way. */
  readonly asker: string;
};

export function planQuestion(
  settings: ConsentSettings,
  ids: readonly string[],
  { path, asker, ...scope }: PlanScope,
  to: { readonly service: string; readonly routingKey: string },
): Publish {
  const message = consentMessage(settings, 'wouldDelete', ids, scope, to, { path: path.join(' ') });
  return { ...message, messageId: `${message.messageId}/${asker}` };
}
