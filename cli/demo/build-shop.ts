/**
 * Creates the shop by messages: constants first, because methods refer to them, then the plant from its root.
 *
 * What stands side by side is created side by side: what is ready together is committed together.
 */
import type { JsonObject } from '../../runtime/ports/json.ts';
import type { Shop, ShopNode } from './shop.ts';
import type { Stage } from './stage.ts';

export class ShopBuilder {
  readonly #stage: Pick<Stage, 'request' | 'entityOf'>;
  readonly #ids: Map<string, string>;

  /** `ids`: by `cn`, of what is there already; what is created is added. */
  constructor(stage: Pick<Stage, 'request' | 'entityOf'>, ids: Map<string, string>) {
    this.#stage = stage;
    this.#ids = ids;
  }

  async build({ constants, plant }: Shop): Promise<void> {
    await Promise.all(constants.map((constant) => this.#create(constant, undefined)));
    await this.buildBelow(undefined, [plant]);
  }

  async buildBelow(parentId: string | undefined, nodes: readonly ShopNode[]): Promise<void> {
    await Promise.all(
      nodes.map(async (node) =>
        this.buildBelow(await this.#create(node, parentId), node.children ?? []),
      ),
    );
  }

  async #create(node: ShopNode, parentId: string | undefined): Promise<string> {
    const service = `${this.#stage.entityOf(node.class)}_api_crud`;
    const place = parentId === undefined ? {} : { parentId };
    const answer = await this.#stage.request(service, 'create', {
      ...place,
      attributes: this.#attributesOf(node),
    });
    if (typeof answer['id'] !== 'string')
      throw new Error(
        `'${node.attributes.cn}' could not be created: ${JSON.stringify(answer['error'])}`,
      );
    this.#ids.set(node.attributes.cn, answer['id']);
    return answer['id'];
  }

  #attributesOf({ attributes, uses }: ShopNode): JsonObject {
    return uses === undefined
      ? attributes
      : { ...attributes, prsConstantId: uses.map((cn) => this.#ids.get(cn) ?? cn) };
  }
}
