/** The question that each route of the gateway names: the question that its machine asks. */
import { readFileSync } from 'node:fs';
import { defineApiCrudService } from '../../../../actors/api-crud/service.ts';
import { parseExchangeConfig, sections } from '../../../../index.ts';
import type { JsonObject } from '../../../../runtime/ports/json.ts';
import { caller, given, message } from '../../../../testing.ts';
import { projectRoot } from '../../../support/project-root.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('api gateway: passed on');
const file = `${projectRoot}config/services/tags_api_crud.json`;
const content: JsonObject = JSON.parse(readFileSync(file, 'utf8'));

for (const prefix of [{}, { action_prefix: 'tags' }])
  test(`a route names the question that its machine asks, with ${JSON.stringify(prefix)}`, () => {
    const text = JSON.stringify({ ...content, ...prefix });
    const service = defineApiCrudService(parseExchangeConfig(text, { file, env: {}, sections }));
    const machine = service.machines.get('api-request');
    const headers = { caller: 'ada' };
    const replyTo = caller('m1');
    for (const [action, { passedTo }] of Object.entries(service.messages)) {
      assert.ok(machine !== undefined && passedTo !== undefined, action);
      const { timeoutMs, ...question } = passedTo;
      const data = { of: action };
      const asked = given(machine).when(message(action, data, { replyTo, headers }));
      asked.then({
        asks: [{ ...question, data, headers, answer: 'answered', messageId: 'new-2' }],
      });
      asked
        .answers(question, { any: action })
        .then({ state: 'ended', replies: [{ to: replyTo, body: { any: action } }] });
      asked.waits(timeoutMs - 1).then({ state: 'asked' });
      asked.waits(timeoutMs).then({ state: 'ended' });
    }
  });

test.run();
