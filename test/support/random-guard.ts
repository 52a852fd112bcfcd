/** The guards of a random machine. */
import type { AnyEventObject } from 'xstate';
import type { GuardSketch } from './machine-sketch.ts';

/** A member of an event or of the input; 0 without such a member. */
export function numberIn(given: unknown, name: string): number {
  const value = (given as Readonly<Record<string, unknown>>)[name];
  return typeof value === 'number' ? value : 0;
}

interface Args {
  readonly context: { readonly count: number };
  readonly event: AnyEventObject;
}

export function guardConfig({ isInline = false, ...params }: GuardSketch): object {
  if (!isInline) return { type: 'counted', params };
  return (args: Args) => isCounted(args, params);
}

export function isCounted(
  { context, event }: Args,
  { modulus, rest, withBy = false }: GuardSketch,
): boolean {
  return (context.count + (withBy ? numberIn(event, 'by') : 0)) % modulus === rest;
}
