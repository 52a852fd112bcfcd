import { assert, suite } from '../support/suite.ts';
import { arrowViolation } from './arrows.ts';
import { arrowExceptions, disagreements } from './exceptions.ts';
import { projectFiles } from './project-files.ts';

const test = suite('tidy: arrows', { deadlineMs: 60_000 });

const allowed: readonly [string, string][] = [
  ['config/schema.ts', 'typebox'],
  ['config/schema.ts', 'config/json.ts'],
  ['runtime/turn/turn.ts', 'config/topology.ts'],
  ['runtime/turn/turn.ts', 'runtime/step/stepper.ts'],
  ['runtime/turn/turn.ts', 'ajv/dist/2020.js'],
  ['runtime/turn/turn.ts', 'node:crypto'],
  ['runtime/step/stepper.ts', 'xstate'],
  ['runtime/engine.ts', 'runtime/duties/timers.ts'],
  ['runtime/postgres/journal.ts', '@mikro-orm/core'],
  ['runtime/postgres/journal.ts', 'runtime/ports/journal.ts'],
  ['transports/rabbitmq/channel.ts', 'amqplib'],
  ['transports/rabbitmq/channel.ts', 'transports/encodable.ts'],
  ['transports/simulated/broker.ts', 'transports/memory/broker.ts'],
  ['actors/cards/card-machine.ts', 'xstate'],
  ['actors/delete-saga/delete-saga-machine.ts', 'actors/vote-collection/messages.ts'],
  ['actors/delete-saga/delete-saga-machine.ts', 'actors/consent/ledger/store.ts'],
  ['actors/model-crud/service.ts', 'actors/hierarchy/store.ts'],
  ['actors/voter/voter-machine.ts', 'actors/consent/settings.ts'],
  ['actors/catalog.ts', 'actors/cards/card-machine.ts'],
  ['composition/create-runtime.ts', 'transports/rabbitmq/channel.ts'],
  ['cli/cli.ts', 'transports/rabbitmq/channel.ts'],
  ['cli/cli.ts', 'cli/config-commands.ts'],
  ['cli/demo/demo.ts', 'actors/cards/machine.ts'],
  ['deployment.ts', 'composition/create-runtime.ts'],
  ['testing.ts', 'testing/specification/specification.ts'],
  ['test/unit/x.test.ts', 'cli/cli.ts'],
  ['test/support/suite.ts', 'uvu/assert'],
];

const refused: readonly [string, string, RegExp][] = [
  ['config/schema.ts', 'runtime/ports/errors.ts', /config may not import ports; only: itself/],
  ['config/schema.ts', 'commander', /of packages only typebox/],
  ['runtime/ports/journal.ts', 'runtime/step/stepper.ts', /ports may not import step/],
  ['runtime/turn/turn.ts', 'runtime/engine.ts', /turn may not import runtime/],
  ['runtime/turn/turn.ts', 'runtime/postgres/journal.ts', /turn may not import adapters/],
  ['runtime/turn/turn.ts', 'transports/memory/broker.ts', /turn may not import transports/],
  ['runtime/turn/turn.ts', 'transports/encodable.ts', /may not import transport vocabulary/],
  ['runtime/turn/turn.ts', '@mikro-orm/core', /of packages only typebox/],
  ['runtime/turn/turn.ts', 'xstate', /only step and actors import xstate/],
  ['runtime/postgres/journal.ts', 'xstate/graph', /only step and actors import xstate/],
  ['runtime/step/stepper.ts', 'xstate-extra', /of packages only typebox/],
  ['runtime/postgres/journal.ts', 'runtime/memory/journal.ts', /postgres may not import .* memory/],
  ['transports/memory/broker.ts', 'actors/cards/messages.ts', /transports may not import actors/],
  ['transports/memory/broker.ts', 'transports/rabbitmq/channel.ts', /memory may not import/],
  ['transports/memory/broker.ts', 'transports/simulated/broker.ts', /memory may not import/],
  ['actors/cards/machine.ts', 'transports/memory/broker.ts', /actors may not import transports/],
  ['actors/cards/machine.ts', 'runtime/postgres/journal.ts', /actors may not import adapters/],
  ['actors/cards/machine.ts', 'actors/burn/machine.ts', /cards may not import a file of burn/],
  ['actors/cards/machine.ts', 'actors/burn/store.ts', /cards may not import a file of burn/],
  ['actors/voter/voter-machine.ts', 'actors/hierarchy/store.ts', /voter may not import/],
  ['actors/cards/machine.ts', 'actors/catalog.ts', /actors may not import actor catalog/],
  ['actors/cards/machine.ts', 'index.ts', /actors may not import entry points/],
  ['actors/cards/machine.ts', 'cli/demo/demo.ts', /actors may not import command/],
  ['composition/create-runtime.ts', 'testing/virtual-time.ts', /may not import testing/],
  ['testing/virtual-time.ts', 'edge/http/plugin.ts', /testing may not import edge/],
  ['cli/demo/demo.ts', 'cli/cli.ts', /command may not import entry points/],
  ['runtime/turn/turn.ts', 'test/support/suite.ts', /turn may not import tests/],
  ['test/unit/x.test.ts', 'uvu', /only test\/support\/suite\.ts/],
  ['lib/x.ts', 'runtime/turn/turn.ts', /in no layer/],
  ['runtime/turn/turn.ts', 'lib/x.ts', /in no layer/],
];

test('the table allows what the layout allows', () => {
  for (const [path, target] of allowed)
    assert.is(arrowViolation(path, target), undefined, `${path} → ${target}`);
});

test('the table refuses what the layout refuses', () => {
  for (const [path, target, reason] of refused)
    assert.match(arrowViolation(path, target) ?? `${path} → ${target} is allowed`, reason);
});

test('every import of the project follows the table', () => {
  const imports = projectFiles().flatMap(({ path, imports }) =>
    imports.map((target) => ({
      arrow: `${path} → ${target}`,
      reason: arrowViolation(path, target),
    })),
  );
  assert.ok(imports.length > 0);
  const violations = imports.filter(({ reason }) => reason !== undefined);
  const reasons = new Map(violations.map(({ arrow, reason }) => [arrow, reason]));
  const lines = disagreements([...reasons.keys()], arrowExceptions);
  assert.is(lines.map((line) => `${line}: ${reasons.get(line) ?? 'no finding'}`).join('\n'), '');
});

test.run();
