/** Defects of users and callers: a key of the config is not heeded. */
import type { Trust } from '../../../../config/trust-schema.ts';
import type { ServiceDefinition } from '../../../../runtime/messages/service-definition.ts';
import type { Mutant } from './mutant.ts';

function withTrust(service: ServiceDefinition, change: (trust: Trust) => Trust): ServiceDefinition {
  const { config } = service;
  if (config.trust === undefined) return service;
  return { ...service, config: { ...config, trust: change(config.trust) } };
}

export const callerMutants: readonly Mutant[] = [
  {
    name: 'a service connects as another user than its own',
    owners: (service) => {
      const { brokerUser: _own, ...config } = service.config;
      return { ...service, config };
    },
  },
  {
    name: 'a caller counts without its signature',
    owners: (service) => withTrust(service, ({ callers: _keys, ...trust }) => trust),
  },
  {
    name: 'an old signature of a caller counts',
    owners: (service) =>
      withTrust(service, (trust) => {
        const { callers } = trust;
        if (callers === undefined) return trust;
        return { ...trust, callers: { ...callers, maxAgeMs: Number.POSITIVE_INFINITY } };
      }),
  },
];
