/** The command `unanimous` in a child process, as a user starts it from a checkout. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { measuredProgramAt, programAt } from '../../support/program.ts';
import { copyMigrated } from './migrated-folder.ts';

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Started {
  readonly pid: number;
  /** Resolves when a line of stdout begins so; rejects when the process ends before. */
  printed(start: string): Promise<void>;
  /** Resolves when stderr has this in it; rejects when the process ends before. */
  logged(part: string): Promise<void>;
  /** What the command has printed so far. */
  stdout(): string;
  signal(name: NodeJS.Signals): void;
  /** Resolves when it has ended. */
  readonly ended: Promise<Ended>;
}

type Environment = Readonly<Record<string, string>>;

const source = new URL('../../../cli/cli.ts', import.meta.url);
const { options, file } = programAt(source);
/** Node reads its own modules faster without options of V8, and these commands open no database. */
const optionsWithoutDatabase = measuredProgramAt(source).options;
/** What would configure the command from outside. */
const settings = /^(amqp_url|database_url|cache_url|config_file)(_file)?$/i;
const inherited = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !settings.test(name)),
);

/** `input`: standard input. The embedded database of an `up` has its tables already (`migrated-folder.ts`). */
export function start(args: readonly string[], env: Environment = {}, input?: string): Started {
  const data = args[args.indexOf('--data') + 1];
  if (args[0] === 'up' && args.includes('--data') && data !== undefined) {
    copyMigrated(data, [...options, file], inherited);
  }
  return firstStart(args, env, input);
}

/** As `start`, but an `up` over a new folder makes its embedded database itself. */
export function firstStart(
  args: readonly string[],
  env: Environment = {},
  input?: string,
): Started {
  const given = args[0] === 'config' ? optionsWithoutDatabase : options;
  const child = spawn(process.execPath, [...given, file, ...args], {
    env: { ...inherited, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin.end(input);
  const texts = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      texts[stream] += text;
    });
  }
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, ...texts }));
  const until = async (stream: 'stdout' | 'stderr', wanted: string) => {
    const gone = ended.then(({ stderr }) =>
      Promise.reject(new Error(`the command ended without '${wanted}': ${stderr}`)),
    );
    while (!`\n${texts[stream]}`.includes(wanted))
      await Promise.race([once(child[stream], 'data'), gone]);
    gone.catch(() => undefined);
  };
  return {
    pid: child.pid ?? 0,
    ended,
    stdout: () => texts.stdout,
    signal: (name) => void child.kill(name),
    printed: (wanted) => until('stdout', `\n${wanted}`),
    logged: (wanted) => until('stderr', wanted),
  };
}

/** Runs it to its end. */
export function run(
  args: readonly string[],
  env: Environment = {},
  input?: string,
): Promise<Ended> {
  return start(args, env, input).ended;
}

/** Runs it to its end; its output is closed before it has begun to print, as `head` may do. */
export async function cut(args: readonly string[]): Promise<Omit<Ended, 'stdout'>> {
  const child = spawn(process.execPath, [...options, file, ...args], { env: inherited });
  child.stdout.destroy();
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const [code] = await once(child, 'close');
  return { code: code as number | null, stderr };
}

/** The file of a service of the package. */
export function serviceFile(name: string): string {
  return fileURLToPath(new URL(`../../../config/services/${name}.json`, import.meta.url));
}
