/**
 * Takes over the nodes of a service that was retired or uninstalled (`adopt` of an operator): the
 * nodes get the service and the class of this service, and this service replaces the former service
 * on the lists of the nodes that they depend on.
 *
 * - The former service leaves all lists, because nothing of the former service depends on anything
 *   any more.
 * - One commit: the nodes, the lists and the links. An undecided saga finds this service as a
 *   newcomer on its lists; a decided saga that waits sends `deleting` to this service before the
 *   removal.
 * - The lists of other owners are written directly, without a message to the owners. The commit
 *   locks the lists and raises their epochs, as a subscription does.
 */

import { setup } from 'xstate';
import type { MessageEvent } from '../../runtime/messages/message-events.ts';
import { record, reply, write } from '../../runtime/step/effects.ts';
import { ledgerWrite } from '../consent/ledger/store.ts';
import type { Adoption, Nodes } from '../consent/nodes.ts';
import { operatorLine, signed } from '../consent/operations.ts';
import type { ConsentSettings } from '../consent/settings.ts';
import { type Adopting, adoptionProblem, neededIds, subscriptionsFor } from './adoption-rules.ts';
import { listedId } from './listed-id.ts';

type AdoptData = { readonly service: string; readonly by: string; readonly why: string };
type AdoptEvent = MessageEvent<AdoptData, Adopting, 'adopt'>;
type Args = { event: AdoptEvent };

function idsOf({ nodes }: Adopting): readonly string[] {
  return nodes.map(({ id }) => id);
}

function adoptionWrites(settings: ConsentSettings, nodes: Nodes, adoption: Adoption) {
  const { service } = settings;
  return write('adopt', ({ event: { data, $ } }: Args) => {
    const { read: adopting, newId } = $;
    const on = subscriptionsFor(settings, adopting);
    const upstream = on.map(({ nodeId }) => nodeId);
    const linked = new Set(upstream);
    const links = new Map(adopting.links.map(({ nodeId, version }) => [nodeId, version]));
    const expected = Object.fromEntries(upstream.map((id) => [id, links.get(id) ?? 0]));
    const nodeIds = idsOf(adopting);
    const others = adopting.listing.filter((id) => !linked.has(id));
    const leaves = data.service === service ? [] : others;
    const needed = neededIds(settings, adopting);
    const args = { service, from: data.service, nodeIds, on, leaves, needed };
    return [
      ledgerWrite('adopt', args, { links: expected }),
      ...adoption.take(Object.fromEntries(adopting.nodes.map(({ id, version }) => [id, version]))),
      ...nodes.unlist([...upstream, ...leaves], data.service),
      ...nodes.unlist(nodeIds, service),
      ...on.flatMap(({ nodeId, generation }) =>
        nodes.list({
          id: listedId(newId, nodeId),
          nodeId,
          generation,
          subscriber: service,
          consent: true,
        }),
      ),
    ];
  });
}

/** A line for the former service, and a line for each saga that holds one of the nodes. */
function recordAdoption(settings: ConsentSettings) {
  return record('adopt', ({ event: { data, $ } }: Args) => {
    const { service: voter } = data;
    const line = {
      ...operatorLine({ ...signed(settings, $.message, data), operation: 'adopt', voter }),
      nodes: idsOf($.read),
    };
    const topics = [`subscriber ${voter}`, ...$.read.holds.map(({ saga }) => saga)];
    return [...new Set(topics)].map((topic) => ({ topic, line }));
  });
}

export function adoptionMachine(settings: ConsentSettings, nodes: Nodes, adoption: Adoption) {
  const problemOf = ({ data, $ }: AdoptEvent) => adoptionProblem(settings, data.service, $.read);
  return setup({
    types: {} as { events: AdoptEvent },
    actions: {
      adopt: adoptionWrites(settings, nodes, adoption),
      recordAdoption: recordAdoption(settings),
      answer: reply('adopt', ({ event }: Args) => ({
        body: { adopted: event.$.read.nodes.length },
      })),
      answerProblem: reply('adopt', ({ event }: Args) => ({
        body: { error: problemOf(event) ?? null },
      })),
    },
    guards: { cannot: ({ event }) => problemOf(event) !== undefined },
  }).createMachine({
    id: 'adoption',
    initial: 'taken',
    states: {
      taken: {
        on: {
          adopt: [
            { guard: 'cannot', target: 'answered', actions: 'answerProblem' },
            { target: 'answered', actions: ['adopt', 'recordAdoption', 'answer'] },
          ],
        },
      },
      answered: { type: 'final' },
    },
  });
}
