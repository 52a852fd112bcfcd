/**
 * The demo on a RabbitMQ node of its own, with the section `trust`: each service is a user of its own,
 * with the permissions that `unanimous config permissions` prints, and no others.
 *
 * - The demo comes to its end with a process for each service and requests over HTTP. With all
 *   gateways in one process and requests by messages, the suite sees the demo up to its first veto,
 *   and the proof sees all of the demo.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { shopConfigPaths } from '../../../cli/demo/shop-services.ts';
import type { JsonObject } from '../../../runtime/ports/json.ts';
import { type BrokerUser, definitionsOf } from '../../support/broker-user.ts';
import { type PrivateRabbitmq, startPrivateRabbitmq } from '../../support/private-rabbitmq.ts';
import { proofSize } from '../../support/proof-size.ts';
import { servers } from '../../support/servers.ts';
import { assert, suite } from '../../support/suite.ts';
import { assertOutput, runDemoProcess } from '../demo/demo-process.ts';
import { printedUsers, writeOwnConfigs } from './own-users.ts';

const test = suite('the demo under the printed permissions, on a RabbitMQ node of its own', {
  needs: ['rabbitmq-server', 'postgres'],
  deadlineMs: 280_000,
});

/** What the demo says of its processes without HTTP. */
const layout = '14 services in 10 processes, on RabbitMQ and PostgreSQL';
const vhost = '/';
const userOf = (service: string): string => `demo-${service}`;
const names = shopConfigPaths().map((path) => basename(path, '.json'));
/** These services send requests to others, or are asked over HTTP or by the demo in their own name. */
const clients = names.filter((name) => !name.endsWith('_model_crud'));
const trust = {
  services: Object.fromEntries(names.map((name) => [name, [userOf(name)]])),
  clients: { '*': clients.map(userOf) },
};
let folder: string;
let node: PrivateRabbitmq;
let users: readonly BrokerUser[] = [];

test.before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'unanimous-demo-users-'));
  const paths = ownConfigs();
  node = await startPrivateRabbitmq();
  users = await printedUsers(vhost, paths);
  await give(users);
});
test.after(async () => {
  await node?.remove();
  rmSync(folder, { recursive: true, force: true });
});

function ownConfigs(more: JsonObject = {}): readonly string[] {
  return writeOwnConfigs(folder, shopConfigPaths(), userOf, trust, more);
}

/** The users and their permissions; a user who is there has these permissions afterwards. */
async function give(given: readonly BrokerUser[]): Promise<void> {
  const definitions = join(folder, 'definitions');
  writeFileSync(definitions, JSON.stringify(definitionsOf(given)));
  await node.control('import_definitions', '--format', 'json', definitions);
}

function demo(...more: readonly string[]) {
  const where = ['--rabbitmq', node.url, '--database', servers.postgres];
  return runDemoProcess(...where, '--configs', folder, ...more);
}

const replicas = proofSize('demo-replicas');

test('the demo has the outcome that the demo in memory has', async () => {
  assert.is(users.length, names.length);
  const outcome = await demo('--http', '--replicas', String(replicas));
  assertOutput(outcome);
  const processes = `14 services in ${14 * replicas} processes, on RabbitMQ and PostgreSQL`;
  assert.match(outcome.output, `${processes}; requests over HTTP`);
});

if (replicas > 1)
  test('the demo has this outcome with all gateways in one process and requests by messages', async () => {
    const outcome = await demo();
    assertOutput(outcome);
    assert.match(outcome.output, layout);
  });

test('without one of the permissions the demo fails: the veto of a voter never arrives', async () => {
  const voter = userOf('methods_model_crud');
  const taken = users.flatMap((user) => {
    if (user.user !== voter) return [];
    return [{ ...user, write: user.write.replace('constants_model_crud_reply|', '') }];
  });
  assert.is.not(taken[0]?.write, users.find(({ user }) => user === voter)?.write);
  // A voter that cannot answer is found out sooner than after the default.
  ownConfigs({ consent: { vote_deadline_ms: 5_000 } });
  await give(taken);
  const { code, output } = await demo();
  assert.is(code, 1, output);
  assert.match(output, layout);
  assert.match(output, /the deletion should have been refused; the answer is .*methods_model_crud/);
});

test.run();
