/** What a process says about services without `trust`, and where `--strict` refuses them. */
import { requireTrust, trustNotice } from '../../../composition/trust-notice.ts';
import type { ExchangeConfig } from '../../../config/exchange-config.ts';
import { assert, suite } from '../../support/suite.ts';
import { issuesOf, parsed, tags } from '../config/sample.ts';

const test = suite('trust: what a start says');

function on(amqp_url: string, more: object = {}): ExchangeConfig {
  return parsed({ ...tags, amqp_url, ...more });
}

function refusals(...configs: readonly ExchangeConfig[]) {
  return issuesOf(() => requireTrust(configs));
}

const trust = {};

test('one line names the services without the section', () => {
  const other = on('amqp://broker:5672', { svc_name: 'alerts_model_crud', trust });
  const notice = trustNotice([on('amqp://broker:5672'), other]) ?? '';
  assert.match(notice, /tags_model_crud/);
  assert.not.match(notice, /alerts_model_crud|\n/);
});

test('nothing is said with the section, or about a broker in the process', () => {
  assert.is(trustNotice([on('amqp://broker:5672', { trust })]), undefined);
  assert.is(trustNotice([on('memory://')]), undefined);
  assert.is(trustNotice([parsed(tags)]), undefined);
});

for (const host of ['broker', '10.0.0.7', '[2001:db8::1]'])
  test(`--strict refuses a service without trust on ${host}`, () => {
    const [issue, ...others] = refusals(on(`amqp://${host}:5672`));
    assert.equal([issue?.pointer, others.length], ['/trust', 0]);
    assert.match(issue?.found ?? '', new RegExp(host.replaceAll(/[[\]]/g, '')));
    assert.match(issue?.allowed ?? '', /trust or trust_file/);
  });

test('--strict refuses when one of several brokers is not on the loopback address', () => {
  assert.is(refusals(on('amqp://127.0.0.1:5672,amqp://broker:5672')).length, 1);
});

for (const url of ['amqp://127.0.0.1', 'amqp://localhost:5672', 'amqps://[::1]', 'memory://'])
  test(`--strict takes a service without trust on ${url}`, () => {
    requireTrust([on(url)]);
    assert.ok(true);
  });

test('--strict takes services with trust on every broker', () => {
  requireTrust([on('amqp://broker:5672', { trust })]);
  assert.is(refusals(on('amqp://broker:5672', { trust }), on('amqp://broker:5672')).length, 1);
});

test.run();
