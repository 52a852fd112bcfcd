/**
 * The measured saga by hand over RabbitMQ: questions and answers as persistent messages, published with confirms after the commit that
 * holds them, acknowledged after the commit that has taken them. The voter commits each vote before it answers.
 *
 * 1. What is ready is committed as one batch, on either side; one batch of a side is under way at a time.
 * 2. Nobody waits for a single confirm: the rows of confirmed messages go with a later batch.
 */
import { type ChannelModel, type ConfirmChannel, type ConsumeMessage, connect } from 'amqplib';
import { benchId } from './bench-ids.ts';
import { HandwrittenJournal, type HandwrittenStep } from './handwritten-journal.ts';
import { voterNames } from './measured-saga.ts';

const prefetch = 256;
const queues = { votes: 'hand_votes', answers: 'hand_answers', facts: 'hand_facts' } as const;

interface Work {
  readonly step: HandwrittenStep;
  readonly to: string;
  /** Called when the step is durable. */
  readonly committed: () => void;
}

/** One side: a channel, a journal, and a writer that takes whatever is ready. */
class Party {
  readonly #channel: ConfirmChannel;
  readonly #journal: HandwrittenJournal;
  #ready: Work[] = [];
  #writing = false;

  constructor(channel: ConfirmChannel, journal: HandwrittenJournal) {
    this.#channel = channel;
    this.#journal = journal;
  }

  put(work: Work): void {
    this.#ready.push(work);
    if (!this.#writing) void this.#write();
  }

  async #write(): Promise<void> {
    this.#writing = true;
    // What arrives in this moment shares the batch.
    await Promise.resolve();
    while (this.#ready.length > 0) {
      const batch = this.#ready.splice(0);
      await this.#journal.commit(batch.map(({ step }) => step));
      for (const { step, to, committed } of batch) {
        for (const { id, message } of step.outbox) this.#publish(to, id, message);
        committed();
      }
    }
    this.#writing = false;
  }

  #publish(to: string, id: string, message: object): void {
    const content = Buffer.from(JSON.stringify(message));
    this.#channel.publish(
      '',
      to,
      content,
      { persistent: true, messageId: id, mandatory: true },
      () => this.#journal.confirm([id]),
    );
  }
}

interface Saga {
  readonly id: string;
  votes: number;
  readonly done: () => void;
}

export class HandwrittenVotes {
  readonly #connections: readonly ChannelModel[];
  readonly #journals: readonly HandwrittenJournal[];
  readonly #sagas = new Map<string, Saga>();
  readonly #owner: Party;

  private constructor(
    connections: readonly ChannelModel[],
    journals: readonly HandwrittenJournal[],
    owner: Party,
  ) {
    this.#connections = connections;
    this.#journals = journals;
    this.#owner = owner;
  }

  static async open(url: string): Promise<HandwrittenVotes> {
    const connections = [
      await connect(url, { noDelay: true }),
      await connect(url, { noDelay: true }),
    ] as const;
    const [owning, voting] = [
      await connections[0].createConfirmChannel(),
      await connections[1].createConfirmChannel(),
    ];
    for (const name of Object.values(queues))
      await owning.assertQueue(name, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
    const journals = [await HandwrittenJournal.open(), await HandwrittenJournal.open()] as const;
    const sagas = new HandwrittenVotes(connections, journals, new Party(owning, journals[0]));
    await consume(owning, queues.answers, (body, acknowledge) =>
      sagas.#answered(body.id, acknowledge),
    );
    const voter = new Party(voting, journals[1]);
    await consume(voting, queues.votes, (body, acknowledge) =>
      voter.put(vote(body.id, body.voter, acknowledge)),
    );
    return sagas;
  }

  run(id: string): Promise<void> {
    return new Promise((done) => {
      const saga = { id, votes: 0, done };
      this.#sagas.set(id, saga);
      this.#next(saga, () => undefined);
    });
  }

  async close(): Promise<void> {
    for (const connection of this.#connections) await connection.close();
    for (const journal of this.#journals) await journal.close();
  }

  #answered(id: string, acknowledge: () => void): void {
    const saga = this.#sagas.get(id);
    if (saga === undefined) {
      acknowledge();
      return;
    }
    saga.votes += 1;
    this.#next(saga, acknowledge);
  }

  #next(saga: Saga, acknowledge: () => void): void {
    const { id, votes } = saga;
    const voter = voterNames[votes];
    const message =
      voter === undefined ? { action: 'deleted', id } : { action: 'mayDelete', id, voter };
    const state = { value: voter === undefined ? 'gone' : 'asking', context: { id, votes } };
    const out = [{ id: benchId(), message }];
    const step = {
      id,
      version: votes + 1,
      state,
      messageIds: [`${id}/${votes}`],
      outbox: out,
      ...(voter === undefined ? { deletes: id } : {}),
    };
    const committed = (): void => {
      acknowledge();
      if (voter === undefined) this.#end(saga);
    };
    this.#owner.put({ step, to: voter === undefined ? queues.facts : queues.votes, committed });
  }

  #end(saga: Saga): void {
    this.#sagas.delete(saga.id);
    saga.done();
  }
}

interface Body {
  readonly id: string;
  readonly voter: string;
}

async function consume(
  channel: ConfirmChannel,
  queue: string,
  take: (body: Body, acknowledge: () => void) => void,
): Promise<void> {
  await channel.prefetch(prefetch);
  await channel.consume(queue, (message: ConsumeMessage | null) => {
    if (message !== null)
      take(JSON.parse(message.content.toString()) as Body, () => channel.ack(message));
  });
}

function vote(id: string, voter: string, acknowledge: () => void): Work {
  const key = `${id}/${voter}`;
  const step = {
    id: key,
    version: 1,
    state: { vote: 'ok' },
    messageIds: [key],
    outbox: [{ id: benchId(), message: { id, voter, response: 'ok' } }],
  };
  return { step, to: queues.answers, committed: acknowledge };
}
