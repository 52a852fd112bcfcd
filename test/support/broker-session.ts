/**
 * One `rabbitmqctl` that evaluates many Erlang expressions on the real broker, because each start of an Erlang machine takes half a
 * second of processor time.
 *
 * Boundary: knows neither the expressions nor their caller (`broker-control.ts`).
 *
 * - The broker evaluates expressions at the same time; each line of input is the number of an expression and the expression.
 * - `rabbitmqctl` starts with the first expression, and ends with `close` or with this process, because its input ends then.
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Writable } from 'node:stream';

interface Waiting {
  resolve(): void;
  reject(error: Error): void;
}

interface Running {
  readonly input: Writable;
  /** By the number of the expression. */
  readonly waiting: Map<number, Waiting>;
}

/** Without backslashes and dollars: Debian's `rabbitmqctl` hands its arguments to a shell. */
const loop = [
  'Answer = fun(Line) ->',
  '{ok, [{integer, _, Number} | Tokens], _} = erl_scan:string(unicode:characters_to_list(Line)),',
  'try {ok, Expressions} = erl_parse:parse_exprs(Tokens), erl_eval:exprs(Expressions, []) of',
  '_ -> io:format("~b ok~n", [Number])',
  'catch _:Reason -> io:format("~b error ~0p~n", [Number, Reason]) end end,',
  'Loop = fun(Loop) -> case io:get_line("") of eof -> ok;',
  'Line -> spawn(fun() -> Answer(Line) end), Loop(Loop) end end, Loop(Loop).',
].join(' ');

export class BrokerSession {
  #running: Running | undefined;
  #count = 0;

  /** `expression`: one line of ASCII without its final dot. Throws when the broker does not evaluate the expression. */
  evaluate(expression: string): Promise<void> {
    const { input, waiting } = this.#running ?? this.#start();
    this.#count += 1;
    const number = this.#count;
    const answered = new Promise<void>((resolve, reject) => {
      waiting.set(number, { resolve, reject });
    });
    input.write(`${number} ${expression}.\n`);
    return answered;
  }

  /** The next expression starts another `rabbitmqctl`. */
  close(): void {
    this.#running?.input.end();
    this.#running = undefined;
  }

  #start(): Running {
    const child = spawn('rabbitmqctl', ['eval', loop]);
    const running: Running = { input: child.stdin, waiting: new Map() };
    this.#running = running;
    const printed: string[] = [];
    const end = (reason: string) => {
      if (this.#running === running) this.#running = undefined;
      const error = new Error(`rabbitmqctl ${[reason, ...printed].join('\n')}`);
      for (const { reject } of running.waiting.values()) reject(error);
      running.waiting.clear();
    };
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (!isAnswer(line, running)) printed.push(line);
    });
    child.stderr.on('data', (chunk: Buffer) => printed.push(chunk.toString()));
    // The end of the process rejects all that wait.
    child.stdin.on('error', () => undefined);
    child.once('error', ({ message }) => end(message));
    child.once('close', (code) => end(`ended with ${code}`));
    return running;
  }
}

/** Whether the line answers an expression. */
function isAnswer(line: string, { waiting }: Running): boolean {
  const [, number = '', word = '', reason = ''] = /^(\d+) (ok|error) ?(.*)$/.exec(line) ?? [];
  const asker = waiting.get(Number(number));
  if (asker === undefined) return false;
  waiting.delete(Number(number));
  if (word === 'ok') asker.resolve();
  else asker.reject(new Error(`the broker refused an expression of a test: ${reason}`));
  return true;
}
