/** The permissions of a service's user on RabbitMQ: what the service needs, and nothing else. */
import {
  permissionCommands,
  permissionsByUser,
  permissionsOf,
} from '../../../config/permissions.ts';
import { assert, suite } from '../../support/suite.ts';
import { parsed, reader, tags } from './sample.ts';

const test = suite('permissions');

function allows(pattern: string, name: string): boolean {
  return new RegExp(pattern).test(name);
}

test('the user of tags may do what tags does', () => {
  const { configure, write, read } = permissionsOf(parsed(tags));
  const needed: readonly (readonly [string, readonly string[]])[] = [
    [
      configure,
      ['tags', 'tags_model_crud_consume', 'tags_model_crud_reply', 'dlx.tags_model_crud'],
    ],
    [configure, ['tags_model_crud_reply.p1', 'dlq.tags_model_crud']],
    [write, ['tags', 'objects', 'amq.default', 'tags_model_crud_reply', 'dlx.tags_model_crud']],
    [read, ['tags_model_crud_consume', 'tags_model_crud_reply', 'tags_model_crud_reply.p1']],
    [read, ['objects', 'tags']],
  ];
  for (const [pattern, names] of needed)
    for (const name of names) assert.ok(allows(pattern, name), `${name} in ${pattern}`);
});

test('it may touch nothing of other services, and no name that only contains one of its own', () => {
  const { configure, write, read } = permissionsOf(parsed(tags));
  const others = [
    'objects_model_crud_consume',
    'constants',
    'dlxXtags_model_crud',
    'xtags',
    'tags2',
  ];
  for (const pattern of [configure, write, read])
    for (const name of others) assert.not.ok(allows(pattern, name), `${name} in ${pattern}`);
  assert.not.ok(allows(write, 'objects_model_crud_reply'));
  assert.not.ok(allows(read, 'dlq.tags_model_crud'));
});

test('what the config only checks needs no right to configure', () => {
  const config = parsed({ ...tags, defaults: { declare: false } });
  assert.not.ok(allows(permissionsOf(config).configure, 'tags'));
  assert.ok(allows(permissionsOf(config).write, 'tags'));
});

test('with trust a service may write to the reply exchanges of the listed services', () => {
  const trust = { services: { objects_model_crud: ['objects'], tags_model_crud: ['tags'] } };
  const { configure, write, read } = permissionsOf(parsed({ ...tags, trust }));
  assert.ok(allows(write, 'objects_model_crud_reply'));
  assert.not.ok(allows(write, 'alerts_model_crud_reply'));
  for (const pattern of [configure, read])
    assert.not.ok(allows(pattern, 'objects_model_crud_reply'));
});

test('a service that only consumes has no reply queue', () => {
  const { read, configure } = permissionsOf(parsed(reader({ queue: 'q+1' })));
  assert.ok(allows(read, 'q+1'));
  assert.not.ok(allows(configure, 'reader_reply'));
});

test('a service has the user of its broker_user, and services with one user share permissions', () => {
  const plant = { brokerUser: { name: 'plant', password: 'x' } };
  const objects = parsed(reader({ queue: 'objects_consume' }));
  const shared = permissionsByUser(
    [
      { ...parsed(tags), ...plant },
      { ...objects, ...plant },
    ],
    'v',
  );
  assert.equal(
    shared.map(({ user, vhost }) => [user, vhost]),
    [['plant', 'v']],
  );
  for (const name of ['tags_model_crud_consume', 'objects_consume'])
    assert.ok(allows(shared[0]?.read ?? '', name), name);
  const own = permissionsByUser([parsed(tags), objects], '/').map(({ user }) => user);
  assert.equal(own, ['tags_model_crud', 'reader']);
});

test('the process of a service may have queues for its own clients', () => {
  for (const right of Object.values(permissionsOf(parsed(tags)))) {
    assert.ok(allows(right, 'client.tags_model_crud.http.1'));
    assert.not.ok(allows(right, 'client.objects_model_crud.http.1'));
  }
});

test('the commands quote each value for a shell', () => {
  const permissions = {
    user: "o'neil",
    vhost: '/',
    configure: '^$',
    write: '^(a\\.b)$',
    read: '^$',
  };
  assert.equal(permissionCommands([permissions]), [
    `rabbitmqctl set_permissions -p '/' 'o'\\''neil' '^$' '^(a\\.b)$' '^$'`,
  ]);
});

test.run();
