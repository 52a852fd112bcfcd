/**
 * Removes one file, keyed by its record, and leaves a receipt.
 *
 *     waiting ──▶ examining ──present──▶ removing ──▶ done
 *                     └──absent, refused──────────────▲
 *
 * 1. Size and hash are durable before the file goes, so the receipt is the same whenever the process dies.
 * 2. What was removed before is not looked for again; the one who asks is answered.
 * 3. A file that is not there counts as removed, and the receipt says so.
 */

import { assertEvent, assign, type DoneActorEvent, setup } from 'xstate';
import type { MessageEvent } from '../../runtime/messages/message-events.ts';
import type { Json, JsonObject } from '../../runtime/ports/json.ts';
import {
  type Destination,
  publish,
  type ReplyAddress,
  record,
  reply,
  write,
} from '../../runtime/step/effects.ts';
import type { Stamp } from '../../runtime/step/step-effect.ts';
import { type Examination, fileActivities, filePolicy, type Removal } from './file-activities.ts';
import type { RemoveFile } from './messages.ts';
import { filesWrite, type Receipt } from './store.ts';

type Context = {
  readonly id: string;
  readonly url: string;
  readonly card: string | null;
  readonly callers: readonly ReplyAddress[];
  /** Of the content before removal. */
  readonly bytes: number | null;
  readonly sha256: string | null;
  readonly attempts: number;
  /** `absent`, or why it failed. */
  readonly note: string | null;
};
type RemoveEvent = MessageEvent<RemoveFile, readonly Receipt[], 'remove'>;
type Events =
  | RemoveEvent
  | DoneActorEvent<Examination, 'examination'>
  | DoneActorEvent<Removal, 'removal'>
  | {
      readonly type: 'xstate.error.actor.examination' | 'xstate.error.actor.removal';
      readonly error: unknown;
    };
type Stamped = { readonly $: Stamp };

export type FileRemoverPorts = {
  /** Absolute paths of the folders in which files may be removed. */
  readonly roots: readonly string[];
  /** Where the fact `file.removed` is published. */
  readonly facts: Destination;
};

function requested(event: Events): RemoveEvent {
  assertEvent(event, 'remove');
  return event;
}

function resultOf(event: Events): Examination | Removal {
  assertEvent(event, ['xstate.done.actor.examination', 'xstate.done.actor.removal']);
  return event.output;
}

/** The step adds the time to every event. */
function timeOf(event: Events): number {
  return (event as Events & Stamped).$.atMs;
}

function failureOf(event: Events): string {
  const { error } = event as { error?: unknown };
  const { name = 'broken', message = String(error) } = (error ?? {}) as {
    name?: string;
    message?: string;
  };
  return `${name}: ${message}`;
}

function line({ id, url, card }: Context, what: string, more: JsonObject = {}) {
  return {
    topic: card ?? id,
    line: { what, file: id, url, ...(card === null ? {} : { card }), ...more },
  };
}

function removedFact({ id, url, card, bytes, sha256, note }: Context, removedAtMs: number): Json {
  return { id, url, card, bytes, sha256, removedAtMs, note };
}

