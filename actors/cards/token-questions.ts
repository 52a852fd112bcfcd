/**
 * The questions of a card's deletion to the chains service. The id of the burn is of this deletion
 * alone, and the same on every resend: a token is burned once.
 */
import { ask } from '../../runtime/step/effects.ts';
import type { DeletionContext, DeletionEvent, DeletionPorts } from './card-deletion.ts';
import { burnsNothing } from './card-replay.ts';
import { partId } from './part-id.ts';

type Context = DeletionContext;
type Events = DeletionEvent;

export function tokenQuestions({ chains }: DeletionPorts) {
  return {
    /** A question after a refusal is a new one. */
    askCheck: ask<Context, Events>(({ context }) => {
      const { card, refusals, replay } = context;
      if (chains === null || card.token === undefined) return undefined;
      const { burn = null } = replay ?? {};
      return {
        ...chains,
        action: 'check',
        data: { token: card.token, card: card.id, ...(burn === null ? {} : { burned: burn }) },
        messageId: partId(context, 'check', String(refusals)),
        answer: 'token.checked',
      };
    }),
    askBurn: ask<Context, Events>(({ context }) => {
      const { card, refusals } = context;
      if (chains === null || card.token === undefined || burnsNothing(context)) return undefined;
      const id = partId(context, 'token');
      return {
        ...chains,
        action: 'burn',
        data: { id, token: card.token, card: card.id },
        messageId: partId(context, 'token', String(refusals)),
        answer: 'token.burned',
      };
    }),
  };
}
