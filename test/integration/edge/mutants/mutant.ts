/**
 * A known defect of the edge, built by the replacement of a port or of a function of a service.
 *
 * - The product contains no flag and no branch for a defect.
 * - A replaced method calls the original with the same port as `this`.
 */
import type { ServiceDefinition } from '../../../../runtime/messages/service-definition.ts';
import type { Kind } from '../draw-messages.ts';
import type { Replacements } from '../edge-process.ts';
import type { FindingKind } from '../verdict.ts';

export interface Mutant {
  readonly name: string;
  /** The kind of messages that shows this defect. */
  readonly draws: Kind;
  /** New for each run: a replacement may remember messages. */
  readonly replacements: () => Replacements;
  /** The kinds of findings that show this defect. */
  readonly shows: readonly FindingKind[];
}

/** The port with some of its methods replaced. */
export function over<Port extends object>(port: Port, replaced: Partial<Port>): Port {
  return new Proxy(port, {
    get(target, name) {
      const own: unknown = Reflect.get(replaced, name);
      if (own !== undefined) return own;
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}

/** The services with another route for some actions. */
export function withRoutes(
  services: readonly ServiceDefinition[],
  changed: (
    route: ServiceDefinition['messages'][string],
    action: string,
  ) => ServiceDefinition['messages'][string],
): readonly ServiceDefinition[] {
  return services.map((service) => ({
    ...service,
    messages: Object.fromEntries(
      Object.entries(service.messages).map(([action, route]) => [action, changed(route, action)]),
    ),
  }));
}
