/**
 * Creates the nodes of the shop by messages: first the constants, because methods refer to them,
 * then the plant from its root.
 *
 * - parallel: siblings are created at the same time. Turns that are ready together share a commit.
 */
import type { JsonObject } from '../../runtime/ports/json.ts';
import type { ProcessGroup } from './process-group.ts';
import type { Shop, ShopNode } from './shop.ts';

export class ShopBuilder {
  readonly #processes: Pick<ProcessGroup, 'request' | 'entityOf'>;
  readonly #ids: Map<string, string>;

  /**
   * `ids`: ids of existing nodes by their `cn`. The builder adds the ids of the nodes that it
   * creates.
   */
  constructor(processes: Pick<ProcessGroup, 'request' | 'entityOf'>, ids: Map<string, string>) {
    this.#processes = processes;
    this.#ids = ids;
  }

  async build({ constants, plant }: Shop): Promise<void> {
    await Promise.all(constants.map((constant) => this.#create(constant, undefined)));
    await this.buildBelow(undefined, [plant]);
  }

  /**
   * Creates the nodes and everything below them. Without `parentId` the nodes are created below
   * their base node.
   */
  async buildBelow(parentId: string | undefined, nodes: readonly ShopNode[]): Promise<void> {
    await Promise.all(
      nodes.map(async (node) => {
        const id = await this.#create(node, parentId);
        await this.buildBelow(id, node.children ?? []);
      }),
    );
  }

  async #create(node: ShopNode, parentId: string | undefined): Promise<string> {
    const gateway = `${this.#processes.entityOf(node.class)}_api_crud`;
    const attributes = this.#attributesOf(node);
    const data = parentId === undefined ? { attributes } : { parentId, attributes };
    const { id, error } = await this.#processes.request(gateway, 'create', data);
    const { cn } = node.attributes;
    if (typeof id !== 'string')
      throw new Error(`'${cn}' could not be created: ${JSON.stringify(error)}`);
    this.#ids.set(cn, id);
    return id;
  }

  #attributesOf({ attributes, uses }: ShopNode): JsonObject {
    if (uses === undefined) return attributes;
    return { ...attributes, prsConstantId: uses.map((cn) => this.#ids.get(cn) ?? cn) };
  }
}
