/** The gateway of an entity: one request on its way through. */
import { apiRequestMachine, requests } from '../../../../actors/api-crud/api-request-machine.ts';
import { caller, given, type MachineSpec, message } from '../../../../testing.ts';
import { suite } from '../../../support/suite.ts';

const test = suite('api gateway');
const model = { exchange: 'tags', routingKey: 'tags_api_crud_publish' };
const machine = apiRequestMachine(model, 30_000, requests);
const asker = caller('m1');

function requested(action: string, identity: string | undefined = 'm1'): MachineSpec {
  return given(machine).when(
    message(
      action,
      { some: 'data' },
      { replyTo: asker, ...(identity === undefined ? {} : { identity }) },
    ),
  );
}

for (const action of ['create', 'read', 'update', 'delete', 'plan']) {
  test(`'${action}' is asked on as it is, under an identity that stays the same`, () => {
    requested(action).then({
      state: 'asked',
      asks: [
        {
          ...model,
          action,
          data: { some: 'data' },
          messageId: 'm1',
          answer: 'answered',
        },
      ],
      replies: [],
    });
  });
}

test('the caller in front of the sender goes along, and no other header', () => {
  const headers = { caller: 'ada', 'caller-roles': ['clerk'], traceparent: 'x' };
  given(machine)
    .when(message('read', {}, { replyTo: asker, identity: 'm1', headers }))
    .then({
      asks: [
        {
          ...model,
          action: 'read',
          data: {},
          messageId: 'm1',
          answer: 'answered',
          headers: { caller: 'ada', 'caller-roles': ['clerk'] },
        },
      ],
    });
});

test('the answer goes back as it came', () => {
  const done = requested('read')
    .answers(model, { data: [1] })
    .then({ state: 'ended', replies: [{ to: asker, body: { data: [1] } }] });
  done.thenEnded();
});

test('who asks again while the request is open is answered with it, and the model is asked once', () => {
  const again = caller('m1 again');
  requested('delete')
    .when(message('delete', { some: 'data' }, { replyTo: again, identity: 'm1' }))
    .then({ state: 'asked', asks: [] })
    .answers(model, {})
    .then({
      replies: [
        { to: asker, body: {} },
        { to: again, body: {} },
      ],
    });
});

test('a model service that cannot be reached is named', () => {
  requested('read')
    .returns(model)
    .then({
      state: 'ended',
      replies: [
        {
          body: {
            error: {
              code: 503,
              name: 'not-reachable',
              message: "no service takes messages under 'tags_api_crud_publish'",
            },
          },
        },
      ],
    });
});

const late = {
  code: 504,
  name: 'timed-out',
  message: 'no answer within 30000 ms; the request may still be carried out',
};

test('no answer in time is told', () => {
  requested('update').waits(29_999).then({ state: 'asked' });
  requested('update')
    .waits(30_000)
    .then({ state: 'ended', replies: [{ body: { error: late } }] });
});

test('a create that fails on the way has a null id beside the error, as any create that fails', () => {
  requested('create')
    .waits(30_000)
    .then({ replies: [{ body: { id: null, error: late } }] });
});

test('a request without an identity gets one', () => {
  given(machine)
    .when(message('delete', {}, { replyTo: asker }))
    .then({ asks: [{ messageId: 'new-2' }] });
});

test.run();
