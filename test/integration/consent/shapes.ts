/** Trees that make a diamond or a cycle of dependence, by references between entities. */
import type { JsonObject } from '../../../runtime/ports/json.ts';
import type { ConsentBench } from './bench.ts';
import type { ConfigChange } from './entity-configs.ts';

/** Adds a reference that makes the referring node go along, and the subscription it needs. */
function refersTo(entity: string, objectClass: string, attribute: string): ConfigChange {
  return (config) => {
    const hierarchy = config['hierarchy'] as JsonObject;
    const references = {
      ...((hierarchy['references'] ?? {}) as JsonObject),
      [attribute]: { entity, on_delete: 'delete' },
    };
    const upstream = {
      publish: { name: entity, type: 'direct', routing_key: `${entity}_model_crud_consume` },
      consume: { name: entity, type: 'direct', routing_key: `${entity}_model_crud_publish` },
      class: objectClass,
    };
    return {
      ...config,
      hierarchy: { ...hierarchy, references },
      subscribe: { ...((config['subscribe'] ?? {}) as JsonObject), [entity]: upstream },
    };
  };
}

/** Methods may refer to alerts, objects to tags: objects → tags → alerts → methods, tags → methods, tags → objects. */
export const shapeChanges = {
  methods_model_crud: refersTo('alerts', 'prsAlert', 'prsAlertId'),
  objects_model_crud: refersTo('tags', 'prsTag', 'prsTagId'),
};

/** A method below a tag that refers to an alert below the same tag. */
export async function diamond(bench: ConsentBench): Promise<readonly string[]> {
  const plant = await bench.create('objects', { attributes: { cn: 'plant' } });
  const tag = await bench.create('tags', { parentId: plant, attributes: { cn: 'tag' } });
  const alert = await bench.create('alerts', { parentId: tag, attributes: { cn: 'alert' } });
  const method = await bench.create('methods', {
    parentId: tag,
    attributes: { cn: 'method', prsAlertId: [alert] },
  });
  return [plant, tag, alert, method];
}

/** An object that refers to a tag below another one: asked about tags, objects are asked back. */
export async function cycle(bench: ConsentBench, inside: boolean): Promise<readonly string[]> {
  const plant = await bench.create('objects', { attributes: { cn: 'plant' } });
  const tag = await bench.create('tags', { parentId: plant, attributes: { cn: 'tag' } });
  const view = await bench.create('objects', {
    ...(inside ? { parentId: plant } : {}),
    attributes: { cn: 'view', prsTagId: [tag] },
  });
  const below = await bench.create('tags', { parentId: view, attributes: { cn: 'below' } });
  return [plant, tag, view, below];
}
