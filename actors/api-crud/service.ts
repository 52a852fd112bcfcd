/**
 * `api_crud_svc`: the gateway of one entity; it validates nothing that its model service does not
 * validate better.
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
import { apiRequestMachine } from './api-request-machine.ts';

const actions = ['create', 'read', 'update', 'delete', 'plan'];
const facts = ['created', 'updated', 'deleted'];

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
  return defineService({
    config,
    machines: {
      'api-request': {
        machine: apiRequestMachine(
          { exchange: main.exchange, routingKey: main.routingKey },
          timeoutMs,
          config.actionPrefix,
        ),
        ephemeral: true,
      },
    },
    messages: Object.fromEntries(actions.map((action) => [action, route])),
    ignored: facts,
  });
}
