/** An exchange: its declaration, its bindings, and the routes that were found before. */
import type { Arguments, ExchangeDeclaration } from '../../config/topology.ts';
import { type BindingTable, bindingTable, type Matcher } from './binding-table.ts';
import type { MemoryQueue } from './memory-queue.ts';
import type { StoredMessage } from './stored-message.ts';

/** Messages that match go to the destination. */
export interface Binding extends Matcher {
  readonly destination: MemoryQueue | MemoryExchange;
}

function identity(
  destination: MemoryQueue | MemoryExchange,
  routingKey: string,
  args: Arguments,
): string {
  const kind = destination instanceof MemoryExchange ? 'exchange' : 'queue';
  const sorted = Object.entries(args).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([kind, destination.name, routingKey, sorted]);
}

export class MemoryExchange {
  readonly declaration: ExchangeDeclaration;
  /** Routes by routing key, valid for the topology of `routesEpoch`. */
  readonly routes = new Map<string, readonly MemoryQueue[]>();
  routesEpoch = 0;
  readonly #table: BindingTable<Binding>;
  readonly #bindings = new Map<string, Binding>();

  constructor(declaration: ExchangeDeclaration) {
    this.declaration = declaration;
    this.#table = bindingTable(declaration.type);
  }

  get name(): string {
    return this.declaration.name;
  }

  /** The exchange for messages that no binding matches. */
  get alternate(): string | undefined {
    const name = this.declaration.arguments['alternate-exchange'];
    return typeof name === 'string' ? name : undefined;
  }

  get isBound(): boolean {
    return this.#bindings.size > 0;
  }

  matches(message: StoredMessage): Iterable<Binding> {
    return this.#table.matches(message);
  }

  /** Adds a binding. A binding that exists already is not added again. */
  bind(binding: Binding): void {
    const id = identity(binding.destination, binding.routingKey, binding.arguments);
    if (this.#bindings.has(id)) return;
    this.#bindings.set(id, binding);
    this.#table.add(binding);
  }

  /** True: the binding existed. */
  unbind(destination: MemoryQueue | MemoryExchange, routingKey: string, args: Arguments): boolean {
    return this.#drop(identity(destination, routingKey, args));
  }

  /** Removes every binding for which `gone` is true. True: a binding was removed. */
  unbindAll(gone: (destination: MemoryQueue | MemoryExchange) => boolean): boolean {
    const ids = [...this.#bindings]
      .filter(([, binding]) => gone(binding.destination))
      .map(([id]) => id);
    for (const id of ids) this.#drop(id);
    return ids.length > 0;
  }

  #drop(id: string): boolean {
    const binding = this.#bindings.get(id);
    if (binding === undefined) return false;
    this.#bindings.delete(id);
    this.#table.remove(binding);
    return true;
  }
}
