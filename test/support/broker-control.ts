/**
 * Changes of the real broker by Erlang expressions, with one `rabbitmqctl` for all files of a run.
 *
 * - The runner has the `rabbitmqctl` and a socket in TEST_RUN_FOLDER. A program outside a run starts one for each expression.
 */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { BrokerSession } from './broker-session.ts';

const socketOf = (folder: string) => join(folder, 'broker.sock');
const done = 'ok';

/** Serves the files of a run that have this TEST_RUN_FOLDER. Resolves with the end of the service. */
export async function serveBrokerControl(folder: string): Promise<() => void> {
  const session = new BrokerSession();
  const server = createServer({ allowHalfOpen: true }, (socket) => void serve(session, socket));
  server.listen(socketOf(folder));
  await once(server, 'listening');
  return () => {
    session.close();
    server.close();
  };
}

async function serve(session: BrokerSession, socket: Socket): Promise<void> {
  const expression = await textOf(socket);
  if (expression === '') return;
  const answer = session.evaluate(expression).then(
    () => done,
    (error: Error) => error.message,
  );
  socket.end(await answer);
}

/** `expression`: one line of ASCII without its final dot. Throws when the broker does not evaluate the expression. */
export async function evaluateOnBroker(expression: string): Promise<void> {
  const folder = process.env['TEST_RUN_FOLDER'];
  if (folder === undefined) return evaluateAlone(expression);
  const socket = connect(socketOf(folder));
  socket.end(expression);
  const answer = await textOf(socket);
  if (answer !== done) throw new Error(answer === '' ? 'the run of the tests has ended' : answer);
}

/** All that comes, also before an error. The socket stays open for writing. */
function textOf(socket: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  return new Promise((resolve) => {
    for (const event of ['end', 'close'])
      socket.once(event, () => resolve(Buffer.concat(chunks).toString()));
    socket.on('error', () => socket.destroy());
  });
}

async function evaluateAlone(expression: string): Promise<void> {
  const session = new BrokerSession();
  try {
    await session.evaluate(expression);
  } finally {
    session.close();
  }
}

/** A binary of Erlang. */
export function erlangText(value: string): string {
  return `<<${JSON.stringify(value)}>>`;
}
