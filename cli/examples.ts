/**
 * Examples of every command: for `--help` and `docs/cli.md`. A test parses each of them.
 *
 * - by path: the key is the command without `unanimous`. Examples begin after the path.
 */
import type { Command } from 'commander';

const saga = '7c1e8b2f';
const node = '3c4d5e6f';
const why = "--why 'gone for good'";

export const examples: Readonly<Record<string, readonly string[]>> = {
  up: ['', '--config objects tags --data /var/lib/unanimous', '--module ./maintenance.js'],
  start: ['objects_model_crud objects_api_crud', '--config ./objects.json --strict'],
  demo: ['', '--rabbitmq amqp://guest:guest@127.0.0.1 --database postgresql://127.0.0.1/test'],
  'config check': ['', './objects.json ./tags.json'],
  'config schema': ['', '--module ./maintenance.js'],
  'config topology': ['', './objects.json --format json'],
  'config show': ['objects_model_crud', 'objects_model_crud --config ./objects.json --json'],
  'config permissions': ['./objects.json --vhost /production', '--format json'],
  'config diff': ['--broker amqp://guest:guest@127.0.0.1 --management http://127.0.0.1:15672'],
  send: [`objects_model_crud create '{"attributes":{"cn":"mill"}}'`],
  request: [
    `objects_model_crud read '{"filter":{"cn":["mill"]}}'`,
    `objects_model_crud create - --timeout 5`,
  ],
  why: [saga, 'objects_model_crud/delete-saga/4711@web', `${node} --json`],
  services: ['', '--config objects tags --json'],
  subscribers: [node, `${node} --json`],
  'sagas list': ['', '--held --json'],
  'sagas show': [saga, `${saga} --json`],
  'sagas schema': [''],
  'sagas cancel': [`${saga} --why 'wrong node'`],
  'sagas cancel-held': [`${node} --why 'the order was extended'`],
  'sagas skip': [`${saga} tags_model_crud ${why}`],
  'sagas retire': [`tags_model_crud --service objects_model_crud ${why}`],
  'sagas adopt': [`tags_model_crud alerts_model_crud ${why}`],
  'sagas release': [`${saga} --service tags_model_crud --why 'journal of the owner is lost'`],
  'cards burn': ['--file cards.ndjson --owner alice', '--file cards.ndjson --at-once 200 --json'],
  'cards undelete': [`${node} --owner alice`],
  'files reconcile': ['', '--older-than 86400 --json', '--apply'],
  'certificate issue': [`${saga} --out certificate.json --html certificate.html`],
  'certificate verify': ['certificate.json --key signer.pem'],
  'certificate schema': [''],
  plan: [`${node} --service objects_model_crud`, '--schema'],
  'deletions export': ['--since 2026-01-01 --out deletions.jsonl'],
  'deletions replay': ["--file deletions.jsonl --why 'restored from the backup'"],
  'dead-letters list': ['', '--service objects_model_crud --limit 10 --json'],
  'dead-letters show': [saga],
  'dead-letters edit': [
    saga,
    `${saga} --set '/body/data/id="17"' --replay`,
    `${saga} --body corrected.json`,
  ],
  'dead-letters replay': [saga, '--all --service objects_model_crud'],
  'dead-letters drop': [saga, '--all --service objects_model_crud'],
  'machines check': ['', '--module ./maintenance.js --json'],
  'machines release': ['objects_model_crud/delete-saga'],
  'machines list': ['', '--json'],
  'actors list': ['', '--service objects_model_crud --limit 20'],
  'actors show': ['objects_model_crud/delete-saga/4711@web'],
  'timers list': ['', '--service objects_model_crud'],
  'outbox list': ['', '--json'],
  'migrate up': ['', '--config objects tags'],
  'migrate status': ['', '--json'],
  'migrate down': ['ledger/004-subscribed-since', 'ledger/004-subscribed-since --yes'],
  completion: ['bash', 'zsh', 'fish'],
};

/** The examples of a command, each a whole line. `path`: as the keys. */
export function examplesOf(path: string): readonly string[] {
  return (examples[path] ?? []).map((rest) => `unanimous ${path} ${rest}`.trimEnd());
}

/** Adds the examples to the help of the program's commands. */
export function addExamples(command: Command, path = ''): void {
  for (const inner of command.commands) addExamples(inner, `${path} ${inner.name()}`.trim());
  const lines = examplesOf(path).map((line) => `\n  $ ${line}`);
  if (lines.length > 0) command.addHelpText('after', `\nExamples:${lines.join('')}`);
}
