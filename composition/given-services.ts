/**
 * Services as a deployment is given them, gathered into one list.
 *
 * - before-open: a function gets its ports before any database is open. A store that the function
 *   asks for can be read once `settle` has found the store.
 * - checked: a service is data until `gatheredServices` has checked its form, so that a wrong value
 *   is named by its place.
 */
import type { ServiceModule, ServicePorts } from '../actors/modules/service-module.ts';
import type { ServiceDefinition } from '../runtime/messages/service-definition.ts';
import { Broken, errorText } from '../runtime/ports/errors.ts';
import { LatePorts } from './late-ports.ts';

/** A service of somebody's own: one that brings stores, or one made by `defineService`. */
export type GivenService = ServiceModule | ServiceDefinition;

type Services = GivenService | readonly GivenService[];

/**
 * Services for a deployment: one, a list, or a function of the ports that gives one or a list. The
 * function runs before any database is open: it may take stores from the ports, but not read them.
 */
export type ServiceSource = Services | ((ports: ServicePorts) => Services | Promise<Services>);

/** A service, and the place from which it was given, for errors. */
export interface PlacedService {
  readonly place: string;
  readonly service: GivenService;
}

/** Services of one function, and the ports that the function has. */
export interface LateServices {
  readonly names: readonly string[];
  readonly ports: LatePorts;
}

export interface GatheredServices {
  readonly services: readonly PlacedService[];
  readonly late: readonly LateServices[];
}

/**
 * `sources` by the places that errors name. Rejects with `Broken('config-invalid')` for a value that
 * is no service, and for a function that throws.
 */
export async function gatheredServices(
  sources: ReadonlyMap<string, unknown>,
): Promise<GatheredServices> {
  const services: PlacedService[] = [];
  const late: LateServices[] = [];
  for (const [place, source] of sources) {
    const ports = new LatePorts();
    const found = isMaker(source) ? await called(place, source, ports) : source;
    const placed = listOf(found).map((service) => placedService(place, service));
    services.push(...placed);
    late.push({ names: placed.map(({ service }) => service.name), ports });
  }
  return { services, late };
}

type Maker = (ports: ServicePorts) => unknown;

function isMaker(source: unknown): source is Maker {
  return typeof source === 'function';
}

async function called(place: string, source: Maker, ports: LatePorts): Promise<unknown> {
  try {
    return await source(ports);
  } catch (error) {
    throw new Broken('config-invalid', `the function failed: ${errorText(error)}`, {
      at: place,
      cause: error,
    });
  }
}

function listOf(found: unknown): readonly unknown[] {
  return Array.isArray(found) ? found : [found];
}

function placedService(place: string, service: unknown): PlacedService {
  if (isGivenService(service)) return { place, service };
  const allowed =
    'a service made by defineService or a service with stores (name, stores, define), a list of ' +
    'services, or a function of the ports that gives one or a list';
  throw new Broken('config-invalid', `found ${formOf(service)}; allowed: ${allowed}`, {
    at: place,
  });
}

function isGivenService(given: unknown): given is GivenService {
  if (typeof given !== 'object' || given === null) return false;
  if (!('name' in given) || typeof given.name !== 'string') return false;
  if ('machines' in given) return given.machines instanceof Map && 'config' in given;
  return (
    'define' in given &&
    typeof given.define === 'function' &&
    'stores' in given &&
    Array.isArray(given.stores)
  );
}

/** The form of a value for an error, never its content. */
function formOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value !== 'object') return `a ${typeof value}`;
  const keys = Object.keys(value);
  return keys.length === 0 ? 'an empty object' : `an object with ${keys.slice(0, 8).join(', ')}`;
}
