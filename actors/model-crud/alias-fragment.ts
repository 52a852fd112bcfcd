/**
 * The message `createAlias`: an alias of any node below a node of the service. A read with `deref`
 * finds the target in place of the alias.
 *
 * An alias is no dependence: its target may be deleted, and the alias goes with its parent.
 */
import type { Static } from 'typebox';
import { setup } from 'xstate';
import type { MessageEvent, WriteErrorEvent } from '../../runtime/messages/message-events.ts';
import type { IncomingMessage } from '../../runtime/messages/service-definition.ts';
import { errorBody, Refused } from '../../runtime/ports/errors.ts';
import type { Json } from '../../runtime/ports/json.ts';
import { reply, write } from '../../runtime/step/effects.ts';
import type { NodePlace } from '../consent/nodes.ts';
import { byIdentity, dataOf } from '../consent/route-data.ts';
import type { ConsentSettings } from '../consent/settings.ts';
import { hierarchyRead, hierarchyWrite } from '../hierarchy/store.ts';
import type { ServiceFragment } from '../peer/service-fragment.ts';
import { CreateAliasSchema, createRefusal } from './messages.ts';

type CreateAlias = MessageEvent<Static<typeof CreateAliasSchema>, NodePlace, 'createAlias'>;
type Args = { readonly event: CreateAlias };

function problemOf(settings: ConsentSettings, { data, $ }: CreateAlias): Refused | undefined {
  const { service, objectClass } = settings;
  const { parent, classes } = $.read;
  if (parent === null)
    return new Refused('not-found', `there is no node ${data.parentId ?? 'at the base'}`, {
      at: '/data/parentId',
    });
  if (!parent.isBase && parent.objectClass !== objectClass)
    return new Refused(
      'wrong-class',
      `${parent.id} is a ${parent.objectClass}; ${service} adds aliases below ${objectClass}`,
      { at: '/data/parentId' },
    );
  if (classes[data.aliasOf] !== undefined) return undefined;
  return new Refused('not-found', `there is no node ${data.aliasOf}`, { at: '/data/aliasOf' });
}

function aliasMachine(settings: ConsentSettings) {
  const answerOf = ({ event }: Args): Json => {
    const problem = problemOf(settings, event);
    return problem === undefined ? { id: event.$.newId } : createRefusal(errorBody(problem));
  };
  return setup({
    types: {} as { events: CreateAlias | WriteErrorEvent },
    actions: {
      add: write('createAlias', ({ event }: Args) => {
        const { parent } = event.$.read;
        if (parent === null || problemOf(settings, event) !== undefined) return undefined;
        const { aliasOf: targetId, cn } = event.data;
        const alias = { id: event.$.newId, parentId: parent.id, targetId, cn };
        return hierarchyWrite('addAlias', alias, null);
      }),
      answer: reply('createAlias', (args: Args) => ({ body: answerOf(args) })),
      answerError: reply('error.write', ({ event }: { readonly event: WriteErrorEvent }) => {
        const { $ } = event.cause as Partial<CreateAlias>;
        return { to: $?.message.replyTo, body: createRefusal(event.error) };
      }),
    },
  }).createMachine({
    id: 'alias-creation',
    initial: 'asked',
    states: {
      asked: {
        on: {
          createAlias: { target: 'done', actions: ['add', 'answer'] },
          'error.write': { target: 'done', actions: 'answerError' },
        },
      },
      done: { type: 'final' },
    },
  });
}

export function aliasFragment(settings: ConsentSettings): Omit<ServiceFragment, 'ignored'> {
  const { baseNode } = settings;
  const read = (message: IncomingMessage) => {
    const { parentId, aliasOf } = dataOf(CreateAliasSchema, message);
    const parent = typeof parentId === 'string' ? { parentId } : {};
    return hierarchyRead('place', { baseNode, references: [aliasOf], ...parent });
  };
  return {
    machines: { 'alias-creation': aliasMachine(settings) },
    messages: {
      createAlias: {
        machine: 'alias-creation',
        schema: CreateAliasSchema,
        to: byIdentity,
        starts: true,
        read,
        refusal: createRefusal,
      },
    },
  };
}
