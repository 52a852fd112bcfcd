/** The JSON examples of `docs/protocol.md` and `docs/wire.md` are messages as the services write and read them. */
import { readdirSync, readFileSync } from 'node:fs';
import { noBody, readAnswer, readAnswers } from '../../../actors/consent/answers.ts';
import { engagedIn } from '../../../actors/consent/inventory.ts';
import { consentMessage } from '../../../actors/consent/messages.ts';
import { PlannedNodeSchema } from '../../../actors/consent/plan-schema.ts';
import { consentSettings } from '../../../actors/consent/settings.ts';
import { subscribeRequest } from '../../../actors/consent/subscribe-messages.ts';
import { verbs } from '../../../actors/consent/verbs.ts';
import { refusalBody } from '../../../actors/delete-saga/saga.ts';
import { readPart, writtenPart } from '../../../actors/deletion-plan/part.ts';
import { CreateSchema, createRefusal, ReadSchema } from '../../../actors/model-crud/messages.ts';
import { sections } from '../../../actors/sections.ts';
import { parseExchangeConfig } from '../../../composition/exchange-configs.ts';
import { checkSchema } from '../../../runtime/messages/validation.ts';
import { errorCodes } from '../../../runtime/ports/errors.ts';
import type { Json, JsonObject } from '../../../runtime/ports/json.ts';
import { documentText } from '../../support/doc-blocks.ts';
import { projectRoot } from '../../support/project-root.ts';
import { assert, suite } from '../../support/suite.ts';
import { tagsSettings } from '../actors/consent/sample.ts';

const test = suite('documents: contracts');

const node = '018f2a10-0000-7000-8000-000000000001';
const other = '018f2a10-0000-7000-8000-000000000002';

function example(path: string): JsonObject {
  return JSON.parse(readFileSync(`${projectRoot}test/unit/docs/${path}`, 'utf8')) as JsonObject;
}

test('a question has the body that an owner sends', () => {
  const scope = { saga: 's', epoch: 1, hops: 1, deadlineMs: 10_000 };
  const to = { service: 'tags_model_crud', routingKey: 'tags_model_crud' };
  const { action, data } = consentMessage(tagsSettings, 'mayDelete', [node], scope, to);
  assert.equal(example('protocol/may-delete.json'), { action, data } as unknown as JsonObject);
});

test('a subscription is read with its service and ids', () => {
  assert.equal(subscribeRequest(example('protocol/subscribe.json')['data'] as never), {
    service: 'tags_model_crud',
    ids: [node],
  });
});

test('the answers are read as the document says', () => {
  assert.is(readAnswer(example('protocol/answer-ok.json'))?.response, 'ok');
  const no = example('protocol/answer-no.json');
  const { reason = '', refusals = [], silent = [] } = readAnswer(no) ?? {};
  assert.equal(noBody('methods_model_crud', reason, refusals, silent), no);
  const several = readAnswers(example('protocol/answer-results.json'), [node, other]);
  assert.is(several.get(node)?.response, 'ok');
  assert.is(several.get(other)?.reason, 'legal hold');
  assert.equal(engagedIn(example('protocol/answer-results.json')), []);
});

test('a planned node fits its schema, and is read again from an answer', () => {
  const planned = example('protocol/planned-node.json');
  checkSchema(PlannedNodeSchema, planned, '');
  const part = { nodes: [planned as never], votes: [], detached: [] };
  assert.equal(readPart({ response: 'ok', plan: writtenPart(part) }).nodes, [planned as never]);
});

test('requests fit their schemas', () => {
  checkSchema(CreateSchema, example('wire/create.json')['data'] as Json, '');
  checkSchema(ReadSchema, example('wire/read.json')['data'] as Json, '');
});

test('the config is one that a service of the hierarchy takes', () => {
  const text = JSON.stringify(example('wire/tags-config.json'));
  const config = parseExchangeConfig(text, { file: 'tags.json', env: {}, sections });
  assert.is(consentSettings(config).upstreams[0]?.owner.routingKey, 'objects_model_crud_consume');
});

test('errors have the form in which they are answered', () => {
  const error = example('wire/error.json')['error'] as never;
  assert.equal(createRefusal(error), example('wire/error.json'));
  const refused = refusalBody({
    refusals: [],
    silent: ['archive'],
    unreachable: [],
    verb: verbs.delete,
    saga: '018f2a11-0000-7000-8000-000000000042',
    cancelled: null,
  });
  assert.equal(refused, example('wire/refused.json'));
});

test('every error code stands in the table with its number', () => {
  const rows = documentText('docs/wire.md').split('\n');
  const lost = Object.entries(errorCodes).filter(
    ([name, code]) =>
      !rows.some((row) => row.includes(`\`${name}\``) && row.includes(`| ${code} |`)),
  );
  assert.equal(lost, []);
});

test('every invariant that the simulation prints stands in the table of names', () => {
  const folder = `${projectRoot}test/simulation/consent/`;
  const sources = readdirSync(folder).filter((name) => name.endsWith('.ts'));
  const texts = sources.map((name) => readFileSync(`${folder}${name}`, 'utf8')).join('\n');
  const printed = [...texts.matchAll(/'([SL]\d{1,2})'/g)].map(([, id = '']) => id);
  const listed = [...documentText('docs/protocol.md').matchAll(/^\| [^|]+ \| ([SL]\d+) \|/gm)];
  const ids = listed.map(([, id = '']) => id);
  assert.equal([...new Set(printed)].sort(), [...ids].sort());
});

test.run();