export function fileRemoverMachine({ roots, facts }: FileRemoverPorts) {
  return setup({
    types: {} as { context: Context; events: Events; input: { key: string } },
    actors: fileActivities(roots),
    guards: {
      isRemoved: ({ event }) => requested(event).$.read.some(({ state }) => state === 'removed'),
      isPresent: ({ event }) => resultOf(event).kind === 'present',
      isRefused: ({ event }) => resultOf(event).kind === 'refused',
    },
    actions: {
      adopt: assign(({ event }) => {
        const { url, card = null } = requested(event).data;
        return { url, card };
      }),
      addCaller: assign({
        callers: ({ context, event }) => {
          const { replyTo } = requested(event).$.message;
          return replyTo === null ? context.callers : [...context.callers, replyTo];
        },
      }),
      keepResult: assign(({ event }) => {
        const result = resultOf(event);
        if (result.kind === 'present')
          return { bytes: result.bytes, sha256: result.sha256, attempts: result.attempts };
        return { note: result.note, attempts: result.attempts };
      }),
      keepFailure: assign(({ event }) => ({
        note: failureOf(event),
        attempts: filePolicy.attemptsMax,
      })),
      queueReceipt: write<Context, Events>(({ context: { id, url, card } }) =>
        filesWrite('queue', { id, url, card }),
      ),
      writeRemoved: write<Context, Events>(
        ({ context: { id, bytes, sha256, attempts, note }, event }) =>
          filesWrite('remove', { id, bytes, sha256, attempts, note, removedAtMs: timeOf(event) }),
      ),
      writeFailed: write<Context, Events>(({ context: { id, attempts, note } }) =>
        filesWrite('fail', { id, attempts, note: note ?? '' }),
      ),
      publishRemoved: publish<Context, Events>(({ context, event }) => ({
        ...facts,
        action: 'file.removed',
        data: removedFact(context, timeOf(event)),
        messageId: `${context.id}/file.removed`,
      })),
      recordQueued: record<Context, Events>(({ context }) => line(context, 'file queued')),
      recordRemoved: record<Context, Events>(({ context }) => {
        const { bytes, sha256, note } = context;
        return line(context, note === 'absent' ? 'file absent' : 'file removed', { bytes, sha256 });
      }),
      recordFailed: record<Context, Events>(({ context }) =>
        line(context, 'file not removed', { note: context.note }),
      ),
      accept: reply<Context, Events>(({ event }) => ({
        to: requested(event).$.message.replyTo ?? undefined,
        body: {},
      })),
      answerDone: reply<Context, Events>(({ context }) =>
        context.callers.map((to) => ({ to, body: {} })),
      ),
      answerFailed: reply<Context, Events>(({ context }) =>
        context.callers.map((to) => ({
          to,
          body: { error: { code: 409, name: 'refused', message: context.note } },
        })),
      ),
    },
  }).createMachine({
    id: 'file-remover',
    context: ({ input }) => ({
      id: input.key,
      url: '',
      card: null,
      callers: [],
      bytes: null,
      sha256: null,
      attempts: 0,
      note: null,
    }),
    initial: 'waiting',
    on: { remove: { actions: 'addCaller' } },
    states: {
      waiting: {
        on: {
          remove: [
            { guard: 'isRemoved', target: 'done', actions: 'accept' },
            {
              target: 'examining',
              actions: ['adopt', 'addCaller', 'queueReceipt', 'recordQueued'],
            },
          ],
        },
      },
      examining: {
        invoke: {
          id: 'examination',
          src: 'examineFile',
          input: ({ context: { url } }) => ({ url }),
          onDone: [
            { guard: 'isPresent', target: 'removing', actions: 'keepResult' },
            {
              guard: 'isRefused',
              target: 'done',
              actions: ['keepResult', 'writeFailed', 'recordFailed', 'answerFailed'],
            },
            {
              target: 'done',
              actions: [
                'keepResult',
                'writeRemoved',
                'recordRemoved',
                'publishRemoved',
                'answerDone',
              ],
            },
          ],
          onError: {
            target: 'done',
            actions: ['keepFailure', 'writeFailed', 'recordFailed', 'answerFailed'],
          },
        },
      },
      removing: {
        invoke: {
          id: 'removal',
          src: 'removeFile',
          input: ({ context: { url } }) => ({ url }),
          onDone: [
            {
              guard: 'isRefused',
              target: 'done',
              actions: ['keepResult', 'writeFailed', 'recordFailed', 'answerFailed'],
            },
            {
              target: 'done',
              actions: [
                'keepResult',
                'writeRemoved',
                'recordRemoved',
                'publishRemoved',
                'answerDone',
              ],
            },
          ],
          onError: {
            target: 'done',
            actions: ['keepFailure', 'writeFailed', 'recordFailed', 'answerFailed'],
          },
        },
      },
      done: { type: 'final' },
    },
  });
}
