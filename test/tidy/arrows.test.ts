import { assert, suite } from '../support/suite.ts';
import { arrowViolation } from './arrows.ts';
import { projectFiles } from './project-files.ts';

const test = suite('tidy: arrows', { deadlineMs: 60_000 });

const allowed: readonly [string, string][] = [
  ['config/schema.ts', 'typebox'],
  ['config/schema.ts', 'config/json.ts'],
  ['runtime/turn/turn.ts', 'config/topology.ts'],
  ['runtime/turn/turn.ts', 'xstate'],
  ['runtime/turn/turn.ts', 'ajv/dist/2020.js'],
  ['runtime/turn/turn.ts', 'node:crypto'],
  ['runtime/postgres/journal.ts', '@mikro-orm/core'],
  ['runtime/postgres/journal.ts', 'runtime/ports/journal.ts'],
  ['transports/rabbitmq/channel.ts', 'amqplib'],
  ['transports/rabbitmq/channel.ts', 'transports/encodable.ts'],
  ['transports/simulated/broker.ts', 'transports/memory/broker.ts'],
  ['actors/delete-saga/delete-saga-machine.ts', 'actors/vote-collection/messages.ts'],
  ['actors/delete-saga/delete-saga-machine.ts', 'actors/hierarchy/store.ts'],
  ['cli/cli.ts', 'transports/rabbitmq/channel.ts'],
  ['cli/demo/demo.ts', 'actors/cards/machine.ts'],
  ['test/unit/x.test.ts', 'cli/cli.ts'],
  ['test/support/suite.ts', 'uvu/assert'],
];

const refused: readonly [string, string, RegExp][] = [
  ['config/schema.ts', 'runtime/ports/errors.ts', /nothing else of ours/],
  ['config/schema.ts', 'commander', /only xstate/],
  ['runtime/turn/turn.ts', 'runtime/postgres/journal.ts', /only the kernel and config/],
  ['runtime/turn/turn.ts', 'transports/memory/broker.ts', /only the kernel and config/],
  ['runtime/turn/turn.ts', '@mikro-orm/core', /only xstate/],
  ['runtime/turn/turn.ts', 'xstate-extra', /only xstate/],
  ['runtime/postgres/journal.ts', 'runtime/memory/journal.ts', /own folder/],
  ['transports/memory/broker.ts', 'actors/cards/messages.ts', /own folder/],
  ['transports/memory/broker.ts', 'transports/rabbitmq/channel.ts', /own folder/],
  ['actors/cards/machine.ts', 'transports/memory/broker.ts', /own folder/],
  ['actors/cards/machine.ts', 'runtime/postgres/journal.ts', /own folder/],
  ['actors/cards/machine.ts', 'actors/burn/machine.ts', /own folder/],
  ['actors/cards/machine.ts', 'actors/burn/store.ts', /own folder/],
  ['actors/cards/machine.ts', 'index.ts', /nothing imports/],
  ['actors/cards/machine.ts', 'cli/demo/demo.ts', /own folder/],
  ['cli/demo/demo.ts', 'cli/cli.ts', /nothing imports/],
  ['runtime/turn/turn.ts', 'test/support/suite.ts', /nothing of test/],
  ['test/unit/x.test.ts', 'uvu', /only test\/support\/suite\.ts/],
  ['lib/x.ts', 'runtime/turn/turn.ts', /not in the layout/],
];

test('the rules allow what the layout allows', () => {
  for (const [path, target] of allowed)
    assert.is(arrowViolation(path, target), undefined, `${path} → ${target}`);
});

test('the rules refuse what the layout refuses', () => {
  for (const [path, target, reason] of refused)
    assert.match(arrowViolation(path, target) ?? `${path} → ${target} is allowed`, reason);
});

test('every import of the project follows the arrows', () => {
  const found = projectFiles().flatMap(({ path, imports }) =>
    imports.map((target) => ({ path, target, reason: arrowViolation(path, target) })),
  );
  assert.ok(found.length > 0);
  const broken = found
    .filter(({ reason }) => reason !== undefined)
    .map(({ path, target, reason }) => `${path} → ${target}: ${reason}`);
  assert.is(broken.join('\n'), '');
});

test.run();
