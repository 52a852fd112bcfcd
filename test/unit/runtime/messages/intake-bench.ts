/** An intake without a broker and a journal, for the tests of what it makes of a delivery. */
import type { Limits } from '../../../../config/exchange-config.ts';
import type { Trust } from '../../../../config/trust-schema.ts';
import { Correlation } from '../../../../runtime/messages/correlation.ts';
import type { EventInput } from '../../../../runtime/messages/input.ts';
import { Intake } from '../../../../runtime/messages/intake.ts';
import type { DeadLetter } from '../../../../runtime/ports/dead-letter.ts';
import type { Delivery } from '../../../../runtime/ports/envelope.ts';
import { noFailpoints } from '../../../../runtime/ports/failpoints.ts';
import type { AskRow, OutboxRow } from '../../../../runtime/ports/journal-rows.ts';
import type { Json } from '../../../../runtime/ports/json.ts';
import { countedIds, delivery, type LogLine, listLog, shopService } from '../shop.ts';

export const correlation = new Correlation('a secret');

/** An intake whose inputs, answers and dead letters are kept; inputs are settled by the test, or at once. */
export class IntakeBench {
  readonly inputs: EventInput[] = [];
  readonly answers: OutboxRow[] = [];
  readonly deadLetters: DeadLetter[] = [];
  readonly lines: LogLine[] = [];
  readonly asks = new Map<string, AskRow>();
  readonly ephemeralAsks = new Map<string, AskRow>();
  readonly remembered = new Map<string, AskRow>();
  settlesAtOnce = true;
  readonly intake: Intake;

  constructor(limits: Partial<Limits> = {}, trust?: Trust) {
    const service = shopService();
    const limited = { ...service.config, limits: { ...service.config.limits, ...limits } };
    const config = trust === undefined ? limited : { ...limited, trust };
    const found = (asks: Map<string, AskRow>) => async (ids: readonly string[]) =>
      ids.flatMap((id) => asks.get(id) ?? []);
    this.intake = new Intake({
      service: { ...service, config },
      ownReplyQueue: 'shop_reply.p1',
      correlation: () => correlation,
      journal: {
        findAsks: found(this.asks),
        addDeadLetter: async (deadLetter) => void this.deadLetters.push(deadLetter),
      },
      ids: countedIds(),
      now: () => 5,
      log: listLog(this.lines),
      failpoints: noFailpoints,
      post: (input) => {
        this.inputs.push(input);
        if (this.settlesAtOnce) input.settle('done');
      },
      ephemeralAsks: found(this.ephemeralAsks),
      remembered: (correlationId) => this.remembered.get(correlationId),
      addressing: {
        answerExchange: (exchange, replyTo) => (replyTo === 'direct' ? '' : exchange),
      },
      queueOwners: new Map([['stock_consume', 'stock']]),
      publish: async (row) => void this.answers.push(row),
    });
  }

  take(body: Json | string, properties: Partial<Delivery['properties']> = {}, queue?: string) {
    return this.intake.handle(delivery(body, properties, queue));
  }

  get body(): Json {
    return this.answers[0]?.body ?? null;
  }

  get answer(): { code: number; name: string; at?: string } {
    return (this.body as { error: { code: number; name: string; at?: string } }).error;
  }
}

export const asking = { replyTo: 'asker', correlationId: 'c1', messageId: 'm1' };

export const add = (n: unknown): Json => ({ action: 'add', data: { n } as Json });

export const answerEvent = {
  correlationId: 'c9',
  address: { service: 'shop', machine: 'cart', key: 'one' },
  path: ['child'],
  event: 'paid',
  about: 7,
};
