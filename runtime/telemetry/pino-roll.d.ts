/** pino-roll ships no types; this is what of it is used here (its README, v4). */
declare module 'pino-roll' {
  interface RollOptions {
    readonly file: string;
    readonly mkdir?: boolean;
    /** Milliseconds. */
    readonly frequency?: number;
    readonly size?: string;
    readonly limit?: { readonly count: number };
  }
  export default function roll(
    options: RollOptions,
  ): Promise<{ write(line: string): void; end(): void }>;
}
