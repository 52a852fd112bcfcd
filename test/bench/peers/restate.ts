/** Restate: the measured saga as a handler of five durable steps, on a server of its own in a folder of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import * as restate from '@restatedev/restate-sdk';
import { systemClock } from '../../../runtime/ports/clock.ts';
import { freePorts } from '../../support/free-ports.ts';
import { benchId } from '../bench-ids.ts';
import type { Side } from '../contest.ts';
import { inFlight } from '../work.ts';
import { sagaSteps } from './saga-steps.ts';

const startLimitMs = 60_000;
const pollMs = 200;

const saga = restate.service({
  name: 'saga',
  handlers: {
    delete: async (context: restate.Context, id: string) => {
      for (const name of sagaSteps) await context.run(name, async () => ({ id, name }));
      return {};
    },
  },
});

function startServer(
  folder: string,
  ports: { ingress: number; admin: number; node: number },
): ChildProcess {
  const program = join(
    dirname(
      createRequire(import.meta.url).resolve('@restatedev/restate-server-linux-x64/package.json'),
    ),
    'bin',
    'restate-server',
  );
  const env = {
    ...process.env,
    RESTATE_INGRESS__BIND_ADDRESS: `127.0.0.1:${ports.ingress}`,
    RESTATE_ADMIN__BIND_ADDRESS: `127.0.0.1:${ports.admin}`,
    RESTATE_BIND_ADDRESS: `127.0.0.1:${ports.node}`,
    DO_NOT_TRACK: '1',
  };
  return spawn(program, ['--base-dir', folder], { env, stdio: 'ignore' });
}

/** Registers the handlers as soon as the server lets us. */
async function register(admin: number, service: number): Promise<void> {
  const endMs = systemClock.now() + startLimitMs;
  for (;;) {
    try {
      const answer = await fetch(`http://127.0.0.1:${admin}/deployments`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ uri: `http://127.0.0.1:${service}` }),
      });
      if (answer.ok) return;
      throw new Error(`${answer.status}: ${await answer.text()}`);
    } catch (error) {
      if (systemClock.now() > endMs) throw error;
      await new Promise<void>((resolve) => void systemClock.after(pollMs, resolve));
    }
  }
}

export async function openRestate(): Promise<{
  side(atOnce: number, count: number): Side;
  close(): Promise<void>;
}> {
  const folder = mkdtempSync(join(tmpdir(), 'unanimous-restate-'));
  const [ingress = 0, admin = 0, node = 0, service = 0] = await freePorts(4);
  const server = startServer(folder, { ingress, admin, node });
  await restate.serve({ services: [saga], port: service, logger: () => undefined });
  await register(admin, service);
  const call = async (): Promise<void> => {
    const answer = await fetch(`http://127.0.0.1:${ingress}/saga/delete`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(benchId()),
    });
    if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`);
    await answer.arrayBuffer();
  };
  return {
    side: (atOnce, count) => () => inFlight(count, atOnce, call),
    async close() {
      server.kill('SIGKILL');
      await once(server, 'exit');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
