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
import { prefixed } from '../consent/action-names.ts';
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
  const { exchange, routingKey } = main;
  const routeOf = (action: RequestAction): MessageRoute<Json, 'api-request'> => ({
    machine: 'api-request',
    to: (message: IncomingMessage, newId) => ({ key: message.identity ?? newId }),
    starts: true,
    passedTo: { exchange, routingKey, action: prefixed(action, config.actionPrefix), timeoutMs },
  });
  const actions = [...requests, ...linksOf(config).flatMap(actionsOf)];
  return defineService({
    config,
    machines: {
      'api-request': {
        machine: apiRequestMachine(
          { exchange, routingKey },
          timeoutMs,
          actions,
          config.actionPrefix,
        ),
        ephemeral: true,
      },
    },
    messages: Object.fromEntries(actions.map((action) => [action, routeOf(action)])),
    ignored: facts,
  });
}
