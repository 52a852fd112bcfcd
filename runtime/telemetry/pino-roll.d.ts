/** pino-roll has no types. These are the parts of its README (v4) that are used here. */
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
