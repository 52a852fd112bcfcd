/**
 * Actors: the actors of a service that have not ended, in batches; an actor by its key; an actor
 * with its chart.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { OpenDeployment } from '../../composition/open-deployment.ts';
import { redact } from '../../config/redact.ts';
import type { ServiceDefinition } from '../../runtime/messages/service-definition.ts';
import type { ActorAddress } from '../../runtime/ports/address.ts';
import { Refused } from '../../runtime/ports/errors.ts';
import type { Journal } from '../../runtime/ports/journal.ts';
import type { StoredActor } from '../../runtime/ports/journal-survey.ts';
import type { Json } from '../../runtime/ports/json.ts';
import { actorDetail, statesText } from './actor-detail.ts';
import type { ActorDetail, ActorList, ActorSummary } from './contract.ts';
import type { InspectorWatch } from './watch.ts';

export type ActorDeployment = Pick<OpenDeployment, 'services' | 'journals'>;

export interface ActorRoutesOptions {
  readonly deployment: ActorDeployment;
  readonly watch: InspectorWatch;
}

const listedMax = 500;

type ListRequest = FastifyRequest<{
  Params: { readonly service: string };
  Querystring: { readonly key?: string; readonly machine?: string; readonly after?: string };
}>;
type OneRequest = FastifyRequest<{
  Params: { readonly service: string; readonly machine: string; readonly key: string };
}>;

/** Adds the routes under the prefix of `app`. */
export async function actorRoutes(
  app: FastifyInstance,
  { deployment, watch }: ActorRoutesOptions,
): Promise<void> {
  app.get('/:service', async ({ params, query }: ListRequest): Promise<ActorList> => {
    const { service, journal } = found(params.service, deployment);
    const { key, machine = '', after } = query;
    if (key !== undefined) return { data: await actorsNamed(key, service, journal), next: null };
    const from = after === undefined ? undefined : { service: service.name, machine, key: after };
    const actors = await journal.listActors([service.name], from, listedMax);
    const last = actors.length < listedMax ? undefined : actors.at(-1)?.address;
    return {
      data: actors.map(summaryOf),
      next: last === undefined ? null : { machine: last.machine, after: last.key },
    };
  });
  app.get('/:service/:machine/:key', async ({ params }: OneRequest): Promise<ActorDetail> => {
    const { service, journal } = found(params.service, deployment);
    const { machine, key } = params;
    const address: ActorAddress = { service: service.name, machine, key };
    const trail = watch.trail.look(address);
    const detail = await actorDetail(address, { service, journal, trail });
    return { ...(redact(detail as Json) as Json as typeof detail), nowMs: watch.clock.now() };
  });
}

function found(
  name: string,
  { services, journals }: ActorDeployment,
): { readonly service: ServiceDefinition; readonly journal: Journal } {
  const service = services.find((one) => one.name === name);
  const journal = journals.get(name);
  if (service !== undefined && journal !== undefined) return { service, journal };
  throw new Refused('not-found', `this process does not run the service '${name}'`);
}

/** Also actors that have ended. */
async function actorsNamed(
  key: string,
  { name, machines }: ServiceDefinition,
  journal: Journal,
): Promise<readonly ActorSummary[]> {
  const addresses = [...machines.keys()].map((machine) => ({ service: name, machine, key }));
  const records = await Promise.all(addresses.map((address) => journal.inspect(address)));
  return addresses.flatMap((address, index) => {
    const record = records[index];
    return record === undefined ? [] : [summaryOf({ address, record })];
  });
}

function summaryOf({ address, record }: StoredActor): ActorSummary {
  const states = statesText({ address, record, timers: {}, activities: [] });
  return { machine: address.machine, key: address.key, status: record.status, states };
}
