/** Misspelt and missing members of a service are refused where the service is defined. */
import { Type } from 'typebox';
import { defineEntity } from '../../../../deployment.ts';
import {
  defineOutsideParticipant,
  defineOwner,
  defineParticipant,
  defineTable,
  rowsOutside,
} from '../../../../index.ts';
import { Broken } from '../../../../runtime/ports/errors.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('members of a service');

const leases = defineTable('leases', {
  row: Type.Object({ carId: Type.String(), note: Type.String() }),
  by: ['carId'],
});
const rows = leases.by('carId');
const schema = Type.Object({ id: Type.String() });

type Definition = (options: never) => unknown;

function problemOf(define: () => unknown): string {
  try {
    define();
  } catch (error) {
    if (error instanceof Broken) return error.message;
    throw error;
  }
  return 'no problem';
}

/** As a module of JavaScript calls the function, without a compiler. */
function refusal(define: Definition, options: object): string {
  return problemOf(() => define(options as never));
}

const participant = { name: 'leasing', stores: [leases], dependsOn: { cars: { rows } } };
const ruleNames = 'rows, mayDelete, retains, mayUpdate, deleting, updating';

test('a misspelt rule of dependsOn is refused, because its absence means agreement', () => {
  const dependsOn = { cars: { rows, mayDelet: () => 'leased' } };
  const told = (allowed: string) =>
    `leasing: dependsOn.cars: found the member 'mayDelet' (did you mean 'mayDelete'?); allowed: ${allowed}`;
  assert.equal(refusal(defineParticipant, { ...participant, dependsOn }), told(ruleNames));
  const owner = { name: 'leasing', owns: { table: leases, class: 'lease' }, dependsOn };
  assert.equal(refusal(defineOwner, owner), told(`${ruleNames}, along`));
  const outside = rowsOutside({ by: 'carId', read: async () => [{ carId: '' }] });
  const misspelt = { cars: { rows: outside, mayDelet: () => 'leased' } };
  assert.equal(
    refusal(defineOutsideParticipant, { name: 'leasing', dependsOn: misspelt }),
    told(ruleNames),
  );
});

test('unknown and missing members of a service and of its requests are all named', () => {
  const { name, stores } = participant;
  const members =
    'name, config, stores, requests, machines, messages, ignored, interpret, views, activitiesMax, atStart';
  assert.equal(
    refusal(defineParticipant, { name, stores, depends_on: participant.dependsOn }),
    `leasing: found the member 'depends_on' (did you mean 'dependsOn'?); lacks the member 'dependsOn'; allowed: ${members}, dependsOn`,
  );
  const requesting = (sign: object) =>
    refusal(defineParticipant, { ...participant, requests: { sign } });
  assert.equal(
    requesting({ schema, onn: () => ({}), writes: () => [] }),
    "leasing: requests.sign: found the member 'onn' (did you mean 'on'?); allowed: schema, on, writes, lifts",
  );
  assert.equal(
    requesting({ schema, read: () => leases.find({}), writes: () => [] }),
    "leasing: requests.sign: found the member 'writes'; allowed: schema, read",
  );
  assert.equal(
    requesting({ schema }),
    "leasing: requests.sign: lacks the member 'writes'; allowed: schema, on, writes, lifts",
  );
  assert.equal(refusal(defineParticipant, participant), 'no problem');
});

test('a misspelt legal hold of an owner, and a label that no row has, are refused', () => {
  const owning = (owns: object) =>
    refusal(defineOwner, { name: 'leasing', owns: { table: leases, class: 'lease', ...owns } });
  assert.equal(
    owning({ mayDelte: () => 'legal hold' }),
    "leasing: owns: found the member 'mayDelte' (did you mean 'mayDelete'?); allowed: table, class, label, mayDelete",
  );
  assert.equal(
    owning({ label: 'not' }),
    "leasing: owns.label: found 'not' (did you mean 'note'?); allowed is a member of a row: carId, note",
  );
  assert.equal(owning({ label: 'note', mayDelete: () => undefined }), 'no problem');
});

