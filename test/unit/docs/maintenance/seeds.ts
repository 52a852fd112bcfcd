import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { packageServices } from '../../../../deployment.ts';
import { parseExchangeConfig, sections } from '../../../../index.ts';
import { simulate } from '../../../../testing.ts';
import { maintenance } from './maintenance.ts';

const file = 'test/unit/docs/maintenance/maintenance.json';
const config = parseExchangeConfig(readFileSync(file, 'utf8'), { file, env: {}, sections });
const objects = { exchange: 'objects', routingKey: 'objects_model_crud_consume' };
const orders = { exchange: 'maintenance', routingKey: 'maintenance' };

const report = await simulate({
  services: [maintenance, ...packageServices('objects_model_crud')],
  configs: [config],
  invariants: [],
  scenario: {
    operations: (chance) => [{ atMs: 0, deletedAfterMs: Math.floor(chance() * 100) }],
    perform: async ({ deletedAfterMs }, world) => {
      const create = { action: 'create', data: { attributes: { cn: 'pump' } } };
      const { id } = (await world.ask(objects, create)) as { id: string };
      const opened = world.ask(orders, {
        action: 'open',
        data: { id: 'w1', objectId: id, title: 'oil' },
      });
      await world.waits(deletedAfterMs);
      const deleted = await world.ask(objects, { action: 'delete', data: { id } });
      const isOpen = !('error' in ((await opened) as object));
      const isDeleted = !('error' in (deleted as object));
      if (isOpen && isDeleted) world.fail('an open order keeps its object', `${id} is deleted`);
      world.note(isOpen ? 'the order is open' : 'the object is deleted');
    },
  },
  seeds: 20,
});
assert.deepEqual(report.violations, []);
