/**
 * Attacks on the addresses that the file remover reaches: a canary server listens on a forbidden
 * address of this machine, and must not be asked once.
 */
import { isIPv6 } from 'node:net';
import fc from 'fast-check';
import {
  fileActivities,
  type Preparation,
  type Removal,
} from '../../../../actors/file-remover/file-activities.ts';
import type { FileToTake } from '../../../../actors/file-remover/file-place.ts';
import { noServers } from '../../../../actors/file-remover/http-files.ts';
import {
  type NameLookup,
  ReachableAddresses,
} from '../../../../actors/outside/reachable-addresses.ts';
import { activityOf } from '../../../../runtime/step/activity.ts';
import { activityContext } from '../../../support/activity-context.ts';
import { FaultServer } from '../../../support/fault-server.ts';
import { assert, seed, suite } from '../../../support/suite.ts';

const test = suite('addresses that the file remover reaches', { deadlineMs: 60_000 });
let canary: FaultServer;
/** On another address of this machine, and allowed. */
let server: FaultServer;

test.before(async () => {
  canary = await FaultServer.start('127.0.0.1');
  server = await FaultServer.start('127.0.0.2', canary.port);
});
test.after(async () => {
  await canary.stop();
  await server.stop();
});

/** Forms of the canary's own address, and addresses that no public server has. */
const forbidden = [
  '127.0.0.1',
  '0.0.0.0',
  '::1',
  '::',
  '::ffff:127.0.0.1',
  '64:ff9b::7f00:1',
  '2002:7f00:1::',
  '::127.0.0.1',
  '10.1.2.3',
  '172.16.0.1',
  '192.168.1.1',
  '169.254.169.254',
  '168.63.129.16',
  '100.100.100.200',
  '192.0.0.192',
  'fd00:ec2::254',
  'fe80::1',
  '224.0.0.1',
  '255.255.255.255',
];

const name = 'files.test';

async function act(
  step: 'prepareFile' | 'removeFile',
  { accepted = null, url }: Pick<FileToTake, 'accepted' | 'url'>,
  { addresses, lookup }: { addresses: readonly string[]; lookup: NameLookup },
): Promise<Preparation | Removal> {
  const { port } = canary;
  const origins = [name, 'localhost', '127.0.0.1', '[::1]'].map((host) => `http://${host}:${port}`);
  const http = { ...noServers, origins, addresses, timeoutMs: 2_000 };
  const found = activityOf(fileActivities({ roots: [], http }, { lookup })[step]);
  assert.ok(found);
  return (await found.run({ id: 'r1', url, accepted }, activityContext())) as Preparation | Removal;
}

/** Gives other addresses at each look-up. */
function rebinding(answers: readonly (readonly string[])[]): NameLookup {
  let at = 0;
  return async () => {
    const answer = answers[at++ % answers.length] ?? [];
    return answer.map((address) => ({ address, family: isIPv6(address) ? 6 : 4 }));
  };
}

const hostile = (port: number) =>
  fc.constantFrom(
    ...[`${name}`, 'localhost', '127.0.0.1', '[::1]'].map((host) => `http://${host}:${port}/x`),
    ...[
      '2130706433',
      '0x7f.1',
      '0177.0.0.1',
      '127.1',
      '0',
      '[::ffff:127.0.0.1]',
      '127。0。0。1',
    ].map((host) => `http://${host}:${port}/x`),
    `http://${name}:${port}@127.0.0.1:${port}/x`,
    `http://${name}@127.0.0.1:${port}/x`,
    `http://127.0.0.1:${port}\\@${name}:${port}/x`,
    `http://${name}:${port}#@127.0.0.1:${port}/x`,
    `http://${name}:${port}/../x`,
    `http://${name}:${port}//127.0.0.1:${port}/x`,
    `HTTP://${name}:${port}/x`,
    `http:${name}:${port}/x`,
    `http://${name}.:${port}/x`,
  );

test('1,000 generated attacks reach no forbidden address', async () => {
  const { port } = canary;
  // The allowed server tries to send the remover on to the canary.
  for (const method of ['HEAD', 'DELETE', 'GET'])
    for (const status of [202, 303, 307])
      server.on(
        `${method} /x`,
        { status, headers: { location: `http://127.0.0.1:${port}/x` } },
        { status: 307, headers: { location: `http://127.0.0.1:${port}/x`, 'retry-after': '1' } },
      );
  const answers = fc.array(fc.array(fc.constantFrom(...forbidden, '127.0.0.2'), { maxLength: 3 }), {
    minLength: 1,
    maxLength: 3,
  });
  const status = fc.option(hostile(port));
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('prepareFile' as const, 'removeFile' as const),
      hostile(port),
      status,
      answers,
      async (step, url, followed, found) => {
        const accepted = followed === null ? null : { status: followed };
        const reach = { addresses: ['127.0.0.2/32'], lookup: rebinding(found) };
        await act(step, { url, accepted }, reach).catch(() => undefined);
        assert.equal(canary.lines, [], `${url} ${followed}`);
      },
    ),
    { numRuns: 1_000, seed: seed() },
  );
  assert.ok(server.lines.length > 0, 'the allowed server was reached');
});

test('the same names reach the server once its network is listed', async () => {
  const reach = { addresses: ['127.0.0.0/8'], lookup: rebinding([['127.0.0.1']]) };
  const result = await act('prepareFile', { url: `http://${name}:${canary.port}/y` }, reach);
  assert.equal([result.kind, canary.lines], ['absent', ['HEAD /y']]);
});

test('special addresses are refused, public addresses are reached', () => {
  const addresses = new ReachableAddresses([]);
  assert.equal(
    forbidden.filter((address) => addresses.reaches(address)),
    [],
  );
  for (const address of ['93.184.216.34', '2606:2800:220:1::1', '::ffff:93.184.216.34'])
    assert.ok(addresses.reaches(address), address);
});

test('a listed network is reached, also in its IPv6 form, and no other', () => {
  const addresses = new ReachableAddresses(['10.0.0.0/8', 'fd00::/8']);
  for (const address of ['10.1.2.3', '::ffff:10.1.2.3', 'fd12::1'])
    assert.ok(addresses.reaches(address), address);
  for (const address of ['11.0.0.1', '192.168.0.1', 'fe80::1'])
    assert.is(addresses.reaches(address), address === '11.0.0.1', address);
});

test.run();