test('rows by a member that the table does not find by are refused at the definition', () => {
  const by: (member: never) => unknown = leases.by;
  assert.equal(
    problemOf(() => by('carid' as never)),
    "the table 'leases' finds no rows by 'carid' (did you mean 'carId'?); allowed: carId",
  );
  const bare = defineTable('bare', { row: Type.Object({ carId: Type.String() }) });
  const byBare: (member: never) => unknown = bare.by;
  assert.equal(
    problemOf(() => byBare('carId' as never)),
    "the table 'bare' finds no rows by 'carId'; allowed: none: the definition of the table has no by",
  );
});

test('an id in place of a row is refused, and the write by id is named', () => {
  const { remove, change, expect }: Record<string, Definition> = leases as never;
  const told = (write: string, found: string, hint = '') =>
    `'${write}' of the table 'leases': found ${found}; allowed is a row that was read, with id and version${hint}`;
  const given = (write: Definition | undefined, row: unknown) =>
    problemOf(() => write?.(row as never));
  assert.equal(given(remove, 'l1'), told('remove', '"l1"', '; by id, there is drop(id)'));
  assert.equal(given(change, undefined), told('change', 'nothing', '; by id, there is set(id, …)'));
  assert.equal(given(expect, { id: 'l1' }), told('expect', '{"id":"l1"}'));
});

test('an asynchronous function is refused, because no step awaits its promise', () => {
  const late = async () => undefined;
  const told = (place: string, instead: string) =>
    `leasing: ${place} is asynchronous, and nothing awaits its promise; ${instead}`;
  const outsideInstead =
    "data that must be awaited are read by the activity 'read' of defineOutsideParticipant";
  const owns = { table: leases, class: 'lease' };
  const outside = rowsOutside({ by: 'carId', read: async () => [{ carId: '' }] });
  for (const rule of ['mayDelete', 'retains', 'mayUpdate', 'deleting', 'updating']) {
    const place = told(`dependsOn.cars.${rule}`, outsideInstead);
    const dependsOn = { cars: { rows, [rule]: late } };
    assert.is(refusal(defineParticipant, { ...participant, dependsOn }), place);
    assert.is(refusal(defineOwner, { name: 'leasing', owns, dependsOn }), place);
    const cleans = rule === 'deleting' || rule === 'updating';
    const outsideRules = { cars: { rows: outside, [rule]: late } };
    assert.is(
      refusal(defineOutsideParticipant, { name: 'leasing', dependsOn: outsideRules }),
      cleans ? 'no problem' : place,
    );
  }
  const requested = (sign: object) =>
    refusal(defineParticipant, { ...participant, requests: { sign: { schema, ...sign } } });
  const inMachine = "an activity of a machine under 'machines' awaits";
  for (const [request, member] of [
    [{ writes: () => [], on: late }, 'on'],
    [{ writes: late }, 'writes'],
    [{ writes: () => [], lifts: late }, 'lifts'],
    [{ read: late }, 'read'],
  ] as const)
    assert.is(requested(request), told(`requests.sign.${member}`, inMachine));
  assert.is(
    refusal(defineOwner, { name: 'leasing', owns: { ...owns, mayDelete: late } }),
    told(
      'owns.mayDelete',
      'a service that awaits data subscribes to the rows, as with defineOutsideParticipant',
    ),
  );
  const hooks = ['creating', 'created', 'reading', 'updating', 'updated', 'deleting', 'deleted'];
  for (const hook of hooks)
    assert.is(
      problemOf(() => defineEntity('leasing', { [hook]: late })),
      `leasing.${hook} is asynchronous, and nothing awaits its promise; 'created', 'updated' and 'deleted' start activities with 'start'`,
    );
});

test.run();
