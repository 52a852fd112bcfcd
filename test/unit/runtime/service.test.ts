import { createMachine } from 'xstate';
import { defineService } from '../../../runtime/service.ts';
import { assert, suite } from '../../support/suite.ts';
import { configOf } from './shop.ts';

const test = suite('service definition');

function defining(name: string, machine = 'order'): () => unknown {
  const config = { ...configOf('shop'), svcName: name };
  const machines = { [machine]: createMachine({ id: machine }) };
  return () => defineService({ config, machines, messages: {} });
}

test('a service and a machine have names that are text', () => {
  assert.is((defining('shop')() as { name: string }).name, 'shop');
});

for (const name of ['', 'a\0', '\uD800', 'x'.repeat(201)]) {
  const shown = JSON.stringify(name).slice(0, 20);
  test(`the name ${shown} of a machine is refused with what is allowed`, () => {
    assert.throws(defining('shop', name), /machine .*found .*allowed is text of 1 to 200 bytes/);
  });

  test(`the name ${shown} of a service is refused with what is allowed`, () => {
    assert.throws(defining(name), /service .*found .*allowed is text of 1 to 200 bytes/);
  });
}

test('a machine whose name holds the separator of machine and key is refused', () => {
  assert.throws(defining('shop', 'order/refund'), /'order\/refund' has a '\/' in its name/);
});

test.run();
