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

test('unknown and missing members of a service, a route and a machine are refused', () => {
  const order = createMachine({ id: 'order' });
  const route = { machine: 'order', to: () => ({ key: 'o1' }), starts: true };
  const refused = (options: object, told: RegExp) =>
    assert.throws(
      () =>
        defineService({ config: configOf('shop'), machines: { order }, messages: {}, ...options }),
      told,
    );
  refused(
    { messages: { place: { ...route, shema: {} } } },
    /^shop: messages\.place: found the member 'shema' \(did you mean 'schema'\?\); allowed: machine, schema,/,
  );
  refused(
    { messages: { place: { machine: 'order', to: route.to, start: true } } },
    /messages\.place: found the member 'start' \(did you mean 'starts'\?\); lacks the member 'starts';/,
  );
  refused(
    { machines: { order: { machine: order, verson: 2 } } },
    /^shop: machines\.order: found the member 'verson' \(did you mean 'version'\?\)/,
  );
  refused({ ignore: ['fact'] }, /^shop: found the member 'ignore' \(did you mean 'ignored'\?\)/);
});

test('an asynchronous function of a route is refused, because nothing awaits its promise', () => {
  const order = createMachine({ id: 'order' });
  const route = { machine: 'order', to: () => ({ key: 'o1' }), starts: true };
  const late = async () => ({ key: 'o1' });
  const refused = (options: object, place: string) =>
    assert.throws(
      () =>
        defineService({ config: configOf('shop'), machines: { order }, messages: {}, ...options }),
      new RegExp(
        `^shop(: messages\\.place)?\\.${place} is asynchronous, and nothing awaits its promise; an activity of the machine awaits`,
      ),
    );
  for (const member of ['to', 'starts', 'read', 'sender'])
    refused({ messages: { place: { ...route, [member]: late } } }, member);
  refused({ interpret: late }, 'interpret');
});

test.run();
