/**
 * The commands `send` and `request`: a message to a running service from the command line.
 *
 * - answer-out: the answer goes to standard output as JSON, an error answer too. The exit code tells
 *   them apart.
 */
import { text } from 'node:stream/consumers';
import type { Command } from 'commander';
import { isJsonObject } from '../config/json.ts';
import { errorText } from '../runtime/ports/errors.ts';
import type { Json } from '../runtime/ports/json.ts';
import { exitCodes, failsWhen } from './exit-codes.ts';
import { print } from './print.ts';
import { type StorageOptions, withStorageOptions } from './storage-options.ts';

interface RequestOptions extends StorageOptions {
  readonly timeout: string;
}

async function access(service: string, options: StorageOptions) {
  const { serviceAccess } = await import('./service-requests.ts');
  return serviceAccess(service, options);
}

async function send(
  service: string,
  action: string,
  json: string,
  options: StorageOptions,
  command: Command,
): Promise<void> {
  const data = await dataFrom(json, command);
  await (await access(service, options)).send(action, data);
}

async function request(
  service: string,
  action: string,
  json: string,
  options: RequestOptions,
  command: Command,
): Promise<void> {
  const timeoutMs = Math.ceil(Number(options.timeout) * 1000);
  if (!Number.isSafeInteger(timeoutMs) || timeoutMs < 1)
    command.error(`error: --timeout is ${options.timeout}; allowed is a number of seconds`, {
      exitCode: exitCodes.usage,
    });
  const data = await dataFrom(json, command);
  const answer = await (await access(service, options)).request(action, data, timeoutMs);
  print(JSON.stringify(answer));
  if (isError(answer)) process.exitCode = exitCodes.failed;
}

/** An object with an `error`, be it of the runtime or of the service. */
function isError(answer: Json): boolean {
  return isJsonObject(answer) && answer['error'] !== undefined && answer['error'] !== null;
}

async function dataFrom(json: string, command: Command): Promise<Json> {
  const given = json === '-' ? await text(process.stdin) : json;
  try {
    return JSON.parse(given);
  } catch (error) {
    const place = json === '-' ? 'standard input' : 'the argument json';
    return command.error(
      `error: ${place} is no JSON: ${errorText(error)}; allowed is JSON such as '{"id": "w1"}', in single quotes for the shell`,
      {
        exitCode: exitCodes.usage,
      },
    );
  }
}

/** Adds the commands to the program. */
export function messageCommands(program: Command): void {
  const sendCommand = messageCommand(program, 'send')
    .description('send a message to a running service, without waiting for an answer')
    .action(send);
  failsWhen(sendCommand, 'no queue has taken the message');
  const requestCommand = messageCommand(program, 'request')
    .description('send a message to a running service and print the answer as JSON')
    .option('--timeout <seconds>', 'how long to wait for the answer', '30')
    .action(request);
  failsWhen(requestCommand, 'the answer has an `error` (it is printed), or none came in time');
}

function messageCommand(program: Command, name: string): Command {
  return withStorageOptions(program.command(name))
    .argument('<service>', 'svc_name of the service')
    .argument('<action>', 'action of the message')
    .argument('[json]', 'data of the message; - reads standard input', '{}');
}
