import { nodeLister } from '../../../../actors/model-crud/node-lister.ts';
import type { Json } from '../../../../runtime/ports/json.ts';
import type { ReadableStore } from '../../../../runtime/ports/store.ts';
import { configOf } from '../../../integration/consent/entity-configs.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('look for a file among nodes');
const url = 'file:///a.png';
const config = configOf('tags_model_crud');
const tags = {
  ...config,
  hierarchy: config.hierarchy && { ...config.hierarchy, fileAttributes: ['picture'] },
};

function treeWith(service: string, attributes: Json): ReadableStore & { asked: Json[] } {
  const asked: Json[] = [];
  const read = async (op: string, args: Json) => {
    asked.push([op, args]);
    return [{ id: 'n1', service, attributes }];
  };
  return { name: 'hierarchy', read, asked };
}

const found = (service: string, attributes: Json) =>
  nodeLister(treeWith(service, attributes), [tags as typeof config]).find(url);

test('of a known entity the attributes that its config names list files', async () => {
  assert.is(await found('tags_model_crud', { picture: [url] }), 'the node n1 of tags_model_crud');
  assert.is(await found('tags_model_crud', { note: [url] }), null);
});

test('of an entity without a config here every attribute may list files', async () => {
  assert.is(
    await found('methods_model_crud', { note: [url] }),
    'the node n1 of methods_model_crud',
  );
});

test('a URL is looked for as it was given and in the spelling of nodes', async () => {
  const tree = treeWith('tags_model_crud', {});
  await nodeLister(tree, []).find('file:///a%28.png');
  await nodeLister(tree, []).find('file:///a b');
  assert.equal(tree.asked, [
    ['holders', { texts: ['file:///a%28.png', 'file:///a(.png'] }],
    ['holders', { texts: ['file:///a b'] }],
  ]);
});

test.run();
