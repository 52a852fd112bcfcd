/** The messages and expectations with which a removal takes the files of its nodes along. */
import type { ConsentSettings } from '../../../../actors/consent/settings.ts';
import { consentSettings } from '../../../../actors/consent/settings.ts';
import { fileUrlsOf, nodeFiles } from '../../../../actors/model-crud/node-files.ts';
import { configOf } from '../../../integration/consent/entity-configs.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('node files');
const remover = { exchange: 'files', routingKey: 'files' };
const plain = consentSettings(configOf('tags_model_crud'));
const settings: ConsentSettings = {
  ...plain,
  files: { attributes: ['picture', 'scans'], remover },
};
const files = nodeFiles(settings);

const node = (id: string, attributes: Readonly<Record<string, readonly string[]>>) => ({
  ...{ id, dn: `cn=${id}`, parentId: null, attributes },
});
const sharer = (id: string, version: number, url: string) => ({
  ...{ id, version, attributes: { scans: [url] } },
});

test('an entity without files asks for nothing', () => {
  assert.is(nodeFiles(plain), undefined);
  assert.equal(fileUrlsOf(plain, node('a', { picture: ['file:///a'] })), []);
});

test('one message for each file, with an id of the saga, the node and the file', () => {
  const nodes = [
    node('a', { picture: ['file:///1'], scans: ['file:///2', 'file:///1'], cn: ['file:///9'] }),
    node('b', { scans: ['file:///2'] }),
  ];
  const messages = files?.removed(nodes, 's1', []).messages ?? [];
  assert.equal(
    messages.map(({ exchange, action, data }) => [exchange, action, data]),
    ['1', '2'].map((name) => {
      const url = `file:///${name}`;
      const id = `file/tags_model_crud/s1/a/file:%2F%2F%2F${name}`;
      return ['files', 'remove', { id, url, saga: 's1' }];
    }),
  );
  const again = files?.removed(nodes, 's2', []).messages ?? [];
  assert.is(new Set([...messages, ...again].map(({ messageId }) => messageId)).size, 4);
});

test('a file of a node that stays is kept, and the commit expects the version of that node', () => {
  const nodes = [node('a', { picture: ['file:///1', 'file:///2'] })];
  const sharing = [sharer('c', 7, 'file:///2'), sharer('d', 8, 'file:///other')];
  const { before, writes, messages } = files?.removed(nodes, 's1', sharing) ?? {};
  assert.equal(before, [
    { store: 'hierarchy', op: 'lock', args: {}, expect: { versions: { c: 7 } } },
  ]);
  assert.equal(writes, []);
  assert.equal(
    messages?.map(({ data }) => (data as { url: string }).url),
    ['file:///1'],
  );
});

test('every attribute with files is looked at for a node that shares a file', () => {
  const reads = files?.sharing([node('a', { picture: ['file:///1'] })]) ?? [];
  const filters = reads.map(({ args }) => (args as { filter: object }).filter);
  assert.equal(filters, [{ picture: ['file:///1'] }, { scans: ['file:///1'] }]);
  assert.equal(files?.sharing([node('a', { cn: ['x'] })]), []);
});

test('with the values of LDAP the case of a name makes no difference', () => {
  const named = node('a', { Picture: ['file:///1'] });
  assert.equal(fileUrlsOf(settings, named), []);
  assert.equal(fileUrlsOf({ ...settings, values: 'ldap' }, named), ['file:///1']);
});

test.run();
