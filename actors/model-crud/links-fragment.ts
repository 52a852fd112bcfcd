/**
 * The messages about links of a service: `linkTags`, `unlinkTags` and `getLinkedTags` for each link
 * in the config. A link has no consent: the link is written at once, and goes with either of its
 * nodes.
 */
import { Type } from 'typebox';
import { setup } from 'xstate';
import { isJsonObject } from '../../config/json.ts';
import type { MessageEvent, WriteErrorEvent } from '../../runtime/messages/message-events.ts';
import type { IncomingMessage, MessageRoute } from '../../runtime/messages/service-definition.ts';
import { Refused } from '../../runtime/ports/errors.ts';
import type { Json, JsonObject } from '../../runtime/ports/json.ts';
import type { Write } from '../../runtime/ports/store.ts';
import { reply, write } from '../../runtime/step/effects.ts';
import { NodeIdSchema, NodeIdsSchema } from '../consent/node-ids.ts';
import { byIdentity, dataOf } from '../consent/route-data.ts';
import type { ConsentSettings } from '../consent/settings.ts';
import { hierarchyRead, hierarchyWrite, type LinkedNode } from '../hierarchy/store.ts';
import type { ServiceFragment } from '../peer/service-fragment.ts';
import { type LinkAction, linkActions } from './messages.ts';

type Link = ConsentSettings['links'][number];
type WriteEvent = MessageEvent<JsonObject & { readonly id: string }, unknown, LinkAction>;
type ReadEvent = MessageEvent<Json, readonly LinkedNode[] | null, LinkAction>;

const ReadSchema = Type.Object({ id: NodeIdSchema }, { additionalProperties: false });

/** The data of `link…` and `unlink…`. `attributes`: of the links. */
function writeSchema({ attribute }: Link, kind: 'link' | 'unlink') {
  const attributes = Type.Optional(
    Type.Union([Type.Record(Type.String(), Type.Unknown()), Type.Null()]),
  );
  return Type.Object(
    { id: NodeIdSchema, [attribute]: NodeIdsSchema, ...(kind === 'link' ? { attributes } : {}) },
    { additionalProperties: false },
  );
}

function writeOf({ service, links }: ConsentSettings, { type, data }: WriteEvent): Write {
  const link = links.find(({ name }) => Object.values(linkActions(name)).includes(type)) as Link;
  const { name, objectClass } = link;
  const to = [data[link.attribute] ?? []].flat() as readonly string[];
  const ends = { service, nodeId: data.id, name, to };
  if (type === linkActions(name).unlink) return hierarchyWrite('unlink', ends, null);
  const attributes = isJsonObject(data['attributes']) ? data['attributes'] : {};
  return hierarchyWrite('link', { ...ends, objectClass, attributes }, null);
}

function writingMachine(settings: ConsentSettings) {
  const actions = settings.links.flatMap(({ name }) => {
    const { link, unlink } = linkActions(name);
    return [link, unlink];
  });
  const written = { target: 'done', actions: ['write', 'answer'] } as const;
  return setup({
    types: {} as { events: WriteEvent | WriteErrorEvent },
    actions: {
      write: write(actions, ({ event }: { event: WriteEvent }) => writeOf(settings, event)),
      answer: reply(() => ({ body: {} })),
      answerError: reply('error.write', ({ event }: { event: WriteErrorEvent }) => {
        const { $ } = event.cause as Partial<WriteEvent>;
        return { to: $?.message.replyTo, body: { error: event.error } };
      }),
    },
  }).createMachine({
    id: 'link-writing',
    initial: 'asked',
    states: {
      asked: {
        on: {
          ...Object.fromEntries(actions.map((action) => [action, written])),
          'error.write': { target: 'done', actions: 'answerError' },
        },
      },
      done: { type: 'final' },
    },
  });
}

function readingMachine({ service, links }: ConsentSettings) {
  const attributes = new Map(links.map((link) => [linkActions(link.name).read, link.attribute]));
  const bodyOf = ({ type, data, $ }: ReadEvent): Json => {
    const attribute = attributes.get(type as `getLinked${string}`) ?? 'id';
    if ($.read === null) {
      const { id } = dataOf(ReadSchema, { data });
      throw new Refused('not-found', `there is no node of ${service} ${id}`, { at: '/data/id' });
    }
    return {
      data: $.read.map(({ id, attributes: own }) => ({ [attribute]: id, attributes: own })),
    };
  };
  const answered = { target: 'done', actions: 'answer' } as const;
  return setup({
    types: {} as { events: ReadEvent },
    actions: { answer: reply(({ event }: { event: ReadEvent }) => ({ body: bodyOf(event) })) },
  }).createMachine({
    id: 'link-reading',
    initial: 'asked',
    states: {
      asked: { on: Object.fromEntries([...attributes.keys()].map((name) => [name, answered])) },
      done: { type: 'final' },
    },
  });
}

/** The fragment of a service with these links; empty without links. */
export function linksFragment(settings: ConsentSettings): Omit<ServiceFragment, 'ignored'> {
  const { service, links } = settings;
  if (links.length === 0) return { machines: {}, messages: {} };
  const routes = links.flatMap((link): [string, MessageRoute][] => {
    const { name } = link;
    const actions = linkActions(name);
    const writing = { machine: 'link-writing', to: byIdentity, starts: true } as const;
    const read = (message: IncomingMessage) => {
      const { id: nodeId } = dataOf(ReadSchema, message);
      return hierarchyRead('linked', { service, nodeId, name });
    };
    const to = (_message: IncomingMessage, newId: string) => ({ key: newId });
    return [
      [actions.link, { ...writing, schema: writeSchema(link, 'link') }],
      [actions.unlink, { ...writing, schema: writeSchema(link, 'unlink') }],
      [actions.read, { machine: 'link-reading', schema: ReadSchema, to, starts: true, read }],
    ];
  });
  return {
    machines: {
      'link-writing': writingMachine(settings),
      'link-reading': { machine: readingMachine(settings), ephemeral: true },
    },
    messages: Object.fromEntries(routes),
  };
}
