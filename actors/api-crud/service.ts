/**
 * `api_crud_svc`: the gateway of an entity. The gateway does not check the data of requests,
 * because the model service does.
 */
import type { ExchangeConfig } from '../../config/exchange-config.ts';
import type {
  IncomingMessage,
  MessageRoute,
  ServiceDefinition,
} from '../../runtime/messages/service-definition.ts';
import { Broken } from '../../runtime/ports/errors.ts';
import type { Json } from '../../runtime/ports/json.ts';
import { defineService } from '../../runtime/service.ts';
import { linkActions } from '../model-crud/messages.ts';
import { apiRequestMachine, type RequestAction, requests } from './api-request-machine.ts';

const facts = ['created', 'updated', 'deleted'];

/** The links whose messages the gateway takes. */
function linksOf({ sections }: ExchangeConfig): readonly string[] {
  return (sections['api_crud']?.['links'] ?? []) as readonly string[];
}

function actionsOf(name: string): readonly RequestAction[] {
  return Object.values(linkActions(name));
}

export function defineApiCrudService(config: ExchangeConfig): ServiceDefinition {
  const main = config.publish['main'];
  if (main === undefined)
    throw new Broken(
      'config-invalid',
      `${config.file}: /publish/main is needed: requests go there`,
      { at: '/publish/main' },
    );
  const timeoutMs = config.sections['api_crud']?.['timeout_ms'] as number;
  const route: MessageRoute<Json, 'api-request'> = {
    machine: 'api-request',
    to: (message: IncomingMessage, newId) => ({ key: message.identity ?? newId }),
    starts: true,
  };
  const actions = [...requests, ...linksOf(config).flatMap(actionsOf)];
  return defineService({
    config,
    machines: {
      'api-request': {
        machine: apiRequestMachine(
          { exchange: main.exchange, routingKey: main.routingKey },
          timeoutMs,
          actions,
          config.actionPrefix,
        ),
        ephemeral: true,
      },
    },
    messages: Object.fromEntries(actions.map((action) => [action, route])),
    ignored: facts,
  });
}
