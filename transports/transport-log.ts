/** Where a transport tells what an operator should know: that it waits for the broker, lost it, has it again. */
export type TransportLog = (
  level: 'info' | 'warn',
  message: string,
  details: Readonly<Record<string, string | number>>,
) => void;
